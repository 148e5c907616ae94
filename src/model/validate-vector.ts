/**
 * Vectors at the border: the right field, the right length, finite as float32.
 */
import { badInput, plainObject } from "./bad-input.ts";
import type { VectorInput } from "./point.ts";

export interface NamedDimension {
  name: string;
  dimension: number;
}

/**
 * The vectors of one point by ordinal of the field, undefined where it has none. `vector` is short for the only field.
 * @throws FrancaError invalid_argument
 */
export function vectorsByField(
  point: { vector?: unknown; vectors?: unknown },
  fields: readonly NamedDimension[],
  where: string,
): (VectorInput | undefined)[] {
  const found: (VectorInput | undefined)[] = new Array(fields.length).fill(undefined);
  if (point.vector !== undefined) {
    if (fields.length !== 1) {
      const names = fields.map((field) => field.name).join(", ") || "none";
      throw badInput(
        where,
        `\`vectors\` by field name: \`vector\` is for collections with one vector field (fields: ${names})`,
      );
    }
    found[0] = vectorOf(point.vector, fields[0]!, where);
  }
  if (point.vectors === undefined) return found;
  const given = plainObject(point.vectors, `${where}: vectors`, "an object of vectors by field name");
  for (const [name, vector] of Object.entries(given)) {
    if (vector === undefined) continue;
    const ordinal = fields.findIndex((field) => field.name === name);
    if (ordinal < 0) {
      throw badInput(
        where,
        `vector fields among ${fields.map((field) => field.name).join(", ") || "none"}`,
        name,
      );
    }
    if (found[ordinal] !== undefined) throw badInput(where, "either `vector` or `vectors`, not both");
    found[ordinal] = vectorOf(vector, fields[ordinal]!, where);
  }
  return found;
}

function vectorOf(vector: unknown, field: NamedDimension, where: string): VectorInput {
  const isList = Array.isArray(vector) || vector instanceof Float32Array;
  const place = `${where}: vector ${JSON.stringify(field.name)}`;
  if (!isList) throw badInput(place, "an array of numbers or a Float32Array", vector ?? String(vector));
  if (vector.length !== field.dimension) {
    throw badInput(place, `${field.dimension} components`, vector.length);
  }
  return vector;
}

/** Writes a vector into `row`. @throws FrancaError invalid_argument for what is no number or not finite as float32 */
export function copyVector(
  vector: VectorInput,
  row: Float32Array,
  field: NamedDimension,
  where: string,
): void {
  row.set(vector);
  // A product with 0 is NaN for infinities and NaN, and a sum keeps it: one check for the whole row.
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i]! * 0;
  if (
    sum === 0 &&
    (vector instanceof Float32Array || vector.every((component) => typeof component === "number"))
  )
    return;
  const bad = Array.from(vector).findIndex(
    (component, i) => typeof component !== "number" || !Number.isFinite(row[i]),
  );
  throw badInput(
    `${where}: vector ${JSON.stringify(field.name)}[${bad}]`,
    "a number that is finite as float32",
    vector[bad],
  );
}
