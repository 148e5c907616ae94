/** Queries: of one ranking, which Qdrant answers as a whole, and fusions, which are put together here. */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { CheckedQuery, CheckedRanking, CheckedStage } from "../../model/checked-query.ts";
import { searchedBy } from "../../model/examples.ts";
import { compareIds, type PointId } from "../../model/id.ts";
import type { Hit, QueryResult } from "../../model/result.ts";
import { withAverages } from "./averages.ts";
import type { Open } from "./collection.ts";
import { hasField } from "./filter/filter.ts";
import { rankFusion } from "./fuse.ts";
import { wireId } from "./ids.ts";
import { wireName } from "./layout.ts";
import { isLargerBetter } from "./rankings.ts";
import { storedPoint, type WireRecord, wireSelection, withReservedPart } from "./read-points.ts";
import { scrollPoints } from "./scroll.ts";
import { shortfallFor } from "./shortfall.ts";
import { type Above, aboveAll, wireStage } from "./stage.ts";
import { unimplemented } from "./unimplemented.ts";
import { filterWarnings } from "./warnings.ts";

export interface ScoredRecord extends WireRecord {
  score: number;
  order_value?: number | null;
}

export async function runQuery(open: Open, given: CheckedQuery): Promise<QueryResult> {
  const { recall } = given;
  if (recall !== undefined && recall < 1)
    throw unimplemented(
      "recall",
      "it finds no effort for a recall by itself; give params.ef, or a recall of 1",
    );
  const above = aboveAll(given, recall === 1);
  const query = await withAverages(open, given, given.signal);
  const { ranking } = query;
  if (ranking.kind === "fusion") return rankFusion(open, query, ranking, above);
  if (ranking.kind === "orderBy" && ranking.path === undefined) return inOrderOfIds(open, query, above);
  const { layout, wire } = open;
  const { limit, offset, scoreThreshold, select, signal } = query;
  const stage = wireStage(query, layout, above);
  const request = {
    ...stage,
    ...(offset > 0 && { offset }),
    ...withReservedPart(wireSelection(select, layout)),
  };
  const { points } = await answered(open, query, () =>
    wire.call<{ points: ScoredRecord[] }>(
      "queryPoints",
      { collection_name: layout.name, ...request },
      { signal },
    ),
  );
  // Of a point that lacks the vector nothing is near either.
  if (points.length === 0) await expectSources(open, given, undefined);
  const largerIsBetter = isLargerBetter(ranking, layout);
  const hits = points.map((record) => ({ ...storedPoint(record, select, layout), score: scoreOf(record) }));
  // What is diverse or drawn has an order of its own.
  const isOrdered = ranking.kind !== "sample" && !(ranking.kind === "nearest" && ranking.mmr !== undefined);
  const ordered = (isOrdered ? inOrder(hits, largerIsBetter) : hits).map((hit) => ({
    ...hit,
    score: toldScore(ranking, hit.score),
  }));
  const kept = ordered.filter(({ score }) => isWithin(score, scoreThreshold, largerIsBetter));
  const found = { hits: kept.length, cut: hits.length - kept.length };
  const shortfall = kept.length >= limit ? undefined : await shortfallFor(open, query, above, found);
  return { hits: kept, ...(shortfall && { shortfall }), warnings: warningsOf(query) };
}

/** Of an ordering by values that tells none. */
export function toldScore(ranking: CheckedRanking, score: number): number {
  return ranking.kind === "orderBy" && ranking.scores === "one" ? 1 : score;
}

/** An ordering tells values. */
function scoreOf({ score, order_value: value }: ScoredRecord): number {
  return Number(value ?? score);
}

async function inOrderOfIds(open: Open, query: CheckedQuery, above: Above): Promise<QueryResult> {
  if (query.prefetch.length > 0)
    throw unimplemented('orderBy: "id" of what is prefetched', "it has none like it");
  const { filter, limit, offset, select, signal, scoreThreshold } = query;
  const page = await scrollPoints(open, { filter, limit: offset + limit, after: undefined, select, signal });
  const all: Hit[] = page.points.slice(offset).map((point) => ({ ...point, score: 1 }));
  const hits = all.filter(({ score }) => isWithin(score, scoreThreshold, true));
  const found = { hits: hits.length, cut: all.length - hits.length };
  const shortfall = hits.length >= limit ? undefined : await shortfallFor(open, query, above, found);
  return { hits, ...(shortfall && { shortfall }), warnings: page.warnings };
}

export function warningsOf(stage: CheckedStage): QueryResult["warnings"] {
  const { ranking, prefetch, filter } = stage;
  const below = ranking.kind === "fusion" ? [...prefetch, ...ranking.legs] : prefetch;
  const all = [...filterWarnings(filter), ...below.flatMap(warningsOf)];
  return all.filter(({ message }, i) => all.findIndex((other) => other.message === message) === i);
}

/** A point that is searched by may be missing, or lack the vector: Qdrant's words for it are looked behind. */
export async function answered<T>(open: Open, stage: CheckedStage, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isFrancaError(error, "not_found") || isFrancaError(error, "invalid_argument"))
      await expectSources(open, stage, error);
    throw error;
  }
}

/** @throws FrancaError not_found, failed_precondition */
export async function expectSources(
  { wire, layout }: Open,
  stage: CheckedStage,
  cause: unknown,
): Promise<void> {
  const count = async (must: object[]): Promise<number> => {
    const payload = { collection_name: layout.name, exact: true, filter: { must } };
    return (await wire.call<{ count: number }>("countPoints", payload)).count;
  };
  for (const [id, field] of sourcesOf(stage)) {
    const shown = typeof id === "string" ? JSON.stringify(id) : String(id);
    const isIt = { has_id: [wireId(id)] };
    if ((await count([isIt])) === 0)
      throw new FrancaError("not_found", `there is no point ${shown} to search by in ${layout.name}`, {
        cause,
      });
    if (hasField(field, layout) && (await count([isIt, { has_vector: wireName(field, layout) }])) === 0)
      throw new FrancaError(
        "failed_precondition",
        `the point ${shown} has no vector ${JSON.stringify(field)} to search by`,
        { cause },
      );
  }
}

/** Points that are searched by, with the field whose vector they stand for. */
function sourcesOf(stage: CheckedStage): [id: PointId, field: string][] {
  const { ranking, prefetch } = stage;
  const below = ranking.kind === "fusion" ? [...prefetch, ...ranking.legs] : prefetch;
  const own =
    "field" in ranking
      ? searchedBy({ ...stage, prefetch: [] }).map((id): [PointId, string] => [id, ranking.field])
      : [];
  return [...own, ...below.flatMap(sourcesOf)];
}

export function isWithin(score: number, threshold: number | undefined, largerIsBetter: boolean): boolean {
  return threshold === undefined || (largerIsBetter ? score >= threshold : score <= threshold);
}

/** Ties by id, which Qdrant leaves open. */
export function inOrder<H extends { id: PointId; score: number }>(hits: H[], largerIsBetter: boolean): H[] {
  const sign = largerIsBetter ? -1 : 1;
  return hits.sort((a, b) => sign * (a.score - b.score) || compareIds(a.id, b.id));
}
