/**
 * The binary form of Franca's wire: JSON, and beside it the vectors as they lie in memory, so that neither side writes or reads
 * numbers digit by digit.
 *
 *   bytes 0 … 3   "FRF1"
 *   bytes 4 … 7   length of the JSON in bytes, uint32 little-endian
 *   JSON in UTF-8, then zeros up to a multiple of four
 *   words of four bytes, float32 or uint32, little-endian, to the end
 *
 * In the JSON a vector is {"$f32":[offset,length]}, counted in words from where they begin, and the indices of a sparse one are
 * {"$u32":[offset,length]} likewise; an integer beyond ±(2^53 − 1) is
 * {"$int":"18446744073709551615"}, and a number that JSON lacks {"$num":"Infinity"}. A key of anything else that begins with
 * "$" has one "$" more. The vectors name as many floats as there are, so that a small frame never stands for much memory.
 */
import { FrancaError } from "../../errors.ts";

export const frameType = "application/vnd.franca.frame";

const magic = 0x31465246; // "FRF1", little-endian
const headBytes = 8;
/** Deeper than any payload or filter that is taken. */
const deepest = 200;

/** Objects, lists, strings, numbers, booleans, null, bigints, Dates, Float32Arrays and Uint32Arrays; undefined members are left out. */
export function encodeFrame(value: unknown): Uint8Array {
  const vectors: Words[] = [];
  let words = 0;
  const json = new TextEncoder().encode(
    JSON.stringify(
      packed(value, (vector) => {
        vectors.push(vector);
        words += vector.length;
        const place = [words - vector.length, vector.length];
        return vector instanceof Float32Array ? { $f32: place } : { $u32: place };
      }),
    ),
  );
  const start = headBytes + Math.ceil(json.length / 4) * 4;
  const frame = new Uint8Array(start + words * 4);
  const head = new DataView(frame.buffer);
  head.setUint32(0, magic, true);
  head.setUint32(4, json.length, true);
  frame.set(json, headBytes);
  let at = start;
  for (const vector of vectors) {
    const bits = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
    if (isLittleEndian) new Uint32Array(frame.buffer, at, bits.length).set(bits);
    else for (const [i, word] of bits.entries()) head.setUint32(at + i * 4, word, true);
    at += bits.byteLength;
  }
  return frame;
}

/**
 * Vectors are views of one copy of the bytes.
 * @throws FrancaError invalid_argument
 */
export function decodeFrame(frame: Uint8Array): unknown {
  if (frame.byteLength < headBytes) throw malformed("it is shorter than its head");
  const head = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (head.getUint32(0, true) !== magic) throw malformed(`it does not begin with "FRF1"`);
  const length = head.getUint32(4, true);
  const start = headBytes + Math.ceil(length / 4) * 4;
  if (start > frame.byteLength)
    throw malformed(`its JSON should have ${length} bytes, and the frame ends before`);
  if ((frame.byteLength - start) % 4 !== 0) throw malformed("its vectors end in the middle of a number");
  let value: unknown;
  try {
    value = JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        frame.subarray(headBytes, headBytes + length),
      ),
    );
  } catch (error) {
    throw malformed(`its JSON cannot be read: ${(error as Error).message.slice(0, 100)}`);
  }
  for (let i = headBytes + length; i < start; i++)
    if (frame[i] !== 0) throw malformed("its padding is not zero");
  const data: FrameData = { words: wordsOf(frame, start), named: 0 };
  const decoded = unpacked(value, data, 0);
  if (data.named < data.words.length)
    throw malformed(`its vectors name ${data.named} of its ${data.words.length} numbers`);
  return decoded;
}

type Words = Float32Array | Uint32Array;

interface FrameData {
  words: Uint32Array;
  /** Sum of the lengths of the vectors so far. */
  named: number;
}

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Copied, since they may lie at any place, and a Buffer's memory may be shared. */
function wordsOf(frame: Uint8Array, start: number): Uint32Array {
  const words = new Uint32Array((frame.byteLength - start) / 4);
  const bytes = new Uint8Array(words.buffer);
  bytes.set(frame.subarray(start));
  if (isLittleEndian) return words;
  const view = new DataView(bytes.buffer);
  return words.map((_, i) => view.getUint32(i * 4, true));
}

