/** What is left of a vector in the datatype that its field was given: float16 rounds, uint8 cuts to whole numbers from 0 to 255. */
import type { JsonValue } from "../../../model/payload.ts";
import type { VectorInput } from "../../../model/point.ts";
import type { Metric } from "../../../model/schema.ts";
import { normalized } from "./normalized.ts";

export function asDatatype(
  vector: VectorInput,
  datatype: JsonValue | undefined,
  metric: Metric = "cosine",
): VectorInput {
  if (datatype === "uint8")
    return Float32Array.from(vector, (x) => Math.min(255, Math.max(0, Math.trunc(x))));
  if (datatype !== "float16") return vector;
  // As there: what is compared by its direction is stored as such.
  const stored = metric === "cosine" ? normalized(Float32Array.from(vector)) : vector;
  return Float32Array.from(stored, halfOf);
}

/** The nearest float16, ties to even (IEEE 754 binary16); what is beyond its range becomes its largest number. */
function halfOf(x: number): number {
  const size = Math.abs(x);
  if (size >= largestHalf) return Math.sign(x) * largestHalf;
  // Steps between float16 numbers of this exponent; 2^−24 below the smallest normal one.
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(size || 1))) - 10);
  const steps = x / step;
  const rounded = Math.round(steps);
  const isTie = Math.abs(steps - Math.trunc(steps)) === 0.5;
  return (isTie ? 2 * Math.round(steps / 2) : rounded) * step;
}

const largestHalf = 65_504;
