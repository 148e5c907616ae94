/**
 * What is whole in a frame whose checksum differs. An entry has a checksum of its own, and checksums can be joined: the
 * frame's is made of those of its parts. When it holds with a damaged entry's own checksum in place of the entry's
 * bytes, all else in the frame is as it was written, and the damage is in those entries alone. Nothing is guessed.
 */
import type { Kernel } from "../kernel.ts";
import { crcOfBoth } from "./crc-of-both.ts";
import { entryHeaderBytes } from "./entry.ts";
import { type FrameHeader, frameHeaderBytes } from "./frame.ts";
import { decodeRecords, type ReadRecord } from "./record.ts";

export interface DamagedFrame {
  records: { record: ReadRecord; offset: number }[];
  /** Whether only checksums of entries are damaged: these are noted as damaged, and their ids and payloads are whole. */
  entriesAreWhole: boolean;
}

/** Undefined where the damage is not in entries alone. @param frame whole, as long as its header says */
export function damagedFrame(
  frame: Uint8Array,
  header: FrameHeader,
  fields: number,
  crc32c: Kernel["crc32c"],
): DamagedFrame | undefined {
  const records = looseRecords(frame, header.count, fields, crc32c);
  if (records === undefined) return undefined;
  const spans = damagedSpans(records);
  if (spans.length === 0) return undefined;
  if (joinedCrc(frame, spans, false, crc32c) === header.crc) return { records, entriesAreWhole: false };
  if (joinedCrc(frame, spans, true, crc32c) !== header.crc) return undefined;
  const mended = looseRecords(withOwnChecksums(frame, spans, crc32c), header.count, fields, crc32c);
  if (mended === undefined) return undefined;
  const noted = mended.map(({ record, offset }, i) => {
    const before = records[i]!.record;
    const damaged = "entries" in before ? before.entries.damaged : undefined;
    if (!("entries" in record) || damaged === undefined) return { record, offset };
    return { record: { ...record, entries: { ...record.entries, damaged } }, offset };
  });
  return { records: noted, entriesAreWhole: true };
}

function withOwnChecksums(
  frame: Uint8Array,
  spans: readonly { at: number; length: number }[],
  crc32c: Kernel["crc32c"],
): Uint8Array {
  const mended = frame.slice();
  const view = new DataView(mended.buffer);
  for (const { at, length } of spans)
    view.setUint32(at + 4, crc32c(mended.subarray(at + entryHeaderBytes, at + length)), true);
  return mended;
}

/** The records of a frame as far as they parse, entries that are damaged noted; undefined where they do not. */
export function looseRecords(
  frame: Uint8Array,
  count: number,
  fields: number,
  crc32c: Kernel["crc32c"],
): DamagedFrame["records"] | undefined {
  try {
    return decodeRecords(frame.subarray(frameHeaderBytes), count, fields, crc32c, "note");
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Damaged entries, by their place in the frame. */
function damagedSpans(records: DamagedFrame["records"]): { at: number; length: number }[] {
  return records.flatMap(({ record, offset }) => {
    if (!("entries" in record)) return [];
    const { offsets, lengths, damaged = [] } = record.entries;
    return damaged.map((i) => ({ at: frameHeaderBytes + offset + offsets[i]!, length: lengths[i]! }));
  });
}

/**
 * The frame's checksum with the checksums that entries name in place of their bytes, or (`mended`) with those of their
 * bytes in place of the ones they name.
 */
function joinedCrc(
  frame: Uint8Array,
  spans: readonly { at: number; length: number }[],
  mended: boolean,
  crc32c: Kernel["crc32c"],
): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let crc = 0;
  let from = 8;
  for (const { at, length } of spans) {
    const bodyAt = at + entryHeaderBytes;
    const end = at + length;
    if (mended) {
      const own = new Uint8Array(4);
      new DataView(own.buffer).setUint32(0, crc32c(frame.subarray(bodyAt, end)), true);
      crc = crc32c(own, crc32c(frame.subarray(from, at + 4), crc));
      from = bodyAt;
    } else {
      crc = crc32c(frame.subarray(from, bodyAt), crc);
      crc = crcOfBoth(crc, view.getUint32(at + 4, true), end - bodyAt);
      from = end;
    }
  }
  return crc32c(frame.subarray(from), crc);
}
