/**
 * A float32 vector as JSON, in about as few digits as bring the same bits back: nine always do (Steele and White,
 * PLDI 1990), and the shortest text of a float64 has up to seventeen.
 */

/** A JSON array. */
export function vectorText(vector: Float32Array): string {
  const numbers: number[] = new Array(vector.length);
  let hasMinusZero = false;
  for (let i = 0; i < vector.length; i++) {
    const x = vector[i]!;
    if (x === 0) {
      hasMinusZero ||= Object.is(x, -0);
      numbers[i] = x;
      continue;
    }
    const scale = 10 ** (8 - Math.floor(Math.log10(Math.abs(x))));
    const rounded = Math.round(x * scale) / scale;
    numbers[i] = Math.fround(rounded) === x ? rounded : x;
  }
  // JSON.stringify writes −0 as 0, which has another bit pattern.
  if (hasMinusZero) return `[${numbers.map((x) => (Object.is(x, -0) ? "-0" : String(x))).join()}]`;
  return JSON.stringify(numbers);
}
