/** Aliases: second names of collections, moved in one step. */
import { answer, type Operation, operation } from "../operation.ts";
import { droppedSchema } from "../schemas/collection.ts";
import { aliasBodySchema, aliasListSchema, aliasReplySchema } from "../schemas/server.ts";

export const aliasOperations: readonly Operation[] = [
  operation({
    method: "GET",
    path: "/aliases",
    access: "read",
    kind: "read",
    id: "listAliases",
    tag: "Aliases",
    summary: "All aliases, and where they point",
    reply: aliasListSchema,
    example: { reply: { aliases: { current: "articles" } } },
    handle: async (request) => answer(request, { aliases: await request.store.aliases() }),
  }),
  operation({
    method: "PUT",
    path: "/aliases/:alias",
    access: "admin",
    kind: "admin",
    id: "setAlias",
    tag: "Aliases",
    summary: "Points an alias at a collection",
    description: "In one step, if it pointed elsewhere before.",
    body: { schema: aliasBodySchema, isRequired: true },
    reply: aliasReplySchema,
    errors: ["not_found", "already_exists"],
    example: {
      params: { alias: "current" },
      body: { collection: "articles" },
      reply: { alias: "current", collection: "articles" },
    },
    async handle(request, { collection }) {
      const alias = request.params.alias!;
      await request.store.setAlias(alias, collection);
      return answer(request, { alias, collection });
    },
  }),
  operation({
    method: "DELETE",
    path: "/aliases/:alias",
    access: "admin",
    kind: "admin",
    id: "dropAlias",
    tag: "Aliases",
    summary: "Takes an alias away; its collection stays",
    reply: droppedSchema,
    example: { params: { alias: "current" }, reply: { dropped: true } },
    handle: async (request) =>
      answer(request, { dropped: await request.store.dropAlias(request.params.alias!) }),
  }),
];
