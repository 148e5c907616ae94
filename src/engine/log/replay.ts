/**
 * Reading a segment's frames back, and telling a torn tail from damage.
 *
 * A frame counts when its checksum, its LSN and the checksums of its vectors hold. The first that does not is a torn
 * tail, and is cut, only if nothing says that it had been durable: no sealed segment, no durable end in the manifest
 * beyond it, and no later frame that was written after it had been synced. Otherwise it is damage: data_loss, unless
 * it is proven that it is in single points only.
 */
import type { Directory, File } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { damagedFrame } from "./damaged-frame.ts";
import { type FrameHeader, frameHeaderBytes, frameHolds, nextMagic, readFrameHeader } from "./frame.ts";
import type { SegmentEnd } from "./manifest.ts";
import { decodeRecords, type Mutation, type PutMutation, type ReadRecord } from "./record.ts";
import { type Segment, segmentDamage } from "./segment.ts";
import { Window } from "./window.ts";

export interface ReplayContext {
  directory: Directory;
  dimensions: readonly number[];
  crc32c: Kernel["crc32c"];
  onCut: (tail: CutTail) => void;
}

/** A torn tail that has its full length: an interrupted write mostly has not. */
export interface CutTail {
  file: string;
  offset: number;
  length: number;
  how: string;
}

/** A record and where its bytes begin in the segment's log file. */
export interface ReplayedRecord {
  mutation: Mutation;
  lsn: number;
  segment: number;
  offset: number;
}

/** Something that is not as it was written. */
interface Flaw {
  file: File;
  offset: number;
  how: string;
  /** There are as many bytes as there should be, but other ones. */
  isFullLength: boolean;
}

/**
 * Hands every record from `from` on to `apply`; returns the end of the last good frame.
 * @param durable nothing before this end may be flawed
 * @param isSealed then the segment ends exactly at `durable`
 * @throws FrancaError data_loss
 */
export async function replaySegment(
  context: ReplayContext,
  segment: Segment,
  from: SegmentEnd,
  durable: SegmentEnd,
  isSealed: boolean,
  apply: (record: ReplayedRecord) => void | Promise<void>,
): Promise<SegmentEnd> {
  const log = new Window(segment.log);
  const vectors = segment.vectors.map((file) => new Window(file));
  const limit = isSealed ? durable.logBytes : await segment.log.size();
  let end = from;
  while (end.logBytes < limit) {
    let frame = await readFrame(context, segment, log, end, limit);
    let read = "how" in frame ? undefined : await readVectors(context, segment, vectors, frame.records, end);
    const flaw = "how" in frame ? frame : read?.flaw;
    if (flaw !== undefined) {
      if (await isTornTail(context, segment, end, durable)) {
        tellCut(context, flaw, limit - end.logBytes);
        return end;
      }
      if ("how" in frame) {
        const mended = await readDamagedFrame(context, segment, log, end);
        if (mended === undefined) throw segmentDamage(context.directory, flaw.file, flaw.offset, flaw.how);
        frame = mended;
        read = await readVectors(context, segment, vectors, frame.records, end);
      }
    }
    const { header, records } = frame as ReadFrame;
    const { mutations, rows } = read!;
    for (let i = 0; i < mutations.length; i++) {
      const offset = end.logBytes + frameHeaderBytes + records[i]!.offset;
      await apply({ mutation: mutations[i]!, lsn: header.firstLsn + i, segment: segment.id, offset });
    }
    const lsn = segment.isCompacted ? header.firstLsn : end.lsn + header.count;
    end = { lsn, logBytes: end.logBytes + header.length, rows };
  }
  return segment.isCompacted ? { ...end, lsn: durable.lsn } : end;
}

interface ReadFrame {
  header: FrameHeader;
  records: { record: ReadRecord; offset: number }[];
}

async function readFrame(
  context: ReplayContext,
  segment: Segment,
  log: Window,
  at: SegmentEnd,
  limit: number,
): Promise<ReadFrame | Flaw> {
  const flaw = (how: string, isFullLength = false): Flaw => {
    return { file: segment.log, offset: at.logBytes, how, isFullLength };
  };
  const header = readFrameHeader(await log.read(at.logBytes, frameHeaderBytes));
  if (header === undefined) return flaw("no frame begins there");
  if (at.logBytes + header.length > limit) return flaw("the file ends before the frame does");
  const frame = await log.read(at.logBytes, header.length);
  if (!frameHolds(frame, header, context.crc32c)) return flaw("the frame's checksum differs", true);
  if (!follows(segment, header, at)) {
    throw segmentDamage(
      context.directory,
      segment.log,
      at.logBytes,
      `LSN ${header.firstLsn} follows ${at.lsn}`,
    );
  }
  try {
    const damage = (how: string) => segmentDamage(context.directory, segment.log, at.logBytes, how);
    const body = frame.subarray(frameHeaderBytes);
    return {
      header,
      records: decodeRecords(body, header.count, context.dimensions.length, context.crc32c, damage),
    };
  } catch (error) {
    // The checksum holds, so this was written so: no torn tail, and nothing to guess at.
    throw segmentDamage(context.directory, segment.log, at.logBytes, "its records cannot be read", error);
  }
}

