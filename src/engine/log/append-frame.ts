/**
 * What one append writes: a frame for the log file, and beside it the rows for each vector file.
 */
import type { Kernel } from "../kernel.ts";
import { placePut } from "./encode-record.ts";
import { encodeFrameHeader, frameHeaderBytes } from "./frame.ts";
import type { SegmentEnd } from "./manifest.ts";
import type { EncodedRecord, PutMutation } from "./record.ts";
import type { Segment } from "./segment.ts";

export interface FrameToAppend {
  firstLsn: number;
  /** Of the log file: the frame's header, then its records. */
  pieces: Uint8Array[];
  /** By ordinal: rows for the field's vector file. */
  vectors: Uint8Array[][];
  /** Where each record will begin in the log file. */
  offsets: number[];
  /** Of the segment, once the frame is written. */
  end: SegmentEnd;
}

/** Places the records at the segment's end; puts get their rows here. */
export function frameToAppend(
  segment: Segment,
  records: readonly EncodedRecord[],
  dimensions: readonly number[],
  syncedLsn: number,
  crc32c: Kernel["crc32c"],
): FrameToAppend {
  const rows = [...segment.end.rows];
  const vectors: Uint8Array[][] = rows.map(() => []);
  const offsets: number[] = [];
  let at = segment.end.logBytes + frameHeaderBytes;
  for (const record of records) {
    const { mutation } = record;
    if (mutation.kind === "put")
      placePut(record as EncodedRecord & { mutation: PutMutation }, rows, dimensions);
    offsets.push(at);
    at += record.bytes.length;
    if (mutation.kind !== "put") continue;
    mutation.vectors.forEach((field, ordinal) => {
      if (field.rows.length === 0) return;
      vectors[ordinal]!.push(new Uint8Array(field.rows.buffer, field.rows.byteOffset, field.rows.byteLength));
      rows[ordinal]! += field.rows.length / dimensions[ordinal]!;
    });
  }
  const firstLsn = segment.end.lsn + 1;
  const pieces = records.map((record) => record.bytes);
  const header = encodeFrameHeader(pieces, { firstLsn, syncedLsn: syncedLsn }, crc32c);
  const end: SegmentEnd = { lsn: segment.end.lsn + records.length, logBytes: at, rows };
  return { pieces: [header, ...pieces], vectors, offsets, firstLsn, end };
}
