/**
 * A manifest's JSON as a manifest, or data_loss: its checksum holds, and still nothing in it is taken on trust.
 */
import { FrancaError } from "../../errors.ts";
import type { Manifest, ManifestSegment, SegmentEnd } from "./manifest.ts";
import { segmentHeaderBytes } from "./segment.ts";

const greatestDimension = 65_536;

/** @param where for the message @throws FrancaError data_loss */
export function checkedManifest(body: Uint8Array, version: number, where: string): Manifest {
  const damage = (how: string, cause?: unknown) =>
    new FrancaError("data_loss", `${where} cannot be used: ${how}`, {
      details: { file: where, offset: 0 },
      cause,
    });
  let given: Partial<Manifest> | null;
  try {
    given = JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw damage("it is not JSON", error);
  }
  const { segments, dimensions, nextSegment } = given ?? {};
  if (!Array.isArray(dimensions) || !dimensions.every((value) => isWithin(value, 1, greatestDimension)))
    throw damage("its dimensions are none");
  if (!Array.isArray(segments) || segments.length === 0) throw damage("it names no segments");
  const seen = new Set<number>();
  let lsn = 0;
  for (const segment of segments as (ManifestSegment | null)[]) {
    if (!isWithin(segment?.id, 1) || seen.has(segment!.id))
      throw damage("a segment has no number of its own");
    seen.add(segment!.id);
    if (!isWithin(segment!.firstLsn, lsn + 1) || !isEnd(segment!, dimensions.length))
      throw damage(`segment ${segment!.id} is not where it should be`);
    lsn = segment!.end.lsn;
  }
  // Before compaction segments were numbered in their order.
  const next = version === 1 ? Math.max(...seen) + 1 : nextSegment;
  if (!isWithin(next, Math.max(...seen) + 1)) throw damage("the number of its next segment is given out");
  return { segments, dimensions, nextSegment: next as number };
}

function isEnd({ firstLsn, end }: ManifestSegment, fields: number): boolean {
  const { lsn, logBytes, rows } = (end ?? {}) as Partial<SegmentEnd>;
  if (!isWithin(lsn, firstLsn - 1) || !isWithin(logBytes, segmentHeaderBytes)) return false;
  return (
    Array.isArray(rows) && rows.length === fields && rows.every((count) => isWithin(count, 0, 2 ** 32 - 1))
  );
}

function isWithin(value: unknown, least: number, most: number = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}
