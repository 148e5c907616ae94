/**
 * Dot products of a sparse vector with those of many slots, by the postings of its indices, in ascending order of these.
 */
import type { SparseVector } from "../../model/point.ts";
import { type Bitset, countBits, emptyBitset, hasBit } from "../bitset.ts";
import type { SparseIndex } from "../index/sparse-index.ts";

export interface SparseScores {
  /** Allowed slots that have a component at one of the indices. */
  found: Bitset;
  /** By slot; 0 for those that have none. */
  scores: Float64Array;
}

/** Components looked at in one step. */
const perStep = 65_536;

/** In steps, between which points may be put and die. */
export function* scoreSparse(
  index: SparseIndex,
  { indices, values }: SparseVector,
  modifier: "none" | "idf",
  allow: Bitset,
): Generator<void, SparseScores> {
  const found = emptyBitset(allow.length * 32);
  const scores = new Float64Array(allow.length * 32);
  // Of the moment it begins.
  const filled = modifier === "idf" ? index.filled.slice() : undefined;
  const points = filled === undefined ? 0 : countBits(filled);
  const postings = Array.from(indices, (each) => index.posting(each));
  for (const [i, posting] of postings.entries()) {
    if (posting === undefined) continue;
    const { slots, values: components, length } = posting;
    let weight = values[i]!;
    if (filled !== undefined) {
      let holders = 0;
      for (let at = 0; at < length; at++) if (hasBit(filled, slots[at]!)) holders += 1;
      weight *= inverseDocumentFrequency(points, holders);
    }
    for (let at = 0; at < length; at++) {
      if (at % perStep === perStep - 1) yield;
      const slot = slots[at]!;
      const word = slot >>> 5;
      if (((allow[word]! >>> (slot & 31)) & 1) === 0) continue;
      found[word]! |= 1 << (slot & 31);
      scores[slot]! += weight * components[at]!;
    }
    yield;
  }
  return { found, scores };
}

/** Robertson and Spärck Jones's, kept above 0 as BM25 does. */
export function inverseDocumentFrequency(points: number, holders: number): number {
  return Math.log(1 + (points - holders + 0.5) / (holders + 0.5));
}
