/**
 * How similar every one of many points is to an example: what rankings by several examples are made of. Exact.
 */
import { cancelledError } from "../../errors.ts";
import type { ExampleVector } from "../../model/checked-query.ts";
import { andInto, type Bitset, countBits } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import { costsOf } from "./costs.ts";
import { createPauser, inTurns } from "./pause.ts";
import { scoreMulti } from "./score-multi.ts";
import { isLargerBetter, scoreOf } from "./score-of.ts";
import { scoreSparse } from "./score-sparse.ts";

export interface Similarities {
  /**
   * Of the slots asked for, those that have the field. The caller's to change. In a sparse field one without a component at
   * any of the example's indices has the score 0.
   */
  slots: Bitset;
  /** By slot, as a hit's score is told; anything where `slots` lacks it. */
  scores: Float64Array;
  largerIsBetter: boolean;
}

/** Scans that should take less than this run on the calling thread. */
const smallScanMs = 0.3;

/**
 * @param allow not changed
 * @throws FrancaError cancelled, deadline_exceeded
 */
export async function similarities(
  view: CollectionView,
  field: string,
  example: ExampleVector,
  allow: Bitset,
  signal: AbortSignal | undefined,
): Promise<Similarities> {
  if (signal?.aborted) throw cancelledError("the query", signal);
  if (example instanceof Float32Array) return ofDense(view, field, example, allow, signal);
  const slots = allow.slice();
  andInto(slots, view.slotsWithVector(field));
  const pause = createPauser("the query", signal);
  if (Array.isArray(example)) {
    const { metric } = view.multiFields[field]!;
    const scores = await inTurns(scoreMulti(view.multiIndex(field), example, metric, slots), pause);
    return { slots, scores, largerIsBetter: isLargerBetter(metric) };
  }
  const { modifier } = view.sparseFields[field]!;
  const { scores } = await inTurns(scoreSparse(view.sparseIndex(field), example, modifier, slots), pause);
  return { slots, scores, largerIsBetter: true };
}

async function ofDense(
  view: CollectionView,
  field: string,
  example: Float32Array,
  allow: Bitset,
  signal: AbortSignal | undefined,
): Promise<Similarities> {
  const { metric } = view.vectorFields[field]!;
  const index = view.vectorIndex(field);
  const slots = allow.slice();
  andInto(slots, view.slotsWithVector(field));
  const scores = new Float64Array(slots.length * 32);
  const matched = countBits(slots);
  if (matched > 0) {
    const options = { k: matched, mode: "exact" as const, allow: slots };
    const isSmall = costsOf(index).scanMs("exact", matched) <= smallScanMs;
    const found = isSmall
      ? index.searchSync(example, options)
      : await index.search(example, signal === undefined ? options : { ...options, signal });
    for (let i = 0; i < found.counts[0]!; i++) scores[found.slots[i]!] = scoreOf(metric, found.distances[i]!);
  }
  return { slots, scores, largerIsBetter: isLargerBetter(metric) };
}
