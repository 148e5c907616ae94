/**
 * Opening the segments that a manifest names, refusing folders that are not what it speaks of, and removing what
 * compaction left behind.
 */
import { FrancaError } from "../../errors.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import {
  closeSegment,
  isCompactedHeader,
  logFileName,
  openSegment,
  type Segment,
  segmentDamage,
  segmentHeaderBytes,
  segmentOfFile,
} from "./segment.ts";

/** In the order of LSNs, at least one. @throws FrancaError data_loss; failed_precondition for a newer format */
export async function openSegments(
  directory: Directory,
  dimensions: readonly number[],
  crc32c: Kernel["crc32c"],
): Promise<{ segments: Segment[]; nextSegment: number }> {
  const manifest = await readManifest(directory, crc32c);
  expectDimensions(directory, manifest, dimensions);
  const segments: Segment[] = [];
  try {
    for (const named of manifest.segments) {
      segments.push(await openSegment(directory, named, dimensions, crc32c));
    }
    await removeLeftovers(directory, manifest, crc32c);
    return { segments, nextSegment: manifest.nextSegment };
  } catch (error) {
    for (const segment of segments) await closeSegment(segment);
    throw error;
  }
}

function expectDimensions(directory: Directory, manifest: Manifest, dimensions: readonly number[]): void {
  if (manifest.dimensions.join() === dimensions.join()) return;
  throw new FrancaError(
    "data_loss",
    `${directory.location} holds vectors of ${manifest.dimensions.join(", ")} components; the catalog says ${dimensions.join(", ")}`,
  );
}

/**
 * Files of segments that the manifest does not name. With a number that it knows to be given out they are what
 * compaction replaced. With a later one they are a compaction that was interrupted, and flagged as such, or an
 * interrupted roll, and empty; frames in a file without the flag mean that the manifest is an old copy, and opening
 * would drop what was acknowledged.
 */
async function removeLeftovers(
  directory: Directory,
  manifest: Manifest,
  crc32c: Kernel["crc32c"],
): Promise<void> {
  const named = new Set(manifest.segments.map(({ id }) => id));
  const names = await directory.list();
  const unnamed = names.filter((name) => {
    const segment = segmentOfFile(name);
    return segment !== undefined && !named.has(segment);
  });
  const removable = new Set<number>();
  for (const segment of new Set(unnamed.map((name) => segmentOfFile(name)!))) {
    const isOld = segment < manifest.nextSegment;
    if (isOld || (await isInterruptedCompaction(directory, names, segment, crc32c))) removable.add(segment);
  }
  for (const name of unnamed) {
    // One that stays is looked at again at the next opening.
    if (removable.has(segmentOfFile(name)!)) await directory.remove(name).catch(() => {});
  }
}

/** @throws FrancaError data_loss when it holds records of the log itself */
async function isInterruptedCompaction(
  directory: Directory,
  names: readonly string[],
  segment: number,
  crc32c: Kernel["crc32c"],
): Promise<boolean> {
  const name = logFileName(segment);
  if (!names.includes(name)) return false;
  const file = await directory.open(name);
  try {
    if (isCompactedHeader(await file.read(0, segmentHeaderBytes), crc32c)) return true;
    if ((await file.size()) <= segmentHeaderBytes) return false;
    throw segmentDamage(
      directory,
      file,
      segmentHeaderBytes,
      "it has records, but the manifest does not name it",
    );
  } finally {
    await file.close();
  }
}
