/**
 * Sparse and multi vectors inside a point's entry: in the JSON of its payload under the reserved key, which no payload has:
 *
 *   {"sparse": {field: bytes}, "multi": {field: [dimension, bytes]}}
 *
 * Bytes are little-endian, in base64: of a sparse vector its indices as uint32, ascending, then its values as float32; of a
 * multi vector the rows as float32. So the log, its replay, compaction and repair carry them as they carry payloads.
 * Collections without such fields know nothing of it.
 */
import type { Payload } from "../../model/payload.ts";
import type { MultiVector, SparseVector } from "../../model/point.ts";
import { reservedKey } from "../../model/reserved-key.ts";
import { fromBase64, toBase64 } from "./base64.ts";

/** By field; fields that the point lacks are absent. */
export interface EntryVectors {
  sparse: { [field: string]: SparseVector };
  multi: { [field: string]: MultiVector };
}

export interface StoredVectors {
  sparse: { [field: string]: string };
  multi: { [field: string]: [dimension: number, bytes: string] };
}

/** What is stored of a payload as it lies in an entry. */
export function storedVectors(stored: Payload): StoredVectors {
  const { sparse = {}, multi = {} } = (stored[reservedKey] ?? {}) as unknown as Partial<StoredVectors>;
  return { sparse, multi };
}

/** A payload as it is to lie in an entry; `payload` has no vectors. */
export function withVectors(payload: Payload, { sparse, multi }: StoredVectors): Payload {
  const kinds = {
    ...(Object.keys(sparse).length > 0 && { sparse }),
    ...(Object.keys(multi).length > 0 && { multi }),
  };
  return Object.keys(kinds).length === 0 ? payload : { ...payload, [reservedKey]: kinds };
}

/** A payload as its owner knows it. */
export function withoutVectors(stored: Payload): Payload {
  if (!Object.hasOwn(stored, reservedKey)) return stored;
  const { [reservedKey]: _, ...payload } = stored;
  return payload;
}

export function encodeSparse({ indices, values }: SparseVector): string {
  const words = new Uint32Array(indices.length * 2);
  words.set(indices);
  words.set(new Uint32Array(values.buffer, values.byteOffset, values.length), indices.length);
  return toBase64(littleEndian(words));
}

export function encodeMulti(rows: MultiVector): [dimension: number, bytes: string] {
  const dimension = rows[0]!.length;
  const floats = new Float32Array(rows.length * dimension);
  for (const [i, row] of rows.entries()) floats.set(row, i * dimension);
  return [dimension, toBase64(littleEndian(new Uint32Array(floats.buffer)))];
}

/** Which fields there are, by name. */
interface Fields {
  sparseFields: { readonly [name: string]: unknown };
  multiFields: { readonly [name: string]: { readonly dimension: number } };
}

/** @throws RangeError, TypeError for what was not stored so, and for what is of other fields where these are given */
export function decodeVectors({ sparse, multi }: StoredVectors, fields?: Fields): EntryVectors {
  if (fields !== undefined) {
    for (const name of Object.keys(sparse)) expectField(Object.hasOwn(fields.sparseFields, name), name);
    for (const [name, [dimension]] of Object.entries(multi)) {
      const field = Object.hasOwn(fields.multiFields, name) ? fields.multiFields[name] : undefined;
      expectField(field?.dimension === dimension, name);
    }
  }
  return {
    sparse: Object.fromEntries(Object.entries(sparse).map(([field, bytes]) => [field, decodeSparse(bytes)])),
    multi: Object.fromEntries(Object.entries(multi).map(([field, rows]) => [field, decodeMulti(rows)])),
  };
}

function expectField(isThere: boolean, name: string): void {
  if (!isThere) throw new RangeError(`its vector of ${JSON.stringify(name)} is of no field of the schema`);
}

function decodeSparse(text: string): SparseVector {
  const words = wordsOf(text);
  if (words.length % 2 !== 0) throw new RangeError("a sparse vector has as many indices as values");
  const half = words.length / 2;
  for (let i = 1; i < half; i++) {
    if (words[i - 1]! >= words[i]!) throw new RangeError("the indices of a sparse vector do not ascend");
  }
  return { indices: words.subarray(0, half), values: new Float32Array(words.buffer, half * 4, half) };
}

function decodeMulti([dimension, text]: [number, string]): MultiVector {
  const words = wordsOf(text);
  const count = words.length / dimension;
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`its rows do not have ${dimension} components`);
  return Array.from(
    { length: count },
    (_, i) => new Float32Array(words.buffer, i * dimension * 4, dimension),
  );
}

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

function littleEndian(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  return isLittleEndian ? bytes : swapped(bytes);
}

function wordsOf(text: string): Uint32Array {
  const bytes = fromBase64(text);
  if (bytes.length % 4 !== 0) throw new RangeError("a vector ends in the middle of a number");
  const own = isLittleEndian ? bytes : swapped(bytes);
  return new Uint32Array(own.buffer, own.byteOffset, own.length / 4);
}

function swapped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (let i = 0; i < copy.length; i += 4) copy.subarray(i, i + 4).reverse();
  return copy;
}
