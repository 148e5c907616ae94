/**
 * One point inside a record: `length u32, crc32c u32, id, one presence bit per vector field (whole bytes),
 * crc32c u32 of each present vector, payload as JSON in UTF-8`. Length counts all that follows the checksum.
 * An entry has its own checksum because a payload is read back alone, long after its frame was checked.
 */
import type { FrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import type { PointId } from "../../model/id.ts";
import type { Payload } from "../../model/payload.ts";
import { maxPayloadBytes } from "../../model/validate-payload.ts";
import type { Kernel } from "../kernel.ts";

export interface Entry {
  id: PointId;
  /** By ordinal of the vector field: checksum of the vector's bytes, or undefined where the point lacks it. */
  vectorChecksums: (number | undefined)[];
  payload: Payload;
}

/** What an entry's bytes begin with, before `length` counts. */
export const entryHeaderBytes = 8;

const encoder = new TextEncoder();
// A leading U+FEFF of an id is part of it, and no mark of byte order to be taken away.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Kinds of id: 8 bytes of two's complement, 8 bytes unsigned (2^63 and up), or u16 length and UTF-8. */
const idKinds = { signed: 0, unsigned: 1, string: 2 } as const;

/** A buffer that grows, for the entries of one record. */
export class EntryWriter {
  #bytes: Uint8Array;
  #view: DataView;
  /** Bytes written so far. */
  length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Leaves room for a header to be filled in later. */
  skip(bytes: number): void {
    this.#reserve(bytes);
    this.length += bytes;
  }

  /** Appends an entry; its bytes are from the former `length` to the new one. */
  append(
    id: PointId,
    vectorChecksums: readonly (number | undefined)[],
    payload: Payload,
    crc32c: Kernel["crc32c"],
  ): void {
    const text = JSON.stringify(payload);
    const presenceBytes = (vectorChecksums.length + 7) >>> 3;
    // A UTF-16 unit is at most three bytes of UTF-8.
    const idBytes = typeof id === "string" ? 3 + id.length * 3 : 9;
    this.#reserve(entryHeaderBytes + idBytes + presenceBytes + vectorChecksums.length * 4 + text.length * 3);
    const start = this.length;
    let at = this.#putId(start + entryHeaderBytes, id);
    const presenceAt = at;
    at += presenceBytes;
    for (let field = 0; field < vectorChecksums.length; field++) {
      const checksum = vectorChecksums[field];
      if (checksum === undefined) continue;
      this.#bytes[presenceAt + (field >>> 3)]! |= 1 << (field & 7);
      this.#view.setUint32(at, checksum, true);
      at += 4;
    }
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(at));
    if (written > maxPayloadBytes) {
      throw badInput(
        `point ${String(id)}`,
        `a payload (and sparse and multi vectors, in base64) of at most ${maxPayloadBytes} bytes of JSON`,
        written,
      );
    }
    at += written;
    this.#view.setUint32(start, at - start - entryHeaderBytes, true);
    this.#view.setUint32(start + 4, crc32c(this.#bytes.subarray(start + entryHeaderBytes, at)), true);
    this.length = at;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  #putId(at: number, id: PointId): number {
    if (typeof id === "string") {
      const { written } = encoder.encodeInto(id, this.#bytes.subarray(at + 3));
      this.#bytes[at] = idKinds.string;
      this.#view.setUint16(at + 1, written, true);
      return at + 3 + written;
    }
    if (typeof id === "bigint") {
      this.#bytes[at] = id >= 2n ** 63n ? idKinds.unsigned : idKinds.signed;
      this.#view.setBigUint64(at + 1, BigInt.asUintN(64, id), true);
    } else {
      this.#bytes[at] = idKinds.signed;
      this.#view.setUint32(at + 1, id >>> 0, true);
      this.#view.setInt32(at + 5, Math.floor(id / 2 ** 32), true);
    }
    return at + 9;
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.length + bytes, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Length of the whole entry at `at`, its header included. */
export function entryLengthAt(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return entryHeaderBytes + view.getUint32(at, true);
}

/**
 * Reads the entry that `bytes` are, exactly.
 * @throws what `damage` makes (data_loss, with file and offset) when they are not what was written, or not an entry
 */
export function decodeEntry(
  bytes: Uint8Array,
  fields: number,
  crc32c: Kernel["crc32c"],
  damage: (how: string) => FrancaError,
): Entry {
  if (!entryHolds(bytes, crc32c)) throw damage("the checksum of the point there differs");
  try {
    const { id, vectorChecksums, payloadAt } = readEntryHead(bytes, fields);
    const payload: unknown = JSON.parse(decoder.decode(bytes.subarray(payloadAt)));
    if (typeof payload !== "object" || payload === null || Array.isArray(payload))
      throw new RangeError("its payload is no object");
    return { id, vectorChecksums, payload: payload as Payload };
  } catch (cause) {
    // The checksum holds, so this was written so, and by no build that this one knows.
    throw damage(`the point there cannot be read (${(cause as Error).message})`);
  }
}

/** Whether the bytes are one entry, as it was written. */
function entryHolds(bytes: Uint8Array, crc32c: Kernel["crc32c"]): boolean {
  if (bytes.length < entryHeaderBytes || entryLengthAt(bytes, 0) !== bytes.length) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return crc32c(bytes.subarray(entryHeaderBytes)) === view.getUint32(4, true);
}

/** An entry without its payload, and where that begins. @throws RangeError, TypeError when the bytes are no entry */
export function readEntryHead(
  bytes: Uint8Array,
  fields: number,
): { id: PointId; vectorChecksums: (number | undefined)[]; payloadAt: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { id, end } = readId(view, bytes, entryHeaderBytes);
  let at = end + ((fields + 7) >>> 3);
  const vectorChecksums: (number | undefined)[] = [];
  for (let field = 0; field < fields; field++) {
    const present = ((bytes[end + (field >>> 3)]! >>> (field & 7)) & 1) === 1;
    vectorChecksums.push(present ? view.getUint32(at, true) : undefined);
    if (present) at += 4;
  }
  return { id, vectorChecksums, payloadAt: at };
}

function readId(view: DataView, bytes: Uint8Array, at: number): { id: PointId; end: number } {
  const kind = bytes[at];
  if (kind === idKinds.string) {
    const end = at + 3 + view.getUint16(at + 1, true);
    if (end === at + 3 || end > bytes.length) throw new RangeError("its id is not a string");
    return { id: decoder.decode(bytes.subarray(at + 3, end)), end };
  }
  if (kind === idKinds.unsigned) return { id: view.getBigUint64(at + 1, true), end: at + 9 };
  if (kind !== idKinds.signed) throw new RangeError(`there is no id of kind ${kind}`);
  const id = view.getInt32(at + 5, true) * 2 ** 32 + view.getUint32(at + 1, true);
  return { id: Number.isSafeInteger(id) ? id : view.getBigInt64(at + 1, true), end: at + 9 };
}
