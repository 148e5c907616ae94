/** Rankings: by nearness, which Qdrant answers, and fusions of such, which are put together here. */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { CheckedNearest, CheckedQuery } from "../../model/checked-query.ts";
import { compareIds, type PointId } from "../../model/id.ts";
import type { QueryResult } from "../../model/result.ts";
import type { Open } from "./collection.ts";
import type { Condition } from "./filter/clauses.ts";
import { wireFilter } from "./filter/filter.ts";
import { rankFusion } from "./fuse.ts";
import { wireId } from "./ids.ts";
import { usingOf, wireName } from "./layout.ts";
import { storedPoint, type WireRecord, wireSelection, withReservedPart } from "./read-points.ts";
import { shortfallFor } from "./shortfall.ts";
import { filterWarnings } from "./warnings.ts";

export type ScoredRecord = WireRecord & { score: number };

export async function runQuery(open: Open, query: CheckedQuery): Promise<QueryResult> {
  const { ranking, filter } = query;
  expectKnownWays(query);
  const found = filter === undefined ? undefined : wireFilter(filter, open.layout);
  switch (ranking.kind) {
    case "nearest":
      return nearestHits(open, query, ranking, found);
    case "fusion":
      return rankFusion(open, query, ranking, found);
    default:
      throw new FrancaError(
        "unimplemented",
        `a ranking by ${ranking.kind}: Qdrant has none like it${ranking.kind === "text" ? " (BM25 over texts; give it sparse vectors, with the modifier idf)" : ""}`,
      );
  }
}

async function nearestHits(
  open: Open,
  query: CheckedQuery,
  ranking: CheckedNearest,
  filter: Condition | undefined,
): Promise<QueryResult> {
  const { limit, offset, scoreThreshold, select, signal } = query;
  const { layout, wire } = open;
  const request = {
    ...nearestRequest(open, ranking, query, filter),
    limit,
    ...(offset > 0 && { offset }),
    ...withReservedPart(wireSelection(select, layout)),
  };
  const { points } = await answered(open, ranking, signal, () =>
    wire.call<{ points: ScoredRecord[] }>(
      "queryPoints",
      { collection_name: layout.name, ...request },
      { signal },
    ),
  );
  const isSmallerBetter = ranksByDistance(ranking.field, open);
  const hits = inOrder(
    points.map((record) => ({ ...storedPoint(record, select, layout), score: record.score })),
    isSmallerBetter,
  );
  const kept = hits.filter(({ score }) => isWithin(score, scoreThreshold, isSmallerBetter));
  const shortfall =
    kept.length >= limit
      ? undefined
      : await shortfallFor(open, {
          query,
          ranking,
          filter,
          hits: kept.length,
          cut: hits.length - kept.length,
        });
  return { hits: kept, ...(shortfall && { shortfall }), warnings: filterWarnings(query.filter) };
}

/** One that asks for nothing but ids and scores, of all that is ranked. */
export function nearestRequest(
  { layout }: Open,
  { field, from }: CheckedNearest,
  { exact, ef, recall, plan }: CheckedQuery,
  filter: Condition | undefined,
): { [name: string]: unknown } {
  return {
    query: "id" in from ? wireId(from.id) : wireExample(from.vector),
    ...usingOf(field, layout),
    ...(filter && { filter }),
    params: exact || recall === 1 || plan === "exact" ? { exact: true } : { hnsw_ef: ef },
  };
}

function wireExample(vector: Extract<CheckedNearest["from"], { vector: unknown }>["vector"]): unknown {
  if (vector instanceof Float32Array) return Array.from(vector);
  if (Array.isArray(vector)) return vector.map((row) => Array.from(row as Float32Array));
  const { indices, values } = vector as { indices: Uint32Array; values: Float32Array };
  return { indices: Array.from(indices), values: Array.from(values) };
}

/** Qdrant has neither of them, and would do something else. */
function expectKnownWays({ recall, plan, prefetch, ranking }: CheckedQuery): void {
  if (prefetch.length > 0 || (ranking.kind === "nearest" && ranking.mmr !== undefined))
    throw new FrancaError("unimplemented", "rankings below rankings, and mmr, in a Qdrant");
  if (recall !== undefined && recall < 1)
    throw new FrancaError(
      "unimplemented",
      "recall: a Qdrant finds no effort for a recall by itself; give params.ef, or a recall of 1",
    );
  if (plan === "codes" || plan === "graph")
    throw new FrancaError("unimplemented", `params.plan ${plan}: a Qdrant takes the way that it thinks best`);
}

/** A point that is searched by may be missing, or lack the vector: Qdrant's words for it are looked behind. */
export async function answered<T>(
  { wire, layout }: Open,
  { field, from }: CheckedNearest,
  signal: AbortSignal | undefined,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!("id" in from) || !(isFrancaError(error, "not_found") || isFrancaError(error, "invalid_argument")))
      throw error;
    const filter = { must: [{ has_id: [wireId(from.id)] }] };
    const count = async (more: Condition[]): Promise<number> => {
      const payload = {
        collection_name: layout.name,
        exact: true,
        filter: { must: [...filter.must, ...more] },
      };
      return (await wire.call<{ count: number }>("countPoints", payload, { signal })).count;
    };
    const shown = typeof from.id === "string" ? JSON.stringify(from.id) : String(from.id);
    if ((await count([])) === 0)
      throw new FrancaError("not_found", `there is no point ${shown} to search by in ${layout.name}`, {
        cause: error,
      });
    if ((await count([{ has_vector: wireName(field, layout) }])) === 0)
      throw new FrancaError(
        "failed_precondition",
        `the point ${shown} has no vector ${JSON.stringify(field)} to search by`,
        {
          cause: error,
        },
      );
    throw error;
  }
}

export function ranksByDistance(field: string, { layout }: Open): boolean {
  const { vectorFields, multiFields } = layout.fields;
  const { metric } = vectorFields[field] ?? multiFields[field] ?? { metric: "dot" };
  return metric === "euclidean" || metric === "manhattan";
}

export function isWithin(score: number, threshold: number | undefined, isSmallerBetter: boolean): boolean {
  return threshold === undefined || (isSmallerBetter ? score <= threshold : score >= threshold);
}

/** Ties by id, which Qdrant leaves open. */
export function inOrder<H extends { id: PointId; score: number }>(hits: H[], isSmallerBetter: boolean): H[] {
  const sign = isSmallerBetter ? 1 : -1;
  return hits.sort((a, b) => sign * (a.score - b.score) || compareIds(a.id, b.id));
}
