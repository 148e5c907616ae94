/**
 * What building a graph costs on this machine: a small one is built and timed, once for each shape; larger ones cost more for each
 * point, since paths are longer and memory is further away.
 */
import type { Kernel } from "../kernel.ts";
import type { VectorShape } from "./footprint.ts";

const before = 1000;
const timed = 3000;
/** The fastest counts: others were disturbed. */
const piece = 1000;
/**
 * Cost of a point ~ points ** growth: paths grow with the logarithm, and long vectors leave the caches sooner. Fitted on
 * 4,000 to 100,000 points of 128, 384 and 768 dimensions, and checked with a million of 128 (docs/memory.md).
 */
const growth = (dimension: number): number => 0.1 + 0.1 * Math.min(1, dimension / 768);
const known = new Map<string, Promise<number>>();

/** Milliseconds for a graph of so many points, on all cores. */
export async function buildCost(kernel: Kernel, field: VectorShape, points: number): Promise<number> {
  const { dimension, metric, hnsw } = field;
  const key = [kernel.build, dimension, metric, hnsw?.m].join();
  let perPoint = known.get(key);
  if (perPoint === undefined) {
    perPoint = calibrate(kernel, field);
    known.set(key, perPoint);
    perPoint.catch(() => known.delete(key));
  }
  return points * (await perPoint) * Math.max(1, points / (before + timed)) ** growth(dimension);
}

/** Milliseconds a point, in a graph of a few thousand. */
async function calibrate(kernel: Kernel, { dimension, metric, hnsw }: VectorShape): Promise<number> {
  const index = kernel.createIndex({ dimension, metric, ...hnsw });
  try {
    // The first few hundred are inserted by one thread, and codes are learnt: not what large graphs spend their time with.
    index.put(0, clusters(0, before, dimension));
    await index.build();
    let best = Number.POSITIVE_INFINITY;
    for (let first = before; first < before + timed; first += piece) {
      index.put(first, clusters(first, piece, dimension));
      const started = performance.now();
      await index.build();
      best = Math.min(best, (performance.now() - started) / piece);
    }
    return best;
  } finally {
    await index.free();
  }
}

/** Points around a hundred centres, the same each time. */
function clusters(first: number, count: number, dimension: number): Float32Array {
  const centres = 100;
  const rows = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const centre = (first + row) % centres;
    for (let d = 0; d < dimension; d++) {
      rows[row * dimension + d] =
        noise(centre * dimension + d) + 0.7 * noise((first + row + centres) * dimension + d);
    }
  }
  return rows;
}

/** Between −1 and 1 (mulberry32). */
function noise(seed: number): number {
  let t = (seed + 0x6d2b79f5) >>> 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
}
