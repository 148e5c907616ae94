/**
 * The manifest of a collection: which segments its log has, how long the sealed ones are, and how far the last one
 * is known to be durable. Replaced whole; the only thing of the truth that ever is.
 */
import { FrancaError } from "../../errors.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { howToMend, readWhole, replaceWhole, type WholeFileFormat } from "../whole-file.ts";
import { checkedManifest } from "./checked-manifest.ts";

export interface Manifest {
  /** In the order of LSNs; all but the last are sealed. Their `end` is exact when sealed, else a lower bound. */
  segments: ManifestSegment[];
  /** Every segment that was ever begun before this manifest has a smaller number; none is given out twice. */
  nextSegment: number;
  /** Of the vector fields, by ordinal. */
  dimensions: number[];
}

export interface ManifestSegment {
  id: number;
  /** Set when compaction wrote it: it holds what was left of the records of its LSNs. */
  isCompacted?: boolean;
  firstLsn: number;
  end: SegmentEnd;
}

/** A place between two frames of a segment. */
export interface SegmentEnd {
  /** LSN of the last record before it. */
  lsn: number;
  logBytes: number;
  /** Vectors in each field's file, by ordinal. */
  rows: number[];
}

export const manifestName = "manifest";
const format: WholeFileFormat = { kind: "MF", version: 2 };

export async function writeManifest(
  directory: Directory,
  manifest: Manifest,
  crc32c: Kernel["crc32c"],
): Promise<void> {
  const body = new TextEncoder().encode(JSON.stringify(manifest));
  await replaceWhole(
    directory,
    manifestName,
    format,
    { lsn: manifest.segments.at(-1)!.end.lsn, body: [body] },
    crc32c,
  );
}

/** @throws FrancaError data_loss when it is missing or damaged; failed_precondition when it is of a newer build */
export async function readManifest(directory: Directory, crc32c: Kernel["crc32c"]): Promise<Manifest> {
  if (!(await directory.list()).includes(manifestName)) {
    throw new FrancaError("data_loss", `${directory.location}/${manifestName} is missing; ${howToMend}`, {
      details: { file: `${directory.location}/${manifestName}`, offset: 0 },
    });
  }
  const { body, version } = await readWhole(directory, manifestName, format, crc32c);
  return checkedManifest(body, version, `${directory.location}/${manifestName}`);
}
