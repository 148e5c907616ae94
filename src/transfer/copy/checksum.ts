/**
 * A checksum over points in the order of ids: kind and digits of the id, the payload as canonical JSON, and every bit of the
 * float32 vectors. Finds differences, not someone who wants a collision.
 */
import type { PointId } from "../../model/id.ts";
import type { JsonValue } from "../../model/payload.ts";
import type { MultiVector, StoredPoint } from "../../model/point.ts";

/** A point as it is compared: equal exactly where points are equal. */
export interface ComparablePoint {
  id: PointId;
  /** Canonical JSON. */
  payload: string;
  /**
   * Of every kind, by name, sorted; as bits, so that −0 is not 0. Sparse ones as indices and values, lists of rows as their
   * number and the rows: no two fields have one name, and no field is of two kinds.
   */
  vectors: [name: string, bits: Uint32Array][];
}

export function comparable(point: StoredPoint): ComparablePoint {
  const { id, payload = {}, vectors = {}, sparse = {}, multi = {} } = point;
  const bits: ComparablePoint["vectors"] = [
    ...Object.entries(vectors).map(([name, vector]): [string, Uint32Array] => [name, bitsOf(vector!)]),
    ...Object.entries(sparse).map(([name, one]): [string, Uint32Array] => [
      name,
      joined(one!.indices, bitsOf(one!.values)),
    ]),
    ...Object.entries(multi).map(([name, rows]): [string, Uint32Array] => [name, bitsOfRows(rows!)]),
  ];
  return {
    id,
    payload: canonicalJson(payload as JsonValue),
    vectors: bits.sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

export function isSamePoint(a: ComparablePoint, b: ComparablePoint): boolean {
  if (a.payload !== b.payload || a.vectors.length !== b.vectors.length) return false;
  return a.vectors.every(([name, bits], i) => {
    const [otherName, other] = b.vectors[i]!;
    return name === otherName && bits.length === other.length && bits.every((word, at) => word === other[at]);
  });
}

/** JSON with the keys of every object in order. */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`);
  return `{${parts.join()}}`;
}

/** Two lanes of 32 bits, each in the manner of MurmurHash3 (Appleby, 2011). */
export class Checksum {
  #a = 0x243f6a88;
  #b = 0x85a308d3;
  #words = 0;

  add({ id, payload, vectors }: ComparablePoint): void {
    this.#text(typeof id === "string" ? `s${id}` : `i${id}`);
    this.#text(payload);
    for (const [name, bits] of vectors) {
      this.#text(name);
      this.#word(bits.length);
      for (let i = 0; i < bits.length; i++) this.#word(bits[i]!);
    }
  }

  /** Sixteen hexadecimal digits. */
  toString(): string {
    return [this.#a, this.#b]
      .map((lane) => (finished(lane ^ this.#words) >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }

  #text(text: string): void {
    this.#word(text.length);
    for (let i = 0; i < text.length; i += 2) this.#word(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
  }

  #word(word: number): void {
    this.#a = stepped(this.#a, word, 0xcc9e2d51, 0x1b873593);
    this.#b = stepped(this.#b, word, 0x239b961b, 0xab0e9789);
    this.#words++;
  }
}

function stepped(lane: number, word: number, first: number, second: number): number {
  const mixed = Math.imul(rotated(Math.imul(word, first), 15), second);
  return (Math.imul(rotated(lane ^ mixed, 13), 5) + 0xe6546b64) | 0;
}

function finished(lane: number): number {
  let x = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function rotated(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

function bitsOf(vector: Float32Array): Uint32Array {
  return new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
}

function joined(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both = new Uint32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function bitsOfRows(rows: MultiVector): Uint32Array {
  const bits = new Uint32Array(rows.reduce((sum, row) => sum + row.length, 1));
  bits[0] = rows.length;
  let at = 1;
  for (const row of rows) {
    bits.set(bitsOf(row), at);
    at += row.length;
  }
  return bits;
}
