/**
 * A segment: one log file and, per vector field, a file of vectors at a fixed stride, written side by side.
 * It knows how far it is written; what that means is for the log to say.
 */
import { FrancaError } from "../../errors.ts";
import type { Directory, File } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { howToMend } from "../whole-file.ts";
import type { ManifestSegment, SegmentEnd } from "./manifest.ts";

export interface Segment {
  readonly id: number;
  readonly firstLsn: number;
  /** Compaction wrote it. */
  readonly isCompacted: boolean;
  readonly log: File;
  /** By ordinal of the vector field. */
  readonly vectors: readonly File[];
  /** Frames before it count; the next one goes here. */
  end: SegmentEnd;
}

/** What a segment's log file begins with. */
export interface SegmentHeader {
  id: number;
  firstLsn: number;
  isCompacted: boolean;
}

/** magic, version u32, crc32c u32 of what follows, segment u32, flags u32, LSN of the first record u64. */
export const segmentHeaderBytes = 32;
const magic = "FRANCALG";
const version = 1;
const compactedFlag = 1;

export function logFileName(segment: number): string {
  return `segment-${String(segment).padStart(6, "0")}.log`;
}

export function vectorFileName(segment: number, ordinal: number): string {
  return `segment-${String(segment).padStart(6, "0")}.vectors-${ordinal}`;
}

