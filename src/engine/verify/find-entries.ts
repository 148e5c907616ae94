/**
 * Points in bytes that are no frame any more: wherever an entry's length leads to an end at which its checksum holds.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { Kernel } from "../kernel.ts";
import { decodeEntry, type Entry, entryHeaderBytes } from "../log/entry.ts";

export interface FoundEntry {
  offset: number;
  length: number;
  entry: Entry;
}

/** An id of a number and an empty payload. */
const leastBytes = 12;
/** Ids are of kinds 0, 1 and 2, which text seldom begins with: few places have to be looked at. */
const mostIdKind = 2;
/** Bytes looked at for a byte of the region, so that hostile ones cannot take forever. */
const effort = 64;

export function findEntries(bytes: Uint8Array, fields: number, crc32c: Kernel["crc32c"]): FoundEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: FoundEntry[] = [];
  let left = bytes.length * effort;
  for (let at = 0; at + entryHeaderBytes + leastBytes <= bytes.length && left > 0; ) {
    const length = entryHeaderBytes + view.getUint32(at, true);
    const isPossible =
      bytes[at + entryHeaderBytes]! <= mostIdKind &&
      length >= entryHeaderBytes + leastBytes &&
      at + length <= bytes.length;
    if (isPossible) left -= length;
    const entry = isPossible ? entryOf(bytes.subarray(at, at + length), fields, crc32c) : undefined;
    if (entry !== undefined) found.push({ offset: at, length, entry });
    at += entry === undefined ? 1 : length;
  }
  return found;
}

function entryOf(bytes: Uint8Array, fields: number, crc32c: Kernel["crc32c"]): Entry | undefined {
  try {
    return decodeEntry(bytes, fields, crc32c, (how) => new FrancaError("data_loss", how));
  } catch (error) {
    if (!isFrancaError(error, "data_loss")) throw error;
    return undefined;
  }
}
