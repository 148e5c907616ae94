/** Groups of points by a payload field, with a point of another collection looked up for each. */
import type { Filter } from "../../../model/filter.ts";
import type { PointId } from "../../../model/id.ts";
import { type Path, valuesAt } from "../../../model/path.ts";
import type { JsonValue } from "../../../model/payload.ts";
import type { SubQuery } from "../../../model/ranking.ts";
import { type Group, groupsOf } from "../../../queries/groups.ts";
import type { Collection, Store } from "../../../store.ts";
import { type Opened, opened } from "../collections/opened.ts";
import { formatError } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { type Record, recordOf } from "../points/record.ts";
import { selected, withPayload, withVector } from "../points/select.ts";
import { parseJsonPath } from "../requests/json-path.ts";
import { pointId } from "../requests/point-id.ts";
import { either, object, optional, type Reader, string, unsigned } from "../requests/shape.ts";
import { expectGroupable, expectReadable } from "../strict/reads.ts";
import { rankedOf, requestOf } from "./build.ts";
import { type QueryRead, readRequest, type ScoredPoint, scoredOf, without } from "./query.ts";
import { resolve } from "./resolve.ts";

export interface PointGroup {
  hits: ScoredPoint[];
  id: string | number;
  lookup?: Record | null;
}

const lookupRequest = object({ collection: string, with_payload: withPayload, with_vectors: withVector });

type LookupRead = ReturnType<typeof lookupRequest>;

const grouping = object({
  group_by: string,
  group_size: optional(unsigned(1)),
  limit: optional(unsigned(1)),
  with_lookup: optional(
    either(
      "WithLookupInterface",
      ((given: unknown, path: string) => ({ collection: string(given, path) })) as Reader<LookupRead>,
      lookupRequest as Reader<LookupRead>,
    ),
  ),
});

export const queryGroups: Handler<{ groups: PointGroup[] }> = async (store, params, given, { signal }) => {
  const read = readRequest(given, "");
  const { group_by, group_size: size = 3, limit = 10, with_lookup } = grouping(given, "");
  const path: Path = { syntax: "explicit", steps: parseJsonPath(group_by) };
  const to = await opened(store, params);
  expectReadable(to, { ...read.given, limit: limit * size });
  expectGroupable(to, group_by);
  if (read.stage.query === undefined) throw formatError("missing field `query`");
  const selection = selected(read, to);
  const groups = await groupsOf(to.collection, {
    query: await groupedQuery(store, to, read, group_by, limit, signal),
    keysOf: ({ payload }) => (payload === undefined ? [] : valuesAt(payload, path)),
    keySelection: { payload: true },
    limit,
    size,
    ...(read.stage.prefetch.length === 0 && {
      filterFor: (keys) => ({ field: group_by, in: keys }) as Filter,
    }),
  });
  const hits = await enriched(to.collection, groups, selection.select, signal);
  const lookups = with_lookup === undefined ? undefined : await lookedUp(store, groups, with_lookup, signal);
  return {
    groups: groups.map(({ key, hits: found }) => ({
      hits: found.map((hit) =>
        scoredOf({ ...(hits.get(hit.id) ?? hit), score: hit.score }, selection, to, read.stage.query?.kind),
      ),
      id: key,
      ...(lookups && { lookup: lookups.get(key) ?? null }),
    })),
  };
};

async function groupedQuery(
  store: Store,
  to: Opened,
  { stage }: QueryRead,
  groupBy: string,
  groups: number,
  signal: AbortSignal,
) {
  const resolved = await resolve(store, stage, to, signal);
  const ranked = moreBelow(rankedOf(stage, resolved, to), groups);
  const hasKey: Filter = { not: { field: groupBy, isEmpty: true } };
  const excluded = without(resolved.excluded);
  return requestOf(ranked, { filter: excluded === undefined ? hasKey : { and: [hasKey, excluded] }, signal });
}

/** What is prefetched has to fill all groups. */
function moreBelow(ranked: SubQuery, groups: number): SubQuery {
  const more = (inner: SubQuery): SubQuery => ({
    ...moreBelow(inner, groups),
    limit: Math.min(2 ** 20, (inner.limit as number) * groups),
  });
  const { prefetch, fusion } = ranked as {
    prefetch?: readonly SubQuery[];
    fusion?: { legs: readonly SubQuery[] };
  };
  return {
    ...ranked,
    ...(prefetch && { prefetch: prefetch.map(more) }),
    ...(fusion && { fusion: { ...fusion, legs: fusion.legs.map(more) } }),
  };
}

/** Hits by id, with what was asked for of them. */
async function enriched(
  collection: Collection,
  groups: readonly Group[],
  select: ReturnType<typeof selected>["select"],
  signal: AbortSignal,
) {
  const ids = [...new Set(groups.flatMap(({ hits }) => hits.map(({ id }) => id)))];
  const points = await collection.get(ids, select, { signal });
  return new Map(points.flatMap((point) => (point === undefined ? [] : [[point.id, point] as const])));
}

/** The point whose id is the group's, if that is the id of a point. */
async function lookedUp(
  store: Store,
  groups: readonly Group[],
  { collection, with_payload = true, with_vectors = false }: LookupRead,
  signal: AbortSignal,
): Promise<Map<JsonValue, Record>> {
  const from = await opened(store, { collection });
  const selection = selected({ with_payload, with_vector: with_vectors }, from);
  const ids = groups.flatMap(({ key }): [string | number, PointId][] => {
    try {
      return [[key, pointId(key, "")]];
    } catch {
      return [];
    }
  });
  const points = await from.collection.get(
    ids.map(([, id]) => id),
    selection.select,
    { signal },
  );
  return new Map(
    points.flatMap((point, i) =>
      point === undefined ? [] : [[ids[i]![0], recordOf(point, selection, from)] as const],
    ),
  );
}
