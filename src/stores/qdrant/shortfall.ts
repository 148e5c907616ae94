/** Why an answer is short: how many points there are, and how many match. It is asked only then. */
import type { CheckedNearest, CheckedQuery } from "../../model/checked-query.ts";
import type { Shortfall } from "../../model/result.ts";
import { type PageFacts, shortfallOf } from "../../model/shortfall.ts";
import type { Open } from "./collection.ts";
import { countWhere } from "./count.ts";
import type { Condition } from "./filter/clauses.ts";
import { wireId } from "./ids.ts";
import { wireName } from "./layout.ts";
import { nearestRequest } from "./query.ts";
import type { WireRecord } from "./read-points.ts";

export async function shortfallFor(
  open: Open,
  {
    query,
    ranking,
    filter,
    hits,
    cut,
  }: {
    query: CheckedQuery;
    ranking: CheckedNearest;
    filter: Condition | undefined;
    hits: number;
    cut: number;
  },
): Promise<Shortfall | undefined> {
  const { limit, offset, signal } = query;
  const isById = "id" in ranking.from;
  const points = (await countWhere(open, undefined, { signal })) - (isById ? 1 : 0);
  const matched = await matchedBy(open, [ranking], query, filter);
  const brought = Math.min(matched, offset + limit);
  const facts: PageFacts = { hits, limit, offset, matched, brought, cut, points, isPartial: false };
  return shortfallOf(facts);
}

/** How many points the rankings could bring together: that match, and have the vector of one of them. */
export async function matchedBy(
  open: Open,
  rankings: readonly CheckedNearest[],
  query: CheckedQuery,
  filter: Condition | undefined,
): Promise<number> {
  const { fields } = open.layout;
  const sources = rankings.flatMap(({ from }) => ("id" in from ? [wireId(from.id)] : []));
  const matching = (having: readonly Condition[]): Condition => ({
    must: [...(filter ? [filter] : []), { should: having }],
    ...(sources.length > 0 && { must_not: [{ has_id: sources }] }),
  });
  const having: Condition[] = [];
  for (const ranking of rankings) {
    const hasField = { has_vector: wireName(ranking.field, open.layout) };
    const isSparse = Object.hasOwn(fields.sparseFields, ranking.field);
    having.push(isSparse ? await sharingAnIndex(open, ranking, query, matching([hasField])) : hasField);
  }
  return countWhere(open, matching(having), { signal: query.signal });
}

/** Qdrant tells which points have a component where the example has one only by ranking them. */
async function sharingAnIndex(
  open: Open,
  ranking: CheckedNearest,
  query: CheckedQuery,
  filter: Condition,
): Promise<Condition> {
  const { layout, wire } = open;
  const { signal } = query;
  const limit = Math.max(1, await countWhere(open, filter, { signal }));
  const request = { ...nearestRequest(open, ranking, query, filter), limit, with_payload: false };
  const { points } = await wire.call<{ points: WireRecord[] }>(
    "queryPoints",
    { collection_name: layout.name, ...request },
    { signal },
  );
  return { has_id: points.map(({ id }) => id) };
}
