/**
 * Point ids: strings, or integers up to 2^64 − 1. Integers sort before strings; `1` is not `"1"`.
 */
import { FrancaError } from "../errors.ts";
import { parseUuid } from "./uuid.ts";

/** A string of 1 … 1,024 UTF-8 bytes; a safe integer; or a bigint from −2^63 to 2^64 − 1. */
export type PointId = string | number | bigint;

/** "unsigned": 0 … 2^64 − 1; "uuid": a string that is one in its canonical form; "string": any other string. */
export type IdKind = "unsigned" | "negative" | "uuid" | "string";

const largestId = 2n ** 64n - 1n;
const smallestId = -(2n ** 63n);
const longestIdBytes = 1024;

/**
 * The one form of an id: bigints in the safe range become numbers, so that `5n` and `5` name the same point.
 * @throws FrancaError invalid_argument
 */
export function normalizeId(id: unknown): PointId {
  if (typeof id === "string") {
    // A UTF-16 unit is at most three bytes of UTF-8, so that short ids need no counting.
    const fits = id.length * 3 <= longestIdBytes || new TextEncoder().encode(id).length <= longestIdBytes;
    if (id.length === 0 || !fits) throw badId(id, `a string id has 1 to ${longestIdBytes} bytes`);
    if (!id.isWellFormed()) throw badId(id, "a string id is well-formed Unicode (no lone surrogates)");
    return id;
  }
  if (typeof id === "number") {
    if (!Number.isSafeInteger(id))
      throw badId(id, "a number id is a safe integer; use a bigint beyond 2^53 − 1");
    return id === 0 ? 0 : id;
  }
  if (typeof id === "bigint") {
    if (id < smallestId || id > largestId) throw badId(id, "a bigint id is from −2^63 to 2^64 − 1");
    const small = Number(id);
    return Number.isSafeInteger(small) ? small : id;
  }
  throw badId(id, "an id is a string, a safe integer or a bigint");
}

/** Order of normalised ids: integers by value, then strings by code point (the order of their UTF-8 bytes). */
export function compareIds(a: PointId, b: PointId): number {
  const aIsString = typeof a === "string";
  const bIsString = typeof b === "string";
  if (aIsString !== bIsString) return aIsString ? 1 : -1;
  if (aIsString && bIsString) return compareCodePoints(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of a normalised id. */
export function idKind(id: PointId): IdKind {
  if (typeof id === "string") return parseUuid(id) === id ? "uuid" : "string";
  return id < 0 ? "negative" : "unsigned";
}

/** A string that is equal exactly for equal ids, for use as a Map key. */
export function idKey(id: PointId): string {
  return typeof id === "string" ? `s${id}` : `i${id}`;
}

/** UTF-16 units order astral characters below U+E000 … U+FFFF; code points do not. */
function compareCodePoints(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xAstral = x >= 0xd800 && x <= 0xdfff;
    const yAstral = y >= 0xd800 && y <= 0xdfff;
    if (xAstral !== yAstral) return xAstral ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

function badId(id: unknown, expected: string): FrancaError {
  const received = typeof id === "bigint" ? `${id}n` : (JSON.stringify(id) ?? String(id));
  return new FrancaError("invalid_argument", `${expected}; got ${received.slice(0, 80)}`, {
    details: { expected, received: received.slice(0, 80) },
  });
}
