/**
 * Sparse and multi vectors at the border: copied, sparse ones in the order of their indices, all finite as float32.
 */
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type { MultiVector, SparseVector } from "./point.ts";

const largestIndex = 2 ** 32 - 1;
const mostRows = 2 ** 20;

/** @throws FrancaError invalid_argument */
export function checkSparse(input: unknown, where: string): SparseVector {
  const { indices, values, ...others } = plainObject(input, where, "a sparse vector, {indices, values}");
  rejectKeys(others, where, "indices and values");
  const given = numbers(indices, `${where}.indices`);
  const components = numbers(values, `${where}.values`);
  if (given.length !== components.length) {
    throw badInput(`${where}.values`, `as many values as indices, ${given.length}`, components.length);
  }
  for (const [i, index] of given.entries()) {
    if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index <= largestIndex) continue;
    throw badInput(`${where}.indices[${i}]`, `an integer from 0 to ${largestIndex}`, index ?? String(index));
  }
  return inOrder(
    Uint32Array.from(given as ArrayLike<number>),
    finiteRow(components, `${where}.values`),
    `${where}.indices`,
  );
}

function inOrder(indices: Uint32Array, values: Float32Array, where: string): SparseVector {
  let isAscending = true;
  for (let i = 1; i < indices.length; i++) isAscending &&= indices[i - 1]! < indices[i]!;
  if (isAscending) return { indices, values };
  const order = Uint32Array.from(indices, (_, i) => i).sort((a, b) => indices[a]! - indices[b]!);
  const sorted = {
    indices: Uint32Array.from(order, (i) => indices[i]!),
    values: Float32Array.from(order, (i) => values[i]!),
  };
  for (let i = 1; i < sorted.indices.length; i++) {
    if (sorted.indices[i] === sorted.indices[i - 1])
      throw badInput(where, "distinct indices", sorted.indices[i]);
  }
  return sorted;
}

/** @throws FrancaError invalid_argument */
export function checkMulti(input: unknown, dimension: number, where: string): MultiVector {
  const rows = list(input, where, `vectors of ${dimension} components`);
  if (rows.length === 0 || rows.length > mostRows)
    throw badInput(where, `1 to ${mostRows} vectors`, rows.length);
  return rows.map((row, i) => {
    const components = numbers(row, `${where}[${i}]`);
    if (components.length !== dimension) {
      throw badInput(`${where}[${i}]`, `${dimension} components`, components.length);
    }
    return finiteRow(components, `${where}[${i}]`);
  });
}

/** A copy. @throws FrancaError invalid_argument */
export function checkDense(input: ArrayLike<unknown>, dimension: number, where: string): Float32Array {
  if (input.length !== dimension) throw badInput(where, `${dimension} components`, input.length);
  return finiteRow(input, where);
}

function numbers(input: unknown, where: string): readonly unknown[] | Float32Array | Uint32Array {
  if (Array.isArray(input) || input instanceof Float32Array || input instanceof Uint32Array) return input;
  throw badInput(where, "an array of numbers", input ?? String(input));
}

function finiteRow(components: ArrayLike<unknown>, where: string): Float32Array {
  const row = new Float32Array(components.length);
  for (let i = 0; i < row.length; i++) {
    const component = components[i];
    row[i] = typeof component === "number" ? component : Number.NaN;
    if (!Number.isFinite(row[i])) {
      throw badInput(
        `${where}[${i}]`,
        "a finite number in the range of float32",
        component ?? String(component),
      );
    }
  }
  return row;
}
