/**
 * What similarity is measured to, at the border: a vector of the field's kind, copied, so that the caller may change its own
 * while the search runs, or the id of a point that has one.
 */
import { badInput, plainObject, rejectKeys } from "./bad-input.ts";
import type { CheckedExample, CheckedFields } from "./checked-query.ts";
import { normalizeId } from "./id.ts";
import { checkDense, checkMulti, checkSparse } from "./validate-sparse.ts";

type VectorFields = Pick<CheckedFields, "vectorFields" | "sparseFields" | "multiFields">;

/** Names of the vector fields of every kind. */
export function vectorNames({ vectorFields, sparseFields, multiFields }: VectorFields): string[] {
  return [...Object.keys(vectorFields), ...Object.keys(sparseFields), ...Object.keys(multiFields)];
}

/** @throws FrancaError invalid_argument */
export function checkExample(
  input: unknown,
  field: string,
  { vectorFields, sparseFields, multiFields }: VectorFields,
  where: string,
): CheckedExample {
  if (isObject(input) && Object.hasOwn(input, "id")) {
    const { id, ...others } = input;
    rejectKeys(others, where, "id");
    return { id: normalizeId(id) };
  }
  if (Object.hasOwn(sparseFields, field)) {
    if (!isObject(input))
      throw badInput(where, "a sparse vector {indices, values}, or {id}", input ?? String(input));
    return { vector: checkSparse(input, where) };
  }
  const multi = Object.hasOwn(multiFields, field) ? multiFields[field] : undefined;
  const expected =
    multi === undefined
      ? "a vector (Float32Array or numbers) or {id}"
      : "a list of vectors, a vector, or {id}";
  if (!Array.isArray(input) && !(input instanceof Float32Array)) {
    rejectKeys(plainObject(input, where, expected), where, "id");
    throw badInput(where, expected, input);
  }
  if (multi === undefined) return { vector: checkDense(input, vectorFields[field]!.dimension, where) };
  const isOneRow = input instanceof Float32Array || typeof input[0] === "number";
  return { vector: checkMulti(isOneRow ? [input] : input, multi.dimension, where) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
