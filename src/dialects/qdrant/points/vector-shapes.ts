/** The kinds of vectors as requests hold them: a list of numbers, of lists, or indices with values. */
import type { FrancaError } from "../../../errors.ts";
import type { SparseVectorInput, VectorInput } from "../../../model/point.ts";
import { formatError, validationError } from "../errors.ts";
import { isList, mismatch, objectAt } from "../requests/shape.ts";

export type AnyVector =
  | { readonly dense: VectorInput }
  | { readonly multi: readonly VectorInput[] }
  | { readonly sparse: SparseVectorInput };

/** @throws FrancaError invalid_argument */
export function anyVector(given: unknown, path: string): AnyVector {
  if (given instanceof Float32Array) return { dense: given };
  if (Array.isArray(given)) {
    if (given.length > 0 && isList(given[0])) return { multi: rows(given, path) };
    return { dense: numbers(given, path) };
  }
  const object = objectAt(given, path);
  if ("indices" in object || "values" in object) return { sparse: sparseVector(object, path) };
  if ("model" in object) throw inference(path);
  throw formatError(`data did not match any variant of untagged enum Vector in \`${path}\``);
}

function rows(given: readonly unknown[], path: string): VectorInput[] {
  const read = given.map((row, i) => numbers(row, `${path}[${i}]`));
  if (read.some(({ length }) => length === 0)) throw validationError(path, "all vectors must be non-empty");
  if (read.some(({ length }) => length !== read[0]!.length))
    throw validationError(path, "all vectors must have the same dimension");
  return read;
}

function numbers(given: unknown, path: string): Float32Array {
  if (given instanceof Float32Array) return given;
  if (!Array.isArray(given)) throw mismatch(given, "a sequence", path);
  const wrong = given.findIndex(
    (component) => typeof component !== "number" && typeof component !== "bigint",
  );
  if (wrong >= 0) throw mismatch(given[wrong], "f32", `${path}[${wrong}]`);
  return Float32Array.from(given, Number);
}

export function sparseVector(given: { [name: string]: unknown }, path: string): SparseVectorInput {
  const { indices, values } = given;
  if (indices === undefined) throw formatError(`missing field \`indices\` in \`${path}\``);
  if (values === undefined) throw formatError(`missing field \`values\` in \`${path}\``);
  const read = numbers(values, `${path}.values`);
  if (!isList(indices) && !(indices instanceof Uint32Array))
    throw mismatch(indices, "a sequence", `${path}.indices`);
  const listed = Array.from(indices as ArrayLike<unknown>, (index, i) => {
    if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < 2 ** 32) return index;
    throw mismatch(index, "u32", `${path}.indices[${i}]`);
  });
  if (listed.length !== read.length)
    throw validationError(`${path}.values`, "must be the same length as indices");
  if (new Set(listed).size !== listed.length) throw validationError(`${path}.indices`, "must be unique");
  return { indices: listed, values: read };
}

function inference(path: string): FrancaError {
  return formatError(`${path}: objects for inference are not served here; send vectors`);
}
