/**
 * Queries for measuring, made from stored points. Stored points themselves, left out of their own answer, are easier to
 * search by than questions are, which lie off the points (questions on passages: half as much again is missed). So there
 * are harder kinds, too: between two points, and moved off a point by the difference of two others.
 */
import type { Metric } from "../kernel.ts";
import type { Slot } from "../view.ts";

export interface StoredVector {
  slot: Slot;
  vector: Float32Array;
}

export interface MeasuringQuery {
  vector: Float32Array;
  /** To be left out of the answer. */
  self?: Slot;
}

export const kinds = ["stored", "between", "moved"] as const;
export type QueryKind = (typeof kinds)[number];

/** Points needed for one query of any kind. */
export const pointsPerQuery = 3;

/** @param points pointsPerQuery for each query */
export function makeQueries(
  kind: QueryKind,
  points: readonly StoredVector[],
  metric: Metric,
): MeasuringQuery[] {
  const queries: MeasuringQuery[] = [];
  for (let at = 0; at + pointsPerQuery <= points.length; at += pointsPerQuery) {
    const [a, b, c] = points.slice(at, at + pointsPerQuery) as [StoredVector, StoredVector, StoredVector];
    if (kind === "stored") queries.push({ vector: a.vector, self: a.slot });
    else {
      const [x, y, z] = [a, b, c].map(({ vector }) => (metric === "cosine" ? unit(vector) : vector)) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const vector = kind === "between" ? blend(x, y, x, 0.5) : blend(x, y, z, 0.5);
      queries.push({ vector });
    }
  }
  return queries;
}

/** a + share (b − c) */
function blend(a: Float32Array, b: Float32Array, c: Float32Array, share: number): Float32Array {
  return a.map((x, i) => x + share * (b[i]! - c[i]!));
}

function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const x of vector) squares += x * x;
  const length = Math.sqrt(squares);
  return length === 0 ? vector : vector.map((x) => x / length);
}
