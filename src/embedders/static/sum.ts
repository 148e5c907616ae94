/**
 * The static model's arithmetic: word-piece ids to one unit vector.
 *
 * `v = Σ over distinct ids of (1 + ln tf) · h(i) · u_id`, then `v / |v|`: tf is how often the id occurs among the
 * pieces read, i where it first occurs (from 0), `h(i) = 1 / (1 + max(0, i − positionFree) / positionScale)`.
 */

import { FrancaError } from "../../errors.ts";
import type { StaticModel } from "./model-file.ts";

/** Writes the vector of `ids` (the first `maxPieces` of them) into `out`, which has `dimension` components. */
export type Sum = (ids: Int32Array, out: Float32Array) => void;

/**
 * A text without any piece has no direction, and gets that of `unknownId` ([UNK]): defined, and of length 1.
 *
 * @throws FrancaError data_loss when the row of `unknownId` is zero.
 */
export function createSum(model: StaticModel, unknownId: number): Sum {
  const { dimension, table, scales, maxPieces, positionFree, positionScale } = model;
  // Counts of one text; only the entries it touched are reset, so a short text does not pay for the vocabulary.
  const frequency = new Uint16Array(scales.length);
  const distinct = new Int32Array(maxPieces);
  const weights = new Float64Array(maxPieces);
  const sum = new Float64Array(dimension);

  function add(id: number, weight: number): void {
    const row = id * dimension;
    for (let j = 0; j < dimension; j++) sum[j] = sum[j]! + weight * table[row + j]!;
  }

  /** False when the sum has no direction. */
  function writeUnit(out: Float32Array): boolean {
    let square = 0;
    for (let j = 0; j < dimension; j++) square += sum[j]! * sum[j]!;
    if (square === 0) return false;
    const inverse = 1 / Math.sqrt(square);
    for (let j = 0; j < dimension; j++) out[j] = sum[j]! * inverse;
    return true;
  }

  const undirected = new Float32Array(dimension);
  add(unknownId, scales[unknownId]!);
  if (!writeUnit(undirected)) {
    throw new FrancaError(
      "data_loss",
      "The static model's row of [UNK] is zero, so that texts without a piece have no vector",
    );
  }

  return (ids, out) => {
    const read = Math.min(ids.length, maxPieces);
    let count = 0;
    for (let i = 0; i < read; i++) {
      const id = ids[i]!;
      if (frequency[id] === 0) {
        weights[count] = 1 / (1 + Math.max(0, i - positionFree) / positionScale);
        distinct[count++] = id;
      }
      frequency[id] = frequency[id]! + 1;
    }
    sum.fill(0);
    for (let i = 0; i < count; i++) {
      const id = distinct[i]!;
      add(id, (1 + Math.log(frequency[id]!)) * weights[i]! * scales[id]!);
      frequency[id] = 0;
    }
    if (!writeUnit(out)) out.set(undirected);
  };
}
