/**
 * Reads a segment's log to its end, whatever is damaged in it: frame after frame, and after what is none, on from the
 * next whole one.
 */
import type { File } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { damagedFrame, looseRecords } from "../log/damaged-frame.ts";
import { type FrameHeader, frameHeaderBytes, frameHolds, nextMagic, readFrameHeader } from "../log/frame.ts";
import type { ReadRecord } from "../log/record.ts";
import { segmentHeaderBytes } from "../log/segment.ts";
import { mendHeader } from "./mend-header.ts";
import type { LsnRange } from "./report.ts";

export type Piece = FramePiece | GapPiece | TailPiece;

export interface FramePiece {
  kind: "frame";
  at: number;
  length: number;
  firstLsn: number;
  count: number;
  records: { record: ReadRecord; offset: number }[];
  /** Set when it is damaged; all but the entries noted in its records is proven to be as it was written. */
  how?: string;
  /** The entries noted as damaged are whole, and only their checksums are not. */
  entriesAreWhole: boolean;
}

/** Bytes that are no frame. */
export interface GapPiece {
  kind: "gap";
  at: number;
  length: number;
  how: string;
  lsns?: LsnRange;
  /** What parses there, and is proven by nothing: entries that hold their own checksums can be trusted, slots cannot. */
  loose: { record: ReadRecord; offset: number }[];
}

/** The torn end of an append that was never acknowledged, as far as anything says. */
export interface TailPiece {
  kind: "tail";
  at: number;
  length: number;
}

export interface SegmentLimits {
  /** LSN that the first frame should have; undefined where nothing tells. */
  firstLsn: number | undefined;
  /** What lies before is durable. */
  durableBytes: number;
  /** LSN at the durable end. */
  durableLsn: number | undefined;
  /** Frames end at the durable end. */
  isSealed: boolean;
  /** LSNs are left out, and frames begin with those that are left. */
  isCompacted: boolean;
}

export async function* readSegment(
  file: File,
  limits: SegmentLimits,
  fields: number,
  crc32c: Kernel["crc32c"],
): AsyncGenerator<Piece> {
  const size = await file.size();
  const limit = limits.isSealed ? Math.min(size, limits.durableBytes) : size;
  let at = segmentHeaderBytes;
  let lsn = limits.firstLsn === undefined ? undefined : limits.firstLsn - 1;
  while (at < limit) {
    const whole = await wholeFrameAt(file, at, limit, lsn, crc32c);
    if (whole !== undefined) {
      const { header, frame } = whole;
      const records = looseRecords(frame, header.count, fields, crc32c);
      const isRead = records?.every(
        ({ record }) => !("entries" in record) || record.entries.damaged === undefined,
      );
      if (isRead === true) {
        yield {
          kind: "frame",
          at,
          length: header.length,
          ...namesOf(header),
          records: records!,
          entriesAreWhole: true,
        };
      } else {
        const how = "its records cannot be read, though its checksum holds";
        const lsns = { from: header.firstLsn, to: header.firstLsn + header.count - 1 };
        yield { kind: "gap", at, length: header.length, how, lsns, loose: records ?? [] };
      }
      at += header.length;
      // The next frame may begin with records of the same write.
      lsn = limits.isCompacted ? header.firstLsn - 1 : header.firstLsn + header.count - 1;
      continue;
    }
    if (at >= limits.durableBytes && !(await hasWitness(file, at, limit, lsn ?? 0, crc32c))) {
      yield { kind: "tail", at, length: limit - at };
      return;
    }
    const next = await nextWhole(file, at + 1, limit, lsn, crc32c);
    const end = await endOfDamage(file, at, next?.at ?? limit);
    const isBeforeNext = end === next?.at;
    const lastLsn = isBeforeNext
      ? next!.header.firstLsn - (limits.isCompacted ? 0 : 1)
      : end === limits.durableBytes
        ? limits.durableLsn
        : undefined;
    const piece = await damaged(
      file,
      at,
      end,
      limits.isCompacted,
      { from: lsn === undefined ? undefined : lsn + 1, to: lastLsn },
      fields,
      crc32c,
    );
    yield piece;
    at = end;
    if (limits.isCompacted) lsn = piece.kind === "frame" ? piece.firstLsn - 1 : lsn;
    else lsn = piece.kind === "frame" ? piece.firstLsn + piece.count - 1 : (piece.lsns?.to ?? lsn);
  }
  if (limits.durableBytes > Math.max(size, at) || at < limits.durableBytes) {
    const how = `the file ends there, ${limits.durableBytes - at} bytes short`;
    yield {
      kind: "gap",
      at,
      length: limits.durableBytes - at,
      how,
      ...(lsn !== undefined && limits.durableLsn !== undefined && lsn < limits.durableLsn
        ? { lsns: { from: lsn + 1, to: limits.durableLsn } }
        : {}),
      loose: [],
    };
  }
}