/** The segment that a file belongs to; undefined for other files. */
export function segmentOfFile(name: string): number | undefined {
  const [, digits] = name.match(/^segment-(\d+)\.(?:log|vectors-\d+)$/) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Bytes of its files, as far as they count. */
export function segmentBytes({ end }: Segment, dimensions: readonly number[]): number {
  return end.rows.reduce((sum, rows, ordinal) => sum + rows * dimensions[ordinal]! * 4, end.logBytes);
}

/** Makes and syncs the files of an empty segment. What an interrupted attempt left in them is overwritten. */
export async function createSegment(
  directory: Directory,
  named: { id: number; firstLsn: number; isCompacted?: boolean },
  fields: number,
  crc32c: Kernel["crc32c"],
): Promise<Segment> {
  const segment = await openFiles(directory, { ...named, end: emptyEnd(named.firstLsn, fields) }, true);
  try {
    await segment.log.truncate(0);
    await segment.log.write(0, [headerOf(named, crc32c)]);
    for (const file of segment.vectors) await file.truncate(0);
    await Promise.all([segment.log.sync(), ...segment.vectors.map((file) => file.sync())]);
    await directory.sync();
    return segment;
  } catch (error) {
    await discardSegment(directory, segment);
    throw error;
  }
}

/** Closes and removes the files of a segment that no manifest names. What cannot be removed goes at the next opening. */
export async function discardSegment(directory: Directory, segment: Segment): Promise<void> {
  const names = [segment.log, ...segment.vectors].map((file) => file.name);
  await closeSegment(segment).catch(() => {});
  for (const name of names) await directory.remove(name).catch(() => {});
}

/** What a segment's log file says of itself; undefined where its header is not one that was written. */
export async function readSegmentHeader(
  log: File,
  crc32c: Kernel["crc32c"],
): Promise<SegmentHeader | undefined> {
  const bytes = await log.read(0, segmentHeaderBytes);
  if (bytes.length < segmentHeaderBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const firstLsn = Number(view.getBigUint64(24, true));
  if (!Number.isSafeInteger(firstLsn)) return undefined;
  const isCompacted = view.getUint32(20, true) === compactedFlag;
  const said = { id: view.getUint32(16, true), firstLsn, isCompacted };
  return isSame(bytes, headerOf(said, crc32c)) ? said : undefined;
}

/** Opens the files that a manifest names. @throws FrancaError data_loss */
export async function openSegment(
  directory: Directory,
  named: ManifestSegment,
  dimensions: readonly number[],
  crc32c: Kernel["crc32c"],
): Promise<Segment> {
  const segment = await openFiles(directory, named, false);
  try {
    const header = await segment.log.read(0, segmentHeaderBytes);
    const expected = headerOf(named, crc32c);
    expectNoNewerVersion(directory, segment.log, header, crc32c);
    if (!isSame(header, expected)) {
      throw segmentDamage(directory, segment.log, 0, "its header is not the one that was written");
    }
    await expectSize(directory, segment.log, named.end.logBytes);
    for (let ordinal = 0; ordinal < dimensions.length; ordinal++) {
      await expectSize(
        directory,
        segment.vectors[ordinal]!,
        named.end.rows[ordinal]! * dimensions[ordinal]! * 4,
      );
    }
    return segment;
  } catch (error) {
    await closeSegment(segment);
    throw error;
  }
}

export async function closeSegment(segment: Segment): Promise<void> {
  await Promise.all([segment.log, ...segment.vectors].map((file) => file.close()));
}

/** Cuts the files to what the segment's end says. */
export async function truncateTo(segment: Segment, dimensions: readonly number[]): Promise<void> {
  await segment.log.truncate(segment.end.logBytes);
  for (const [ordinal, file] of segment.vectors.entries()) {
    await file.truncate(segment.end.rows[ordinal]! * dimensions[ordinal]! * 4);
  }
}

export async function syncFiles(segment: Segment): Promise<void> {
  await Promise.all([segment.log, ...segment.vectors].map((file) => file.sync()));
}

export function copyEnd({ lsn, logBytes, rows }: SegmentEnd): SegmentEnd {
  return { lsn, logBytes, rows: [...rows] };
}

export function emptyEnd(firstLsn: number, fields: number): SegmentEnd {
  return { lsn: firstLsn - 1, logBytes: segmentHeaderBytes, rows: new Array(fields).fill(0) };
}

export function segmentDamage(
  directory: Directory,
  file: File,
  offset: number,
  how: string,
  cause?: unknown,
): FrancaError {
  const path = `${directory.location}/${file.name}`;
  return new FrancaError("data_loss", `${path} is damaged at byte ${offset}: ${how}; ${howToMend}`, {
    details: { file: path, offset },
    cause,
  });
}

async function openFiles(directory: Directory, named: ManifestSegment, create: boolean): Promise<Segment> {
  const names = [logFileName(named.id)];
  for (let ordinal = 0; ordinal < named.end.rows.length; ordinal++)
    names.push(vectorFileName(named.id, ordinal));
  const files: File[] = [];
  try {
    for (const name of names) files.push(await directory.open(name, { create }));
  } catch (error) {
    for (const file of files) await file.close();
    if (create || !(error instanceof FrancaError && error.code === "not_found")) throw error;
    const file = `${directory.location}/${names[files.length]}`;
    throw new FrancaError("data_loss", `${file} is missing; ${howToMend}`, {
      details: { file, offset: 0 },
      cause: error,
    });
  }
  const [log, ...vectors] = files;
  const end = { ...named.end, rows: [...named.end.rows] };
  const { id, firstLsn, isCompacted = false } = named;
  return { id, firstLsn, isCompacted, log: log!, vectors, end };
}

/** Whether the bytes begin a segment that compaction wrote; false for what is no header. */
export function isCompactedHeader(bytes: Uint8Array, crc32c: Kernel["crc32c"]): boolean {
  if (bytes.length < segmentHeaderBytes) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const named = {
    id: view.getUint32(16, true),
    firstLsn: Number(view.getBigUint64(24, true)),
    isCompacted: true,
  };
  return headerOf(named, crc32c).every((byte, i) => byte === bytes[i]);
}

function headerOf(
  { id, firstLsn, isCompacted }: { id: number; firstLsn: number; isCompacted?: boolean },
  crc32c: Kernel["crc32c"],
): Uint8Array {
  const header = new Uint8Array(segmentHeaderBytes);
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode(magic));
  view.setUint32(8, version, true);
  view.setUint32(16, id, true);
  view.setUint32(20, isCompacted === true ? compactedFlag : 0, true);
  view.setBigUint64(24, BigInt(firstLsn), true);
  view.setUint32(12, crc32c(header.subarray(16)), true);
  return header;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * From version 2 on the checksum is to cover the version as well, so that a flipped bit of a version is no newer one.
 * @throws FrancaError failed_precondition
 */
function expectNoNewerVersion(
  directory: Directory,
  file: File,
  header: Uint8Array,
  crc32c: Kernel["crc32c"],
): void {
  if (header.length < segmentHeaderBytes) return;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const written = view.getUint32(8, true);
  const crc = crc32c(header.subarray(16, segmentHeaderBytes), crc32c(header.subarray(8, 12)));
  if (written <= version || crc !== view.getUint32(12, true)) return;
  const path = `${directory.location}/${file.name}`;
  throw new FrancaError(
    "failed_precondition",
    `${path} has format version ${written}; this build reads up to ${version}: open it with a newer Franca`,
    { details: { file: path, version: written, newest: version } },
  );
}

async function expectSize(directory: Directory, file: File, atLeast: number): Promise<void> {
  const size = await file.size();
  if (size < atLeast)
    throw segmentDamage(directory, file, size, `it ends there, ${atLeast - size} bytes short`);
}
