/**
 * BM25 over text fields, term at a time: Σ idf · tf (k1 + 1) / (tf + k1 (1 − b + b · length / average length)),
 * idf = ln(1 + (N − df + 0.5) / (df + 0.5)), N the live points that have words in the field
 * (S. Robertson, H. Zaragoza: The Probabilistic Relevance Framework, 2009; idf as in Lucene, never negative).
 */
import { type Bitset, hasBit } from "../../bitset.ts";
import type { TextIndex } from "./text-index.ts";

export interface TextScores {
  /** Allowed slots that hold a word of the query, in no order. */
  slots: Uint32Array;
  /** Parallel to `slots`. */
  scores: Float64Array;
  /** Whether the query had a word to search for in any of the fields. */
  hadWords: boolean;
}

/** Postings looked at in one step. */
const postingsPerStep = 32_768;

/**
 * Scores of every allowed slot that holds a word of `query` in one of the fields; fields' scores are added. In steps,
 * between which the fields must not be changed.
 */
export function* scoreText(
  fields: readonly TextIndex[],
  query: string,
  allow: Bitset,
  slots: number,
): Generator<void, TextScores> {
  const sums = takeSums(slots);
  let touched = new Uint32Array(1024);
  let count = 0;
  let hadWords = false;
  for (const field of fields) {
    const terms = countTerms(field.analyzer.ranked(query));
    hadWords ||= terms.size > 0;
    if (field.documents === 0) continue;
    const { lengths } = field;
    const { values, weights } = field.postings;
    const lengthWeight = (field.k1 * field.b * field.documents) / field.tokens;
    const constant = field.k1 * (1 - field.b);
    for (const [term, times] of terms) {
      const number = field.termNumber(term);
      if (number === undefined) continue;
      const frequency = field.documentFrequency(number);
      const idf = Math.log(1 + (field.documents - frequency + 0.5) / (frequency + 0.5));
      const factor = times * idf * (field.k1 + 1);
      const start = field.postings.starts[number]!;
      const end = start + field.postings.lengths[number]!;
      while (count + end - start > touched.length) touched = doubled(touched);
      for (let from = start; from < end; from += postingsPerStep) {
        const to = Math.min(end, from + postingsPerStep);
        for (let i = from; i < to; i++) {
          const slot = values[i]!;
          if (!hasBit(allow, slot)) continue;
          const sum = sums[slot]!;
          if (sum === 0) touched[count++] = slot;
          const tf = weights[i]!;
          sums[slot] = sum + (factor * tf) / (tf + constant + lengthWeight * lengths[slot]!);
        }
        yield;
      }
    }
  }
  const found = touched.subarray(0, count);
  const scores = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    scores[i] = sums[found[i]!]!;
    sums[found[i]!] = 0;
  }
  spareSums = sums;
  return { slots: found, scores, hadWords };
}

/** The k-th best score, or −∞ when there are not as many: a heap of the k best, the worst of them on top. */
export function cutOf(scores: Float64Array, k: number): number {
  if (scores.length <= k) return -Infinity;
  const heap = scores.slice(0, k);
  for (let i = (k >>> 1) - 1; i >= 0; i--) sink(heap, i);
  for (let i = k; i < scores.length; i++) {
    if (scores[i]! <= heap[0]!) continue;
    heap[0] = scores[i]!;
    sink(heap, 0);
  }
  return heap[0]!;
}

function sink(heap: Float64Array, from: number): void {
  const value = heap[from]!;
  let at = from;
  for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child += 1;
    if (heap[child]! >= value) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = value;
}

function countTerms(terms: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

/**
 * One array of zeros is kept between queries, since making it costs more than a short query. Who is in the
 * middle of its steps has it meanwhile, and who gives up there has spoilt it: others make their own.
 */
let spareSums: Float64Array = new Float64Array(0);
function takeSums(slots: number): Float64Array {
  const sums = spareSums.length >= slots ? spareSums : new Float64Array(Math.ceil(slots * 1.25));
  spareSums = new Float64Array(0);
  return sums;
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(array.length * 2);
  grown.set(array);
  return grown;
}
