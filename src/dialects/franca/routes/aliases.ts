/** Aliases: other names of collections. */
import { z } from "zod";
import { call, type FrancaRoute, look } from "../route.ts";
import { root } from "../wire.ts";

const path = `${root}/aliases/:alias`;
const common = { tag: "aliases", access: "admin", kind: "admin" } as const;

export const aliasRoutes: readonly FrancaRoute[] = [
  look(
    {
      ...common,
      method: "GET",
      path: `${root}/aliases`,
      access: "read",
      kind: "read",
      summary: "Every alias with its collection",
      reply: z.object({ aliases: z.record(z.string(), z.string()) }),
    },
    async ({ store }) => ({ aliases: await store.aliases() }),
  ),
  call(
    {
      ...common,
      method: "PUT",
      path,
      summary: "Points an alias at a collection, in one step if it pointed elsewhere before",
      body: z.strictObject({ collection: z.string() }),
      reply: z.object({ alias: z.string(), collection: z.string() }),
    },
    async ({ store, params }, { collection }) => {
      await store.setAlias(params.alias!, collection);
      return { alias: params.alias!, collection };
    },
  ),
  look(
    {
      ...common,
      method: "DELETE",
      path,
      summary: "Drops an alias; its collection stays",
      reply: z.object({ dropped: z.boolean() }),
    },
    async ({ store, params }) => ({ dropped: await store.dropAlias(params.alias!) }),
  ),
];
