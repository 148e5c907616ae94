/**
 * The segments of a folder, named by its manifest or, where that cannot be read, by the files that are there; files that
 * are missing are told, and the others read all the same.
 */
import { isFrancaError } from "../../errors.ts";
import type { Directory, File } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { type Manifest, readManifest, type SegmentEnd } from "../log/manifest.ts";
import {
  logFileName,
  readSegmentHeader,
  segmentHeaderBytes,
  segmentOfFile,
  vectorFileName,
} from "../log/segment.ts";
import type { UnreadableRegion } from "./report.ts";

export interface FoundSegment {
  id: number;
  /** Undefined where neither manifest nor header tell. */
  firstLsn: number | undefined;
  /** As the manifest says: exact where `isSealed`, else a lower bound. */
  end: SegmentEnd | undefined;
  isSealed: boolean;
  /** Rewritten by compaction: of its LSNs some are left out. */
  isCompacted: boolean;
  log: File | undefined;
  vectors: (File | undefined)[];
}

export interface FoundSegments {
  manifest: Manifest | undefined;
  /** In the order of LSNs. */
  segments: FoundSegment[];
  unreadable: UnreadableRegion[];
}

export async function findSegments(
  directory: Directory,
  fields: number,
  crc32c: Kernel["crc32c"],
): Promise<FoundSegments> {
  const unreadable: UnreadableRegion[] = [];
  const manifest = await readManifest(directory, crc32c).catch((error: unknown) => {
    if (!isFrancaError(error, "data_loss")) throw error;
    unreadable.push(regionOf(error.details, error.message));
    return undefined;
  });
  const names = new Set(await directory.list());
  const tell = (file: string, offset: number, length: number, how: string) =>
    unreadable.push({ file: `${directory.location}/${file}`, offset, length, how });
  const segments: FoundSegment[] = [];
  const named = manifest?.segments ?? [];
  for (const [index, { id, firstLsn, end, isCompacted = false }] of named.entries()) {
    const isSealed = index < named.length - 1;
    const found = await openFound(directory, names, id, fields);
    segments.push({ ...found, firstLsn, end, isSealed, isCompacted });
    if (found.log === undefined) tell(logFileName(id), 0, end.logBytes, "the file is missing");
    found.vectors.forEach((file, ordinal) => {
      if (file === undefined) tell(vectorFileName(id, ordinal), 0, 0, "the file is missing");
    });
    const header = found.log && (await readSegmentHeader(found.log, crc32c));
    if (
      found.log &&
      (header?.id !== id || header.firstLsn !== firstLsn || header.isCompacted !== isCompacted)
    )
      tell(logFileName(id), 0, segmentHeaderBytes, "its header is not the one that was written");
  }
  const known = new Set(named.map(({ id }) => id));
  const others: FoundSegment[] = [];
  for (const name of names) {
    const id = name.endsWith(".log") ? segmentOfFile(name) : undefined;
    if (id === undefined || known.has(id)) continue;
    const found = await openFound(directory, names, id, fields);
    const header = await readSegmentHeader(found.log!, crc32c);
    const size = await found.log!.size();
    // What compaction replaced, or began, or what an interrupted roll left.
    const isLeftover = id < (manifest?.nextSegment ?? 0) || header?.isCompacted || size <= segmentHeaderBytes;
    if (manifest !== undefined && isLeftover) {
      await closeFound(found);
      continue;
    }
    if (manifest !== undefined)
      tell(
        name,
        segmentHeaderBytes,
        size - segmentHeaderBytes,
        "it has records, but the manifest does not name it",
      );
    if (header === undefined) tell(name, 0, segmentHeaderBytes, "its header is not the one that was written");
    others.push({
      ...found,
      firstLsn: header?.firstLsn,
      end: undefined,
      isSealed: true,
      isCompacted: header?.isCompacted ?? false,
    });
  }
  others.sort((a, b) => (a.firstLsn ?? 0) - (b.firstLsn ?? 0) || a.id - b.id);
  segments.push(...others);
  const last = segments.at(-1);
  if (last !== undefined) last.isSealed = false;
  return { manifest, segments, unreadable };
}

export async function closeFound({ log, vectors }: Pick<FoundSegment, "log" | "vectors">): Promise<void> {
  for (const file of [log, ...vectors]) await file?.close();
}

async function openFound(
  directory: Directory,
  names: ReadonlySet<string>,
  id: number,
  fields: number,
): Promise<Pick<FoundSegment, "id" | "log" | "vectors">> {
  const open = async (name: string) => (names.has(name) ? directory.open(name) : undefined);
  const log = await open(logFileName(id));
  const vectors: (File | undefined)[] = [];
  for (let ordinal = 0; ordinal < fields; ordinal++) vectors.push(await open(vectorFileName(id, ordinal)));
  return { id, log, vectors };
}

function regionOf(details: Record<string, unknown>, how: string): UnreadableRegion {
  return { file: String(details.file), offset: Number(details.offset ?? 0), length: 0, how };
}
