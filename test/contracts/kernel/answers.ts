/** Looking at what an index answers. */
import { expect } from "vitest";
import type { VectorIndex, VectorSearch, VectorSearchResult } from "../../../src/engine/kernel.ts";
import { distance, nearest } from "./oracle.ts";

/** The slots of query `q`, nearest first. */
export function slotsOf(result: VectorSearchResult, q = 0): number[] {
  const k = result.slots.length / result.counts.length;
  return [...result.slots.subarray(q * k, q * k + result.counts[q]!)];
}

export function distancesOf(result: VectorSearchResult, q = 0): number[] {
  const k = result.slots.length / result.counts.length;
  return [...result.distances.subarray(q * k, q * k + result.counts[q]!)];
}

/** The answer to each row of `queries` is that of the oracle; equal distances may round apart, so both are checked. */
export function expectExact(
  index: VectorIndex,
  result: VectorSearchResult,
  rows: Map<number, Float32Array>,
  queries: Float32Array,
  k: number,
): void {
  const n = queries.length / index.dimension;
  for (let q = 0; q < n; q++) {
    const query = queries.subarray(q * index.dimension, (q + 1) * index.dimension);
    const wanted = nearest(index.metric, rows, query, k);
    const slots = slotsOf(result, q);
    const distances = distancesOf(result, q);
    expect(slots.length).toBe(wanted.length);
    expect(new Set(slots).size).toBe(slots.length);
    for (let rank = 0; rank < wanted.length; rank++) {
      const row = rows.get(slots[rank]!);
      expect(row, `slot ${slots[rank]} is not among the rows`).toBeDefined();
      expectNear(distances[rank]!, distance(index.metric, row!, query));
      expectNear(distances[rank]!, wanted[rank]!.distance);
    }
  }
}

export function expectNear(actual: number, wanted: number): void {
  expect(Math.abs(actual - wanted), `${actual} is not ${wanted}`).toBeLessThanOrEqual(
    1e-5 * (1 + Math.abs(wanted)),
  );
}

/** What two searches for the same must have in common: all but the time they took. */
export function untimed(result: VectorSearchResult): VectorSearchResult {
  return { ...result, stats: { ...result.stats, walkMs: 0, scanMs: 0 } };
}

/** The share of the true nearest neighbours that the index finds. */
export async function recall(
  index: VectorIndex,
  rows: Map<number, Float32Array>,
  queries: Float32Array,
  options: VectorSearch,
): Promise<number> {
  const result = await index.search(queries, options);
  let hits = 0;
  const n = queries.length / index.dimension;
  for (let q = 0; q < n; q++) {
    const query = queries.subarray(q * index.dimension, (q + 1) * index.dimension);
    const truth = new Set(nearest(index.metric, rows, query, options.k).map(({ slot }) => slot));
    hits += slotsOf(result, q).filter((slot) => truth.has(slot)).length;
  }
  return hits / (n * options.k);
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** In uneven pieces, since a file gives no promise about where it is cut. */
export async function* inPieces(bytes: Uint8Array, size = 1777): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
