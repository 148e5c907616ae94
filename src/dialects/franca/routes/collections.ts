/** Collections as a whole. */
import { z } from "zod";
import { call, type FrancaRoute, look } from "../route.ts";
import { change, collectionInfo, creation } from "../schemas/collections.ts";
import { root } from "../wire.ts";

const path = `${root}/collections/:collection`;
const dropped = z.object({ dropped: z.boolean() });

export const collectionRoutes: readonly FrancaRoute[] = [
  look(
    {
      method: "GET",
      path: `${root}/collections`,
      access: "read",
      kind: "read",
      tag: "collections",
      summary: "Names of all collections, in order",
      reply: z.object({ collections: z.array(z.string()) }),
    },
    async ({ store }) => ({ collections: await store.list() }),
  ),
  call(
    {
      method: "PUT",
      path,
      access: "admin",
      kind: "admin",
      tag: "collections",
      summary: "Makes a collection",
      body: creation,
      reply: collectionInfo,
    },
    async ({ store, params }, { schema, ifExists }) => {
      await store.create(params.collection!, schema, ifExists === undefined ? {} : { ifExists });
      return store.describe(params.collection!);
    },
  ),
  look(
    {
      method: "GET",
      path,
      access: "read",
      kind: "read",
      tag: "collections",
      summary: "Schema, aliases and number of points of a collection, by its name or an alias",
      reply: collectionInfo,
    },
    ({ store, params }) => store.describe(params.collection!),
  ),
  call(
    {
      method: "PATCH",
      path,
      access: "admin",
      kind: "admin",
      tag: "collections",
      summary: "Declares payload fields, which indexes them, or drops declarations",
      body: change,
      reply: collectionInfo,
    },
    async ({ store, params }, body) => {
      await store.alter(params.collection!, body);
      return store.describe(params.collection!);
    },
  ),
  look(
    {
      method: "DELETE",
      path,
      access: "admin",
      kind: "admin",
      tag: "collections",
      summary: "Deletes a collection and its aliases for good",
      reply: dropped,
    },
    async ({ store, params }) => ({ dropped: await store.drop(params.collection!) }),
  ),
];
