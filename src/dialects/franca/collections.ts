/** Routes of collections as a whole. */
import type { Route } from "../../dialect.ts";

export const collectionRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/franca/v1/collections",
    access: "read",
    kind: "read",
    handle: async ({ store }) => ({ body: JSON.stringify({ collections: await store.list() }) }),
  },
];
