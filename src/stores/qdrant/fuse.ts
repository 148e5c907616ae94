/**
 * Fusion: the legs in one request, put together here, since what Qdrant gives back of its own does not tell what each leg said.
 */
import { FrancaError } from "../../errors.ts";
import type {
  CheckedFusion,
  CheckedFusionLeg,
  CheckedNearest,
  CheckedQuery,
} from "../../model/checked-query.ts";
import { type FusedHit, reciprocalRankFusion } from "../../model/fusion.ts";
import { idKey } from "../../model/id.ts";
import type { JsonValue } from "../../model/payload.ts";
import type { StoredPoint } from "../../model/point.ts";
import type { Hit, QueryResult } from "../../model/result.ts";
import { shortfallOf } from "../../model/shortfall.ts";
import type { Open } from "./collection.ts";
import { countWhere } from "./count.ts";
import type { Condition } from "./filter/clauses.ts";
import { pointId, type WireId, wireId } from "./ids.ts";
import { answered, inOrder, isWithin, nearestRequest, ranksByDistance, type ScoredRecord } from "./query.ts";
import { storedPoint, type WireRecord, wireSelection, withReservedPart } from "./read-points.ts";
import { reservedIn, reservedName } from "./reserved.ts";
import { matchedBy } from "./shortfall.ts";
import { filterWarnings } from "./warnings.ts";

export async function rankFusion(
  open: Open,
  query: CheckedQuery,
  { legs, k, method, weigh }: CheckedFusion,
  filter: Condition | undefined,
): Promise<QueryResult> {
  if (method !== "rrf") throw new FrancaError("unimplemented", `a fusion by ${method} in a Qdrant`);
  const { limit, offset, scoreThreshold, signal } = query;
  const rankings = legs.map(nearestOf);
  const lists = await ranked(open, query, legs, rankings, filter);
  const fused = reciprocalRankFusion(
    lists.map((hits, i) => ({ name: legs[i]!.name, weight: legs[i]!.weight, hits })),
    k,
    weigh,
  );
  const good = fused.filter(({ score }) => isWithin(score, scoreThreshold, false));
  const hits = await fetched(open, query, good.slice(offset, offset + limit));
  if (hits.length >= limit) return { hits, warnings: filterWarnings(query.filter) };
  const points = (await countWhere(open, undefined, { signal })) - sourcesOf(rankings).length;
  const matched = await matchedBy(open, rankings, query, filter);
  const cut = fused.length - good.length;
  const facts = {
    hits: hits.length,
    limit,
    offset,
    matched,
    brought: fused.length,
    cut,
    points,
    isPartial: true,
  };
  const shortfall = shortfallOf(facts);
  return { hits, ...(shortfall && { shortfall }), warnings: filterWarnings(query.filter) };
}

function sourcesOf(rankings: readonly CheckedNearest[]): WireId[] {
  return [...new Set(rankings.flatMap(({ from }) => ("id" in from ? [wireId(from.id)] : [])))];
}

function nearestOf({ ranking, prefetch, filter, scoreThreshold }: CheckedFusionLeg): CheckedNearest {
  const isMore = prefetch.length > 0 || filter !== undefined || scoreThreshold !== undefined;
  if (ranking.kind === "nearest" && ranking.mmr === undefined && !isMore) return ranking;
  throw new FrancaError(
    "unimplemented",
    `a fusion's leg by ${ranking.kind}: Qdrant has no ranking like it; give it sparse vectors, with the modifier idf`,
  );
}

async function ranked(
  open: Open,
  query: CheckedQuery,
  legs: CheckedFusion["legs"],
  rankings: readonly CheckedNearest[],
  filter: Condition | undefined,
) {
  const { wire, layout } = open;
  const sources = sourcesOf(rankings);
  // A point that one leg searches by is left out of all.
  const others: Condition | undefined =
    sources.length === 0 ? filter : { ...(filter && { must: [filter] }), must_not: [{ has_id: sources }] };
  const searches = rankings.map((ranking, i) => ({
    ...nearestRequest(open, ranking, query, others),
    limit: legs[i]!.limit,
    with_payload: [reservedName],
  }));
  const ask = () =>
    wire.call<{ points: ScoredRecord[] }[]>(
      "queryBatchPoints",
      { collection_name: layout.name, searches },
      { signal: query.signal },
    );
  // Each leg that searches by a point may be the one that fails.
  const explained = rankings.reduce<() => Promise<{ points: ScoredRecord[] }[]>>(
    (asked, ranking) => () => answered(open, ranking, query.signal, asked),
    ask,
  );
  const answers = await explained();
  return answers.map(({ points }, i) =>
    inOrder(
      points.map(({ id, payload, score }) => ({ id: pointId(id, reservedIn(payload) as JsonValue), score })),
      ranksByDistance(rankings[i]!.field, open),
    ),
  );
}

async function fetched(
  { wire, layout }: Open,
  query: CheckedQuery,
  page: readonly FusedHit[],
): Promise<Hit[]> {
  if (page.length === 0) return [];
  const { select, signal } = query;
  const records = await wire.call<WireRecord[]>(
    "getPoints",
    {
      collection_name: layout.name,
      ids: page.map(({ id }) => wireId(id)),
      ...withReservedPart(wireSelection(select, layout)),
    },
    { signal },
  );
  const points = new Map<string, StoredPoint>();
  for (const record of records) {
    const point = storedPoint(record, select, layout);
    points.set(idKey(point.id), point);
  }
  return page.flatMap(({ id, score, legs }) => {
    const point = points.get(idKey(id));
    return point === undefined ? [] : [{ ...point, score, legs }];
  });
}
