/** The query: a ranking, alone or of what others bring, under a filter. */
import type { QueryRequest } from "../../../model/query.ts";
import { answer, type Operation, operation } from "../operation.ts";
import { queryBodySchema } from "../schemas/query.ts";
import { queryReplySchema } from "../schemas/result.ts";
import { queryJson } from "../write-json.ts";

export const searchOperations: readonly Operation[] = [
  operation({
    method: "POST",
    path: "/collections/:collection/points/query",
    access: "read",
    kind: "search",
    id: "queryPoints",
    tag: "Search",
    summary: "The best points by a ranking, under a filter",
    body: {
      schema: queryBodySchema,
      isRequired: true,
      // Indices of sparse vectors are more than float32 tells apart.
      shape: {
        vectors: ["nearest", "recommend", "discover", "context", "feedback"],
        except: ["filter", "indices"],
      },
    },
    reply: queryReplySchema,
    errors: ["not_found"],
    example: {
      params: { collection: "articles" },
      body: {
        nearest: [0.1, 0.9, 0.2, 0.4],
        filter: { field: "year", range: { gte: 2020 } },
        limit: 1,
      },
      reply: {
        hits: [{ id: 1, payload: { title: "Harbour lights", year: 2026 }, score: 1 }],
        warnings: [],
      },
    },
    async handle(request, body) {
      const { store, params, signal } = request;
      const collection = await store.collection(params.collection!);
      // The Store says what is wrong with a ranking.
      const result = await collection.query({ ...body, signal } as QueryRequest);
      return answer(request, result, queryJson);
    },
  }),
];
