/** A naive index in plain JavaScript, and seeded vectors to try it on. */
import type { Metric } from "../../../src/engine/kernel.ts";

export const metrics: Metric[] = ["cosine", "dot", "euclidean", "manhattan"];

export function distance(metric: Metric, a: ArrayLike<number>, b: ArrayLike<number>): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  let squares = 0;
  let absolute = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
    squares += (a[i]! - b[i]!) ** 2;
    absolute += Math.abs(a[i]! - b[i]!);
  }
  if (metric === "dot") return -dot;
  if (metric === "euclidean") return Math.sqrt(squares);
  if (metric === "manhattan") return absolute;
  return aa === 0 || bb === 0 ? 1 : 1 - dot / Math.sqrt(aa) / Math.sqrt(bb);
}

/** Slots of `rows` in order of distance, then slot. */
export function nearest(
  metric: Metric,
  rows: Map<number, Float32Array>,
  query: Float32Array,
  k: number,
): { slot: number; distance: number }[] {
  return [...rows]
    .map(([slot, row]) => ({ slot, distance: distance(metric, row, query) }))
    .sort((a, b) => a.distance - b.distance || a.slot - b.slot)
    .slice(0, k);
}

/** Mulberry32: the same numbers in [0, 1) for the same seed, everywhere. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** n rows around 40 centres: graphs have an easy time with uniform noise and users have none. */
export function clustered(n: number, dimension: number, seed: number): Float32Array {
  const next = random(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const centres = Float32Array.from({ length: 40 * dimension }, normal);
  const rows = new Float32Array(n * dimension);
  for (let row = 0; row < n; row++) {
    const centre = Math.floor(next() * 40) * dimension;
    for (let i = 0; i < dimension; i++) rows[row * dimension + i] = centres[centre + i]! + 0.5 * normal();
  }
  return rows;
}

/** Small whole numbers: their distances are exact in float32, so ties are true ties. */
export function wholeNumbers(n: number, dimension: number, seed: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: n * dimension }, () => Math.floor(next() * 3) - 1);
}

export function rowsOf(vectors: Float32Array, dimension: number, firstSlot = 0): Map<number, Float32Array> {
  const rows = new Map<number, Float32Array>();
  for (let at = 0; at < vectors.length; at += dimension) {
    rows.set(firstSlot + at / dimension, vectors.subarray(at, at + dimension));
  }
  return rows;
}