/** The same value where nothing in it has to be told in another way. */
function packed(value: unknown, reference: (vector: Words) => unknown): unknown {
  if (typeof value === "bigint")
    return Number.isSafeInteger(Number(value)) ? Number(value) : { $int: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) return { $num: String(value) };
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (value instanceof Float32Array || value instanceof Uint32Array) return reference(value);
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    value.forEach((item, i) => {
      const other = packed(item, reference);
      if (other === item) return;
      copy ??= [...value];
      copy[i] = other;
    });
    return copy ?? value;
  }
  const entries = Object.entries(value);
  let isChanged = false;
  for (const entry of entries) {
    const [key, item] = entry;
    const other = packed(item, reference);
    if (other === item && !key.startsWith("$")) continue;
    isChanged = true;
    entry[0] = key.startsWith("$") ? `$${key}` : key;
    entry[1] = other;
  }
  return isChanged ? Object.fromEntries(entries) : value;
}

function unpacked(value: unknown, data: FrameData, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > deepest) throw malformed(`its JSON is nested deeper than ${deepest}`);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      if (typeof item === "object") value[i] = unpacked(item, data, depth + 1);
    }
    return value;
  }
  const keys = Object.keys(value);
  const only = keys.length === 1 ? keys[0] : undefined;
  if (only === "$f32") {
    const { buffer, byteOffset, length } = wordsAt((value as { $f32: unknown }).$f32, data);
    return new Float32Array(buffer, byteOffset, length);
  }
  if (only === "$u32") return wordsAt((value as { $u32: unknown }).$u32, data);
  if (only === "$int") return integerOf((value as { $int: unknown }).$int);
  if (only === "$num") return numberOf((value as { $num: unknown }).$num);
  const object = value as { [key: string]: unknown };
  let isRenamed = false;
  for (const key of keys) {
    if (key.startsWith("$")) {
      if (!key.startsWith("$$"))
        throw malformed(`${JSON.stringify(key)} is no kind of value; keys that begin with "$" have one more`);
      isRenamed = true;
    }
    const item = object[key];
    if (typeof item !== "object" || item === null) continue;
    const other = unpacked(item, data, depth + 1);
    // Assigning would change the prototype instead.
    if (key === "__proto__") isRenamed = true;
    else object[key] = other;
  }
  if (!isRenamed) return object;
  return Object.fromEntries(
    keys.map((key) => [
      key.startsWith("$") ? key.slice(1) : key,
      key === "__proto__" ? unpacked(object[key], data, depth + 1) : object[key],
    ]),
  );
}

function wordsAt(place: unknown, data: FrameData): Uint32Array {
  const { words } = data;
  const [offset, length] = Array.isArray(place) && place.length === 2 ? (place as unknown[]) : [];
  const isPlace =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    (offset as number) >= 0 &&
    (length as number) >= 0;
  if (!isPlace || (offset as number) + (length as number) > words.length) {
    throw malformed(`a vector at ${JSON.stringify(place)} lies outside of its ${words.length} numbers`);
  }
  data.named += length as number;
  if (data.named > words.length)
    throw malformed(`its vectors name more than its ${words.length} numbers; each belongs to one of them`);
  return words.subarray(offset as number, (offset as number) + (length as number));
}

function numberOf(name: unknown): number {
  if (name === "Infinity" || name === "-Infinity" || name === "NaN") return Number(name);
  throw malformed('expected "Infinity", "-Infinity" or "NaN" in "$num"');
}

function integerOf(digits: unknown): bigint {
  if (typeof digits !== "string" || !/^-?\d{1,20}$/.test(digits)) {
    throw malformed(
      `expected the digits of an integer in "$int"; got ${JSON.stringify(digits)?.slice(0, 40)}`,
    );
  }
  return BigInt(digits);
}

function malformed(why: string): FrancaError {
  return new FrancaError("invalid_argument", `the frame (${frameType}) is malformed: ${why}`);
}