async function readVectors(
  context: ReplayContext,
  segment: Segment,
  windows: readonly Window[],
  records: readonly { record: ReadRecord }[],
  at: SegmentEnd,
): Promise<{ mutations: Mutation[]; rows: number[]; flaw: Flaw | undefined }> {
  let flaw: Flaw | undefined;
  const rows = [...at.rows];
  const mutations: Mutation[] = [];
  for (const { record } of records) {
    if (record.kind !== "put") {
      mutations.push(record);
      continue;
    }
    const vectors: PutMutation["vectors"] = [];
    for (let ordinal = 0; ordinal < windows.length; ordinal++) {
      const { firstRow, count, checksums } = record.vectors[ordinal]!;
      const stride = context.dimensions[ordinal]! * 4;
      const bytes = await windows[ordinal]!.read(firstRow * stride, count * stride);
      const bad = firstBadRow(bytes, stride, checksums, context.crc32c);
      if (bad >= 0) {
        flaw ??= {
          file: segment.vectors[ordinal]!,
          offset: (firstRow + bad) * stride,
          how: "the vector is missing, or its checksum differs",
          isFullLength: bytes.length === count * stride,
        };
      }
      vectors.push({
        firstRow,
        checksums,
        rows: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2),
      });
      rows[ordinal] = firstRow + count;
    }
    mutations.push({ ...record, vectors });
  }
  return { mutations, rows, flaw };
}

/**
 * A frame whose damage is proven to be in entries alone, which are noted in its records; undefined for any other, and
 * where it is not known which point an entry was: an older version of it would be taken for the last.
 */
async function readDamagedFrame(
  context: ReplayContext,
  segment: Segment,
  log: Window,
  at: SegmentEnd,
): Promise<ReadFrame | undefined> {
  const header = readFrameHeader(await log.read(at.logBytes, frameHeaderBytes));
  if (header === undefined) return undefined;
  const frame = await log.read(at.logBytes, header.length);
  if (frame.length !== header.length || !follows(segment, header, at)) return undefined;
  const found = damagedFrame(frame, header, context.dimensions.length, context.crc32c);
  if (found === undefined) return undefined;
  const isUnnamed = found.records.some(
    ({ record }) => record.kind === "put" && record.entries.damaged !== undefined,
  );
  return isUnnamed && !found.entriesAreWhole ? undefined : { header, records: found.records };
}

/** Of a compacted segment some LSNs are left out, and frames begin with those that are left. */
function follows(segment: Segment, header: FrameHeader, at: SegmentEnd): boolean {
  return segment.isCompacted ? header.firstLsn >= at.lsn : header.firstLsn === at.lsn + 1;
}

function tellCut(context: ReplayContext, { file, offset, how, isFullLength }: Flaw, length: number): void {
  if (isFullLength)
    context.onCut({ file: `${context.directory.location}/${file.name}`, offset, length, how });
}

/** Index of the first row that is short or differs from its checksum, or −1. */
export function firstBadRow(
  bytes: Uint8Array,
  stride: number,
  checksums: readonly (number | undefined)[],
  crc32c: Kernel["crc32c"],
): number {
  let row = 0;
  for (const checksum of checksums) {
    if (checksum === undefined) continue;
    const start = row * stride;
    if (start + stride > bytes.length || crc32c(bytes.subarray(start, start + stride)) !== checksum)
      return row;
    row++;
  }
  return -1;
}

/** Whether what does not count there can be the torn end of an append that was never acknowledged. */
async function isTornTail(
  context: ReplayContext,
  segment: Segment,
  end: SegmentEnd,
  durable: SegmentEnd,
): Promise<boolean> {
  if (end.logBytes < durable.logBytes) return false;
  return !(await hasFrameSyncedAfter(context, segment, end));
}

/** Whether a whole frame lies beyond `end` that was written after the frame at `end` had been synced. */
async function hasFrameSyncedAfter(
  context: ReplayContext,
  segment: Segment,
  end: SegmentEnd,
): Promise<boolean> {
  const size = await segment.log.size();
  let start = end.logBytes + 1;
  while (start + frameHeaderBytes <= size) {
    const bytes = await segment.log.read(start, searchBytes);
    for (let at = nextMagic(bytes, 0); at >= 0; at = nextMagic(bytes, at + 1)) {
      const header = readFrameHeader(bytes.subarray(at, at + frameHeaderBytes));
      if (header === undefined || header.firstLsn <= end.lsn || header.syncedLsn <= end.lsn) continue;
      if (start + at + header.length > size) continue;
      const frame = await segment.log.read(start + at, header.length);
      if (frameHolds(frame, header, context.crc32c)) return true;
    }
    // Overlaps by a header, so that one across the border is seen.
    start += searchBytes - frameHeaderBytes;
  }
  return false;
}

const searchBytes = 4 * 2 ** 20;
