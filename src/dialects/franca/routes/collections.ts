/** Collections as a whole. */
import { answer, type Operation, operation } from "../operation.ts";
import {
  collectionInfoSchema,
  createBodySchema,
  droppedSchema,
  schemaChangeSchema,
} from "../schemas/collection.ts";
import { checkedByStore } from "../schemas/schema.ts";
import { collectionListSchema } from "../schemas/server.ts";

const schema = {
  vectors: { embedding: { dimension: 4 } },
  payload: { year: { type: "integer" }, title: { type: "text" } },
};
const info = { name: "articles", aliases: [], schema, points: 0 };

export const collectionOperations: readonly Operation[] = [
  operation({
    method: "GET",
    path: "/collections",
    access: "read",
    kind: "read",
    id: "listCollections",
    tag: "Collections",
    summary: "Names of the collections, in order",
    reply: collectionListSchema,
    example: { reply: { collections: ["articles"] } },
    handle: async (request) => answer(request, { collections: await request.store.list() }),
  }),
  operation({
    method: "PUT",
    path: "/collections/:collection",
    access: "admin",
    kind: "admin",
    id: "createCollection",
    tag: "Collections",
    summary: "Makes a collection",
    description:
      "It is there, durably, when the answer is. `failed_precondition` where `ifExists` is open and the schemas differ.",
    body: { schema: createBodySchema, isRequired: true },
    reply: collectionInfoSchema,
    errors: ["already_exists", "failed_precondition"],
    example: { params: { collection: "articles" }, body: { schema }, reply: info },
    async handle(request, { schema, ifExists = "error" }) {
      const { store, params } = request;
      await store.create(params.collection!, schema, { ifExists });
      return answer(request, await store.describe(params.collection!));
    },
  }),
  operation({
    method: "GET",
    path: "/collections/:collection",
    access: "read",
    kind: "read",
    id: "describeCollection",
    tag: "Collections",
    summary: "A collection's schema, aliases and number of points",
    reply: collectionInfoSchema,
    errors: ["not_found"],
    example: { params: { collection: "articles" }, reply: info },
    handle: async (request) => answer(request, await request.store.describe(request.params.collection!)),
  }),
  operation({
    method: "PATCH",
    path: "/collections/:collection",
    access: "admin",
    kind: "admin",
    id: "alterCollection",
    tag: "Collections",
    summary: "Declares payload fields, or drops declarations",
    description: "Waits until what is declared is indexed. Payloads stay as they are.",
    body: { schema: checkedByStore(schemaChangeSchema), isRequired: true },
    reply: collectionInfoSchema,
    errors: ["not_found", "failed_precondition"],
    example: {
      params: { collection: "articles" },
      body: { addPayload: { lang: { type: "keyword" } } },
      reply: { ...info, schema: { ...schema, payload: { ...schema.payload, lang: { type: "keyword" } } } },
    },
    async handle(request, change) {
      const { store, params } = request;
      await store.alter(params.collection!, change);
      return answer(request, await store.describe(params.collection!));
    },
  }),
  operation({
    method: "DELETE",
    path: "/collections/:collection",
    access: "admin",
    kind: "admin",
    id: "dropCollection",
    tag: "Collections",
    summary: "Deletes a collection and its aliases for good",
    reply: droppedSchema,
    example: { params: { collection: "articles" }, reply: { dropped: true } },
    handle: async (request) =>
      answer(request, { dropped: await request.store.drop(request.params.collection!) }),
  }),
];
