/**
 * How similar every one of many points is to an example: what rankings by several examples are made of. Exact.
 */
import { cancelledError, FrancaError } from "../../errors.ts";
import type { ExampleVector } from "../../model/checked-query.ts";
import type { Metric } from "../../model/schema.ts";
import { andInto, type Bitset, countBits } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import { costsOf } from "./costs.ts";

export interface Similarities {
  /** Of the slots asked for, those that have the field. The caller's to change. */
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
  if (example instanceof Float32Array && Object.hasOwn(view.vectorFields, field))
    return ofDense(view, field, example, allow, signal);
  throw new FrancaError("internal", `an example of another kind than "${field}" of "${view.name}"`);
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

export function isLargerBetter(metric: Metric): boolean {
  return metric === "cosine" || metric === "dot";
}

/** The kernel's distances grow with farness; cosine and dot are told as similarities. */
export function scoreOf(metric: Metric, distance: number): number {
  if (metric === "cosine") return 1 - distance;
  return metric === "dot" ? 0 - distance : distance;
}
