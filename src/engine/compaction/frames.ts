/**
 * The records of a sealed segment as they lie there, frame by frame, with no more in memory than the frame. Each frame
 * is checked; what is copied from it is what was written.
 */

import { frameHeaderBytes, frameHolds, readFrameHeader } from "../log/frame.ts";
import { outlineOf, type RecordOutline, recordsOf } from "../log/record.ts";
import { type Segment, segmentHeaderBytes } from "../log/segment.ts";
import { Window } from "../log/window.ts";
import type { CollectionState } from "../state.ts";

export interface RawRecord {
  outline: RecordOutline;
  bytes: Uint8Array;
  /** In the segment's log. */
  offset: number;
  /** Of the frame. */
  lsn: number;
}

/** @throws FrancaError data_loss */
export async function* rawRecords(state: CollectionState, segment: Segment): AsyncGenerator<RawRecord> {
  const log = new Window(segment.log);
  const { logBytes } = segment.end;
  let at = segmentHeaderBytes;
  while (at < logBytes) {
    const damage = (how: string) => state.log.damage(segment.id, undefined, at, how);
    const header = readFrameHeader(await log.read(at, frameHeaderBytes));
    if (header === undefined || at + header.length > logBytes) throw damage("no whole frame begins there");
    const frame = await log.read(at, header.length);
    if (!frameHolds(frame, header, state.crc32c)) throw damage("the frame's checksum differs");
    for (const { bytes, offset } of recordsOf(frame.subarray(frameHeaderBytes), header.count)) {
      const outline = outlineOf(bytes, state.fields.length);
      yield { outline, bytes, offset: at + frameHeaderBytes + offset, lsn: header.firstLsn };
    }
    at += header.length;
  }
}
