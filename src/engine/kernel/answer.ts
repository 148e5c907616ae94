/** The block of memory that a search's answer comes in, and the views of it that the caller gets. */
import { FrancaError } from "../../errors.ts";
import type { VectorSearchResult } from "../kernel.ts";

const statsBytes = 24;

export interface AnswerBlock {
  /** Three doubles (distances, hops, scanned), n × k slots, n × k distances, n counts. */
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
  const [distances = 0, hops = 0, scanned = 0] = new Float64Array(block.bytes.buffer, 0, 3);
  const { slots, distances: exact, counts } = block;
  return { slots, distances: exact, counts, stats: { distances, hops, scanned } };
}

function allocate(sizeBytes: number, n: number, k: number): ArrayBuffer {
  try {
    return new ArrayBuffer(sizeBytes);
  } catch (cause) {
    const message = `there is not enough memory for ${n} answers of ${k} places each; ask for fewer at once`;
    throw new FrancaError("resource_exhausted", message, { cause });
  }
}
