/** Writes of points. Each is durable and visible when its answer is there. */
import { answer, type Operation, operation } from "../operation.ts";
import { selectorSchema, updateBodySchema, upsertBodySchema, writeResultSchema } from "../schemas/write.ts";

const params = { collection: "articles" };

export const writeOperations: readonly Operation[] = [
  operation({
    method: "POST",
    path: "/collections/:collection/points/upsert",
    access: "write",
    kind: "write",
    id: "upsertPoints",
    tag: "Points",
    summary: "Inserts points, or replaces whole those whose id is there",
    description: "All or none of one request.",
    body: {
      schema: upsertBodySchema,
      isRequired: true,
      shape: { vectors: ["vector", "vectors", "multi"], except: ["payload", "sparse"] },
    },
    reply: writeResultSchema,
    errors: ["not_found"],
    example: {
      params,
      body: {
        points: [
          { id: 1, vector: [0.1, 0.9, 0.2, 0.4], payload: { title: "Harbour lights", year: 2026 } },
          { id: 2, vector: [0.8, 0.1, 0.3, 0.1], payload: { title: "Mountain paths", year: 2019 } },
        ],
      },
      reply: { lsn: 2, count: 2 },
    },
    async handle(request, { points }) {
      const { store, params, signal } = request;
      const collection = await store.collection(params.collection!);
      return answer(request, await collection.upsert(points, { signal }));
    },
  }),
  operation({
    method: "POST",
    path: "/collections/:collection/points/update",
    access: "write",
    kind: "write",
    id: "updatePoints",
    tag: "Points",
    summary: "Changes parts of existing points",
    body: {
      schema: updateBodySchema,
      isRequired: true,
      shape: {
        vectors: ["setVectors", "setMulti"],
        except: ["overwritePayload", "setPayload", "setSparse", "selector"],
      },
    },
    reply: writeResultSchema,
    errors: ["not_found"],
    example: {
      params,
      body: { selector: { ids: [1] }, change: { setPayload: { year: 2027 } } },
      reply: { lsn: 3, count: 1 },
    },
    async handle(request, { selector, change }) {
      const { store, params, signal } = request;
      const collection = await store.collection(params.collection!);
      return answer(request, await collection.update(selector, change, { signal }));
    },
  }),
  operation({
    method: "POST",
    path: "/collections/:collection/points/delete",
    access: "write",
    kind: "write",
    id: "deletePoints",
    tag: "Points",
    summary: "Deletes points",
    body: { schema: selectorSchema, isRequired: true },
    reply: writeResultSchema,
    errors: ["not_found"],
    example: {
      params,
      body: { filter: { field: "year", range: { lt: 2020 } } },
      reply: { lsn: 4, count: 1 },
    },
    async handle(request, selector) {
      const { store, params, signal } = request;
      const collection = await store.collection(params.collection!);
      return answer(request, await collection.delete(selector, { signal }));
    },
  }),
];
