/** Points as they are: by id, by pages, counted. */
import { answer, type Operation, operation } from "../operation.ts";
import { countBodySchema, facetBodySchema, getBodySchema, scrollBodySchema } from "../schemas/query.ts";
import { countReplySchema, facetReplySchema, getReplySchema, scrollReplySchema } from "../schemas/result.ts";
import { pointsJson } from "../write-json.ts";

const params = { collection: "articles" };
const point = { id: 1, payload: { title: "Harbour lights", year: 2026 } };

export const readOperations: readonly Operation[] = [
  operation({
    method: "POST",
    path: "/collections/:collection/points/get",
    access: "read",
    kind: "read",
    id: "getPoints",
    tag: "Points",
    summary: "Points by their ids",
    body: { schema: getBodySchema, isRequired: true },
    reply: getReplySchema,
    errors: ["not_found"],
    example: { params, body: { ids: [1, 99] }, reply: { points: [point, null] } },
    async handle(request, { ids, select }) {
      const { store, params, signal } = request;
      const collection = await store.collection(params.collection!);
      const points = await collection.get(ids, select, { signal });
      return answer(request, { points: points.map((found) => found ?? null) }, () => pointsJson(points));
    },
  }),
  operation({
    method: "POST",
    path: "/collections/:collection/points/scroll",
    access: "read",
    kind: "read",
    id: "scrollPoints",
    tag: "Points",
    summary: "Pages through points in the order of ids",
    description: "A point that is not changed meanwhile is returned exactly once.",
    body: { schema: scrollBodySchema },
    reply: scrollReplySchema,
    errors: ["not_found"],
    example: { params, body: { limit: 1 }, reply: { points: [point], next: 1, warnings: [] } },
    async handle(request, body) {
      const { store, params, signal } = request;
      const collection = await store.collection(params.collection!);
      const page = await collection.scroll({ ...body, signal });
      return answer(request, page, ({ points, ...others }) => pointsJson(points, others));
    },
  }),
  operation({
    method: "POST",
    path: "/collections/:collection/points/count",
    access: "read",
    kind: "read",
    id: "countPoints",
    tag: "Points",
    summary: "How many points match, exactly",
    body: { schema: countBodySchema },
    reply: countReplySchema,
    errors: ["not_found"],
    example: {
      params,
      body: { filter: { field: "year", range: { gte: 2020 } } },
      reply: { count: 1, warnings: [] },
    },
    async handle(request, body) {
      const { store, params, signal } = request;
      const collection = await store.collection(params.collection!);
      return answer(request, await collection.count({ ...body, signal }));
    },
  }),
  operation({
    method: "POST",
    path: "/collections/:collection/points/facet",
    access: "read",
    kind: "read",
    id: "facetPoints",
    tag: "Points",
    summary: "The values of a declared field, with the number of points that hold each",
    description: "Most frequent first, ties by value.",
    body: { schema: facetBodySchema, isRequired: true },
    reply: facetReplySchema,
    errors: ["not_found"],
    example: {
      params,
      body: { field: "year" },
      reply: {
        values: [
          { value: 2019, count: 1 },
          { value: 2026, count: 1 },
        ],
        warnings: [],
      },
    },
    async handle(request, body) {
      const { store, params, signal } = request;
      const collection = await store.collection(params.collection!);
      return answer(request, await collection.facet({ ...body, signal }));
    },
  }),
];
