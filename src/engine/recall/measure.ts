/**
 * Recall of searches of one effort against the exact answers, in small batches. Ties count right: found is what is as
 * near as the k-th of the exact answer.
 */
import type { Bitset } from "../bitset.ts";
import type { VectorIndex, VectorSearch, VectorSearchResult } from "../kernel.ts";
import type { Tally } from "./interval.ts";
import type { MeasuringQuery } from "./made-queries.ts";

/** Queries searched by at once: they share the way through memory, and the batch stays short. */
const batchSize = 8;
/** Floats compared in less time than the way to another thread takes. */
const smallWork = 1_000_000;
/** A walk computes about so many distances for each place of its pool. */
const distancesPerPlace = 16;
/** As queries do, see query/nearest.ts. */
const slack = 4;

/** Runs one short piece of work, and waits as the budget demands. */
export type Pace = <T>(piece: () => Promise<T>) => Promise<T>;

/** A few queries with the distances of their exact k-th neighbours among `allow`. */
export interface Truth {
  queries: readonly MeasuringQuery[];
  rows: Float32Array;
  allow: Bitset;
  k: number;
  kth: Float32Array;
}

export async function exactAnswers(
  index: VectorIndex,
  queries: readonly MeasuringQuery[],
  k: number,
  allow: Bitset,
  pace: Pace,
  signal: AbortSignal,
): Promise<Truth[]> {
  const truths: Truth[] = [];
  for (let at = 0; at < queries.length; at += batchSize) {
    const batch = queries.slice(at, at + batchSize);
    const rows = new Float32Array(batch.length * index.dimension);
    for (const [i, { vector }] of batch.entries()) rows.set(vector, i * index.dimension);
    // One more than k, for queries that find themselves.
    const options: VectorSearch = { k: k + 1, exact: true, allow, signal };
    const found = await pace(() => search(index, rows, options, index.slots));
    const kth = new Float32Array(batch.length);
    for (const [i, { self }] of batch.entries()) {
      const first = i * (k + 1);
      const isFound = self !== undefined && found.slots.subarray(first, first + k).includes(self);
      kth[i] = found.distances[first + (isFound ? k : k - 1)]!;
    }
    truths.push({ queries: batch, rows, allow, k, kth });
  }
  return truths;
}

/** Adds each query's hits to the tally. A walk is never given up for a scan, which finds more. */
export async function searchAgain(
  index: VectorIndex,
  { queries, rows, allow, k, kth }: Truth,
  way: number | "codes",
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const ask = k + slack;
  const how = way === "codes" ? { mode: way, ef: ask } : { mode: "graph" as const, ef: Math.max(way, ask) };
  const distances = way === "codes" ? index.slots : how.ef * distancesPerPlace;
  const found = await search(index, rows, { k: ask, ...how, allow, signal }, distances);
  for (const [i, { self }] of queries.entries()) {
    let hits = 0;
    for (let place = i * ask; place < i * ask + found.counts[i]!; place++) {
      if (found.distances[place]! <= kth[i]! && found.slots[place] !== self) hits++;
    }
    tally.add(Math.min(hits, k), k);
  }
}

/** @param distances that each query computes, about */
async function search(
  index: VectorIndex,
  rows: Float32Array,
  options: VectorSearch,
  distances: number,
): Promise<VectorSearchResult> {
  return rows.length * distances <= smallWork ? index.searchSync(rows, options) : index.search(rows, options);
}
