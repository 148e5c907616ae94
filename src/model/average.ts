/** The vector that stands for examples that are liked and disliked: mean(positive) + (mean(positive) − mean(negative)). */
import type { ExampleVector } from "./checked-query.ts";
import type { MultiVector, SparseVector } from "./point.ts";

/** @param positive at least one; all of one field */
export function averageOf(
  positive: readonly ExampleVector[],
  negative: readonly ExampleVector[],
): ExampleVector {
  const [first] = positive;
  if (first instanceof Float32Array)
    return dense(positive as readonly Float32Array[], negative as readonly Float32Array[], first.length);
  if (Array.isArray(first))
    return multi(positive as readonly MultiVector[], negative as readonly MultiVector[]);
  return sparse(positive as readonly SparseVector[], negative as readonly SparseVector[]);
}

/** How much an example counts. */
function weights(positive: number, negative: number): { liked: number; disliked: number } {
  return negative === 0
    ? { liked: 1 / positive, disliked: 0 }
    : { liked: 2 / positive, disliked: -1 / negative };
}

function dense(
  positive: readonly Float32Array[],
  negative: readonly Float32Array[],
  dimension: number,
): Float32Array {
  const { liked, disliked } = weights(positive.length, negative.length);
  const sum = new Float64Array(dimension);
  for (const each of positive) for (let i = 0; i < dimension; i++) sum[i]! += liked * each[i]!;
  for (const each of negative) for (let i = 0; i < dimension; i++) sum[i]! += disliked * each[i]!;
  return Float32Array.from(sum);
}

function sparse(positive: readonly SparseVector[], negative: readonly SparseVector[]): SparseVector {
  const { liked, disliked } = weights(positive.length, negative.length);
  const sum = new Map<number, number>();
  const add =
    (weight: number) =>
    ({ indices, values }: SparseVector) =>
      indices.forEach((index, i) => void sum.set(index, (sum.get(index) ?? 0) + weight * values[i]!));
  positive.forEach(add(liked));
  negative.forEach(add(disliked));
  const sorted = [...sum].sort(([a], [b]) => a - b);
  return {
    indices: Uint32Array.from(sorted, ([index]) => index),
    values: Float32Array.from(sorted, ([, value]) => value),
  };
}

/** The rows of all, those of disliked ones turned round. */
function multi(positive: readonly MultiVector[], negative: readonly MultiVector[]): MultiVector {
  return [...positive.flat(), ...negative.flat().map((row) => row.map((component) => -component))];
}