function namesOf({ firstLsn, count }: FrameHeader): { firstLsn: number; count: number } {
  return { firstLsn, count };
}

async function wholeFrameAt(
  file: File,
  at: number,
  limit: number,
  lsn: number | undefined,
  crc32c: Kernel["crc32c"],
): Promise<{ header: FrameHeader; frame: Uint8Array } | undefined> {
  const header = readFrameHeader(await file.read(at, frameHeaderBytes));
  if (header === undefined || at + header.length > limit) return undefined;
  if (lsn !== undefined && header.firstLsn <= lsn) return undefined;
  const frame = await file.read(at, header.length);
  return frameHolds(frame, header, crc32c) ? { header, frame } : undefined;
}

const searchBytes = 4 * 2 ** 20;

/** The first whole frame at or after `from` with records after `lsn`. */
async function nextWhole(
  file: File,
  from: number,
  limit: number,
  lsn: number | undefined,
  crc32c: Kernel["crc32c"],
): Promise<{ at: number; header: FrameHeader } | undefined> {
  for (let start = from; start + frameHeaderBytes <= limit; start += searchBytes - frameHeaderBytes) {
    const bytes = await file.read(start, Math.min(searchBytes, limit - start));
    for (let i = nextMagic(bytes, 0); i >= 0; i = nextMagic(bytes, i + 1)) {
      if (readFrameHeader(bytes.subarray(i, i + frameHeaderBytes)) === undefined) continue;
      const whole = await wholeFrameAt(file, start + i, limit, lsn, crc32c);
      if (whole !== undefined) return { at: start + i, header: whole.header };
    }
  }
  return undefined;
}

/** Whether a whole frame follows that was written after what ends at `lsn` had been synced: see log/replay.ts. */
export async function hasWitness(
  file: File,
  at: number,
  limit: number,
  lsn: number,
  crc32c: Kernel["crc32c"],
): Promise<boolean> {
  let next = await nextWhole(file, at + 1, limit, lsn, crc32c);
  while (next !== undefined) {
    if (next.header.syncedLsn > lsn) return true;
    next = await nextWhole(file, next.at + 1, limit, lsn, crc32c);
  }
  return false;
}

/** Of several damaged frames in a row, the end of the first: where its header points to another one. */
async function endOfDamage(file: File, at: number, end: number): Promise<number> {
  const header = readFrameHeader(await file.read(at, frameHeaderBytes));
  if (header === undefined || at + header.length >= end) return end;
  const following = readFrameHeader(await file.read(at + header.length, frameHeaderBytes));
  return following?.firstLsn === header.firstLsn + header.count ? at + header.length : end;
}

async function damaged(
  file: File,
  at: number,
  end: number,
  isCompacted: boolean,
  lsns: { from: number | undefined; to: number | undefined },
  fields: number,
  crc32c: Kernel["crc32c"],
): Promise<FramePiece | GapPiece> {
  const bytes = await file.read(at, end - at);
  const known =
    lsns.from !== undefined && lsns.to !== undefined ? { from: lsns.from, to: lsns.to } : undefined;
  const header = readFrameHeader(bytes);
  if (header?.length === bytes.length) {
    const proven = damagedFrame(bytes, header, fields, crc32c);
    if (proven !== undefined) {
      const how = "the checksum of a point in it differs";
      return { kind: "frame", at, length: bytes.length, ...namesOf(header), ...proven, how };
    }
  }
  const mended = mendHeader(bytes, isCompacted ? undefined : known, crc32c);
  const records = mended && looseRecords(bytes, mended.count, fields, crc32c);
  if (mended !== undefined && records !== undefined) {
    const how = "its header is damaged; what its neighbours say in place of it makes its checksum hold";
    return { kind: "frame", at, length: bytes.length, ...mended, records, how, entriesAreWhole: true };
  }
  const count = known === undefined || isCompacted ? header?.count : known.to - known.from + 1;
  const loose = count === undefined ? undefined : looseRecords(bytes, count, fields, crc32c);
  const how = header === undefined ? "no frame begins there" : "the frame's checksum differs";
  return { kind: "gap", at, length: bytes.length, how, ...(known && { lsns: known }), loose: loose ?? [] };
}
