/** Hidden states of a padded batch to one unit vector a text. */

export type Pooling = "mean" | "cls";

/**
 * @param hidden float32 `[lengths.length, width, out's row length]`, as the model returned it.
 * @param lengths tokens of each text; what lies behind them is padding and does not count.
 * @param rows where in `vectors` each text's row belongs.
 */
export function poolInto(
  vectors: Float32Array,
  hidden: Float32Array,
  lengths: readonly number[],
  rows: readonly number[],
  width: number,
  dimension: number,
  pooling: Pooling,
): void {
  lengths.forEach((length, text) => {
    const out = vectors.subarray(rows[text]! * dimension, (rows[text]! + 1) * dimension);
    const start = text * width * dimension;
    const tokens = pooling === "cls" ? 1 : length;
    for (let token = 0; token < tokens; token++) {
      for (let j = 0; j < dimension; j++) out[j] = out[j]! + hidden[start + token * dimension + j]!;
    }
    normalize(out);
  });
}

/** A mean and a sum have one direction, so the division by the count is left out. */
function normalize(vector: Float32Array): void {
  const length = Math.sqrt(vector.reduce((square, x) => square + x * x, 0));
  if (length > 0) for (let j = 0; j < vector.length; j++) vector[j] = vector[j]! / length;
}
