/** Points: writing them, reading them by id, and asking for them. */
import { call, collectionOf, type FrancaRoute } from "../route.ts";
import { deletion, pointsRead, reading, update, upsert, writeResult } from "../schemas/points.ts";
import {
  count,
  counted,
  facet,
  facetResult,
  query,
  queryResult,
  scroll,
  scrollPage,
} from "../schemas/queries.ts";
import { root } from "../wire.ts";

const at = (verb: string) =>
  ({ method: "POST", path: `${root}/collections/:collection/points/${verb}`, tag: "points" }) as const;
const write = { access: "write", kind: "write", reply: writeResult } as const;
const read = { access: "read", kind: "read" } as const;

export const pointRoutes: readonly FrancaRoute[] = [
  call(
    {
      ...at("upsert"),
      ...write,
      summary: "Inserts points, or replaces whole those whose id is there; all or none",
      body: upsert,
    },
    async (request, { points }) => (await collectionOf(request)).upsert(points, signalOf(request)),
  ),
  call(
    { ...at("update"), ...write, summary: "Changes parts of existing points; all or none", body: update },
    async (request, { selector, change }) =>
      (await collectionOf(request)).update(selector, change, signalOf(request)),
  ),
  call(
    { ...at("delete"), ...write, summary: "Deletes points by id or by filter", body: deletion },
    async (request, selector) => (await collectionOf(request)).delete(selector, signalOf(request)),
  ),
  call(
    {
      ...at("get"),
      ...read,
      summary: "Points by id, in the order asked; null where there is none",
      body: reading,
      reply: pointsRead,
    },
    async (request, { ids, select }) => {
      const points = await (await collectionOf(request)).get(ids, select, signalOf(request));
      return { points: points.map((point) => point ?? null) };
    },
  ),
  call(
    {
      ...at("query"),
      ...read,
      kind: "search",
      summary: "The best points by a ranking, under a filter",
      body: query,
      reply: queryResult,
    },
    async (request, body) => (await collectionOf(request)).query({ ...body, ...signalOf(request) }),
  ),
  call(
    {
      ...at("scroll"),
      ...read,
      summary: "Pages through points in the order of ids",
      body: scroll,
      reply: scrollPage,
    },
    async (request, body) => (await collectionOf(request)).scroll({ ...body, ...signalOf(request) }),
  ),
  call(
    { ...at("count"), ...read, summary: "How many points match, exactly", body: count, reply: counted },
    async (request, body) => (await collectionOf(request)).count({ ...body, ...signalOf(request) }),
  ),
  call(
    {
      ...at("facet"),
      ...read,
      summary: "The values of a declared field with the number of points that hold each",
      body: facet,
      reply: facetResult,
    },
    async (request, body) => (await collectionOf(request)).facet({ ...body, ...signalOf(request) }),
  ),
];

function signalOf({ signal }: { signal: AbortSignal }): { signal: AbortSignal } {
  return { signal };
}
