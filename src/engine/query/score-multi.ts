/**
 * A list of rows compared with those of many slots: over the rows of the query the nearest row of the slot, summed.
 */
import type { MultiVector } from "../../model/point.ts";
import type { Metric } from "../../model/schema.ts";
import { type Bitset, setBits } from "../bitset.ts";
import { type MultiIndex, type Rows, rowsOf } from "../index/multi-index.ts";

/** Components looked at in one step. */
const perStep = 1_000_000;

/** Scores by slot of those in `slots` that have rows. In steps, between which points may be put and die. */
export function* scoreMulti(
  index: MultiIndex,
  query: MultiVector,
  metric: Metric,
  slots: Bitset,
): Generator<void, Float64Array> {
  const { dimension } = index;
  const asked = rowsOf(query, dimension, metric === "cosine");
  const scores = new Float64Array(slots.length * 32);
  let looked = 0;
  for (const slot of setBits(slots)) {
    const rows = index.rowsOf(slot);
    // It died meanwhile, and was forgotten.
    if (rows === undefined) continue;
    scores[slot] = compared(metric, asked, rows, dimension);
    looked += query.length * rows.components.length;
    if (looked < perStep) continue;
    looked = 0;
    yield;
  }
  return scores;
}

function compared(metric: Metric, asked: Rows, rows: Rows, dimension: number): number {
  if (metric === "cosine" || metric === "dot") return mostSimilar(asked, rows, dimension);
  const between = metric === "euclidean" ? squared : manhattan;
  const a = asked.components;
  const b = rows.components;
  let sum = 0;
  for (let i = 0; i < a.length; i += dimension) {
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < b.length; j += dimension) {
      const distance = between(a, i, b, j, dimension);
      if (distance < least) least = distance;
    }
    sum += least;
  }
  return metric === "euclidean" ? Math.sqrt(sum) : sum;
}

function mostSimilar(asked: Rows, rows: Rows, dimension: number): number {
  const a = asked.components;
  const b = rows.components;
  let sum = 0;
  for (let i = 0, row = 0; i < a.length; i += dimension, row++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let j = 0, other = 0; j < b.length; j += dimension, other++) {
      const similarity = dot(a, i, b, j, dimension) * (rows.scales?.[other] ?? 1);
      if (similarity > most) most = similarity;
    }
    sum += most * (asked.scales?.[row] ?? 1);
  }
  return sum;
}

/** Four sums at once, so that none waits for the one before. */
function dot(a: Float32Array, i: number, b: Float32Array, j: number, dimension: number): number {
  let w = 0;
  let x = 0;
  let y = 0;
  let z = 0;
  let at = 0;
  for (; at + 3 < dimension; at += 4) {
    w += a[i + at]! * b[j + at]!;
    x += a[i + at + 1]! * b[j + at + 1]!;
    y += a[i + at + 2]! * b[j + at + 2]!;
    z += a[i + at + 3]! * b[j + at + 3]!;
  }
  for (; at < dimension; at++) w += a[i + at]! * b[j + at]!;
  return w + x + (y + z);
}

function squared(a: Float32Array, i: number, b: Float32Array, j: number, dimension: number): number {
  let sum = 0;
  for (let at = 0; at < dimension; at++) {
    const difference = a[i + at]! - b[j + at]!;
    sum += difference * difference;
  }
  return sum;
}

function manhattan(a: Float32Array, i: number, b: Float32Array, j: number, dimension: number): number {
  let sum = 0;
  for (let at = 0; at < dimension; at++) sum += Math.abs(a[i + at]! - b[j + at]!);
  return sum;
}
