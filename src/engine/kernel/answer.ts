/** The block of memory that a search's answer comes in, and the views of it that the caller gets. */
import { FrancaError } from "../../errors.ts";
import type { SearchStats, VectorSearchResult } from "../kernel.ts";

/** In the order of fk_search_stats. */
const statNames = [
  "distances",
  "hops",
  "scanned",
  "walked",
  "seen",
  "passed",
  "gaveUp",
  "walkMs",
  "scanMs",
] as const satisfies (keyof SearchStats)[];
/** Numbers in a search's statistics. */
export const statCount: number = statNames.length;
export const gaveUpAt: number = statNames.indexOf("gaveUp");
const statsBytes = 8 * statCount;

export interface AnswerBlock {
  /** The statistics as doubles, times in nanoseconds; n × k slots, n × k distances, n counts. */
  bytes: Uint8Array;
  slots: Uint32Array;
  distances: Float32Array;
  counts: Uint32Array;
}

/** @throws FrancaError resource_exhausted */
export function answerBlock(n: number, k: number): AnswerBlock {
  const rows = 4 * n * k;
  const buffer = allocate(statsBytes + 2 * rows + 4 * n, n, k);
  return {
    bytes: new Uint8Array(buffer),
    slots: new Uint32Array(buffer, statsBytes, n * k),
    distances: new Float32Array(buffer, statsBytes + rows, n * k),
    counts: new Uint32Array(buffer, statsBytes + 2 * rows, n),
  };
}

/** For a block whose statistics were written into its bytes. */
export function answerOf(block: AnswerBlock): VectorSearchResult {
  const values = new Float64Array(block.bytes.buffer, 0, statCount);
  const stats = {} as SearchStats;
  for (const [i, name] of statNames.entries()) stats[name] = values[i]!;
  stats.walkMs /= 1e6;
  stats.scanMs /= 1e6;
  const { slots, distances, counts } = block;
  return { slots, distances, counts, stats };
}

function allocate(sizeBytes: number, n: number, k: number): ArrayBuffer {
  try {
    return new ArrayBuffer(sizeBytes);
  } catch (cause) {
    const message = `there is not enough memory for ${n} answers of ${k} places each; ask for fewer at once`;
    throw new FrancaError("resource_exhausted", message, { cause });
  }
}
