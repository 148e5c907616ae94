/**
 * Opening the segments that a manifest names, and refusing folders that are not what it speaks of.
 */
import { FrancaError } from "../../errors.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import {
  closeSegment,
  logFileName,
  openSegment,
  type Segment,
  segmentDamage,
  segmentHeaderBytes,
} from "./segment.ts";

/** In the order of LSNs, at least one. @throws FrancaError data_loss; failed_precondition for a newer format */
export async function openSegments(
  directory: Directory,
  dimensions: readonly number[],
  crc32c: Kernel["crc32c"],
): Promise<Segment[]> {
  const manifest = await readManifest(directory, crc32c);
  expectDimensions(directory, manifest, dimensions);
  const segments: Segment[] = [];
  try {
    for (const named of manifest.segments) {
      segments.push(await openSegment(directory, named, dimensions, crc32c));
    }
    await expectNoSegmentAfter(directory, segments.at(-1)!);
    return segments;
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
 * A segment beyond the manifest is an interrupted roll, and empty. One with frames in it means that the manifest is
 * an old copy: opening would drop what was acknowledged.
 */
async function expectNoSegmentAfter(directory: Directory, last: Segment): Promise<void> {
  const name = logFileName(last.id + 1);
  if (!(await directory.list()).includes(name)) return;
  const file = await directory.open(name);
  try {
    if ((await file.size()) > segmentHeaderBytes) {
      throw segmentDamage(
        directory,
        file,
        segmentHeaderBytes,
        "it has records, but the manifest does not name it",
      );
    }
  } finally {
    await file.close();
  }
}
