/**
 * Fusion: the legs in one request, put together here, since what Qdrant gives back of its own does not tell what each leg said.
 */
import type { CheckedFusion, CheckedQuery } from "../../model/checked-query.ts";
import { distributionBasedScoreFusion, type FusedHit, reciprocalRankFusion } from "../../model/fusion.ts";
import { idKey } from "../../model/id.ts";
import type { JsonValue } from "../../model/payload.ts";
import type { StoredPoint } from "../../model/point.ts";
import type { Hit, QueryResult } from "../../model/result.ts";
import type { Open } from "./collection.ts";
import { pointId, wireId } from "./ids.ts";
import {
  answered,
  expectSources,
  inOrder,
  isWithin,
  type ScoredRecord,
  toldScore,
  warningsOf,
} from "./query.ts";
import { isLargerBetter } from "./rankings.ts";
import { storedPoint, type WireRecord, wireSelection, withReservedPart } from "./read-points.ts";
import { reservedIn, reservedName } from "./reserved.ts";
import { shortfallFor } from "./shortfall.ts";
import { type Above, wireStage, within } from "./stage.ts";
import { unimplemented } from "./unimplemented.ts";

export async function rankFusion(
  open: Open,
  query: CheckedQuery,
  fusion: CheckedFusion,
  above: Above,
): Promise<QueryResult> {
  const { limit, offset, scoreThreshold } = query;
  if (query.prefetch.length > 0)
    throw unimplemented("prefetch beside a fusion", "its fusions take what they fuse from there");
  const brought = await ranked(open, query, fusion, above);
  const fused = fusedOf(open, fusion, brought);
  const good = fused.filter(({ score }) => isWithin(score, scoreThreshold, true));
  const hits = await fetched(open, query, good.slice(offset, offset + limit));
  const found = { hits: hits.length, cut: fused.length - good.length, brought: fused.length };
  const shortfall = hits.length >= limit ? undefined : await shortfallFor(open, query, above, found);
  return { hits, ...(shortfall && { shortfall }), warnings: warningsOf(query) };
}

type Ranked = { id: Hit["id"]; score: number }[];

async function ranked(
  open: Open,
  query: CheckedQuery,
  { legs }: CheckedFusion,
  over: Above,
): Promise<Ranked[]> {
  const { wire, layout } = open;
  const above = within(query, layout, over);
  const searches = legs.map((leg) => ({ ...wireStage(leg, layout, above), with_payload: [reservedName] }));
  const payload = { collection_name: layout.name, searches };
  const answers = await answered(open, query, () =>
    wire.call<{ points: ScoredRecord[] }[]>("queryBatchPoints", payload, { signal: query.signal }),
  );
  if (answers.some(({ points }) => points.length === 0)) await expectSources(open, query, undefined);
  return answers.map(({ points }, i) => {
    const { ranking, scoreThreshold } = legs[i]!;
    const largerIsBetter = isLargerBetter(ranking, layout);
    const hits = points.map(({ id, payload: kept, score, order_value: value }) => ({
      id: pointId(id, reservedIn(kept) as JsonValue),
      score: Number(value ?? score),
    }));
    const isDiverse = ranking.kind === "nearest" && ranking.mmr !== undefined;
    const ordered = isDiverse || ranking.kind === "sample" ? hits : inOrder(hits, largerIsBetter);
    const told = ordered.map(({ id, score }) => ({ id, score: toldScore(ranking, score) }));
    return told.filter(({ score }) => isWithin(score, scoreThreshold, largerIsBetter));
  });
}

function fusedOf(
  { layout }: Open,
  { method, k, weigh, asTold, legs }: CheckedFusion,
  brought: Ranked[],
): FusedHit[] {
  const lists = legs.map(({ name, weight }, i) => ({ name, weight, hits: brought[i]! }));
  if (method === "rrf") return reciprocalRankFusion(lists, k, weigh);
  const signs = legs.map(({ ranking }) => (asTold || isLargerBetter(ranking, layout) ? 1 : -1));
  return distributionBasedScoreFusion(lists, signs);
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
