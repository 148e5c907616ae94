/**
 * Rewriting a run of sealed segments as one, with what is still needed of them:
 *
 * - deletions of slots that died in the run while their put lies before it, first;
 * - puts of the tenants that slots have, live or dead but not released; with an empty payload where a later record
 *   replaced it;
 * - payloads that are current;
 * - deletions of dead slots that were put in the run and died in it, last.
 *
 * docs/formats/log.md says why replaying these does what replaying the run did. While this runs, slots may die and
 * payloads be replaced: then more was copied than is needed. No slot may be released meanwhile.
 */
import { EntryWriter, entryHeaderBytes, entryLengthAt, readEntryHead } from "../log/entry.ts";
import { firstBadRow } from "../log/replay.ts";
import type { Segment } from "../log/segment.ts";
import { noRow } from "../slots.ts";
import type { CollectionState } from "../state.ts";
import { type RawRecord, rawRecords } from "./frames.ts";
import type { Output } from "./output.ts";

/** Awaited after so many bytes were read; rejects when the compaction is to stop. */
export type Breathe = (bytes: number) => Promise<void>;

const pieceBytes = 2 ** 20;

/** @throws FrancaError data_loss when a segment is damaged; what the medium throws */
export async function rewriteRun(
  state: CollectionState,
  run: readonly Segment[],
  output: Output,
  breathe: Breathe,
): Promise<void> {
  const deaths = deathsIn(state, run);
  const last = run.at(-1)!.end.lsn;
  await output.deletes(deaths.bornBefore, run[0]!.firstLsn);
  for (const segment of run) {
    for await (const record of rawRecords(state, segment)) {
      await copyNeeded(state, segment, record, output, breathe);
    }
  }
  await output.flush();
  await output.deletes(deaths.bornInside, last);
  await output.finish(last);
}

/** Slots whose deaths lie in the run, by where their puts do. */
function deathsIn(
  { table, log }: CollectionState,
  run: readonly Segment[],
): { bornBefore: number[]; bornInside: number[] } {
  const inside = new Set(run.map(({ id }) => id));
  const before = new Set<number>();
  for (const { id } of log.segments) {
    if (inside.has(id)) break;
    before.add(id);
  }
  const bornBefore: number[] = [];
  const bornInside: number[] = [];
  const { bornIn, diedIn, ghosts } = table;
  for (let slot = 0; slot < table.slots; slot++) {
    if (!inside.has(diedIn[slot]!)) continue;
    if (before.has(bornIn[slot]!)) bornBefore.push(slot);
    // The puts of free slots are left out.
    else if (table.isDead(slot) && inside.has(bornIn[slot]!)) bornInside.push(slot);
  }
  for (let i = 0; i < ghosts.size; i++) {
    if (inside.has(ghosts.diedIn[i]!) && before.has(ghosts.bornIn[i]!)) bornBefore.push(ghosts.slots[i]!);
  }
  return { bornBefore, bornInside };
}

async function copyNeeded(
  state: CollectionState,
  segment: Segment,
  record: RawRecord,
  output: Output,
  breathe: Breathe,
): Promise<void> {
  const { outline, bytes } = record;
  if (outline.kind === "put") return copyPuts(state, segment, record, output, breathe);
  if (outline.kind === "payload") {
    const { entrySegment, entryOffset } = state.table;
    for (const { slot, entry, offset } of entriesOf(record, outline)) {
      const isCurrent = entrySegment[slot] === segment.id && entryOffset[slot] === offset;
      if (!isCurrent || state.table.isFree(slot)) continue;
      output.payload(slot, entry, { segment: segment.id, offset, lsn: record.lsn });
      if (output.isFull) await output.flush();
    }
  }
  await breathe(bytes.length);
}

async function copyPuts(
  state: CollectionState,
  segment: Segment,
  record: RawRecord,
  output: Output,
  breathe: Breathe,
): Promise<void> {
  const { outline } = record;
  if (outline.kind !== "put") return;
  const { table, strides, crc32c } = state;
  const stride = strides.reduce((sum, bytes) => sum + bytes, 0);
  const pointsAtOnce = Math.max(1, Math.floor(pieceBytes / Math.max(1, stride)));
  const nextRows = outline.rows.map(({ firstRow }) => firstRow);
  const all = entriesOf(record, outline)[Symbol.iterator]();
  for (let done = 0; done < outline.slots.length; done += pointsAtOnce) {
    const piece: Put[] = [];
    const firstRows = [...nextRows];
    let read = 0;
    while (piece.length < pointsAtOnce) {
      const next = all.next();
      if (next.done === true) break;
      const { slot, entry, offset } = next.value;
      const { vectorChecksums: checksums } = readEntryHead(entry, strides.length);
      const rows = checksums.map((checksum, ordinal) =>
        checksum === undefined ? noRow : nextRows[ordinal]!++,
      );
      const isTenant =
        table.bornIn[slot] === segment.id && table.bornAt[slot] === offset && !table.isFree(slot);
      piece.push({ slot, entry, offset, checksums, rows, isTenant });
      read += entry.length;
    }
    if (piece.some(({ isTenant }) => isTenant)) {
      const vectors = await Promise.all(
        firstRows.map((first, ordinal) => readRows(state, segment, ordinal, first, nextRows[ordinal]!)),
      );
      for (const put of piece) {
        if (!put.isTenant) continue;
        const { slot, entry, offset } = put;
        const rows = put.rows.map((row, ordinal) => {
          if (row === noRow) return undefined;
          const size = strides[ordinal]!;
          const at = (row - firstRows[ordinal]!) * size;
          const vector = vectors[ordinal]!.subarray(at, at + size);
          if (firstBadRow(vector, size, [put.checksums[ordinal]], crc32c) < 0) return vector;
          const how = "the vector is missing, or its checksum differs";
          throw state.log.damage(segment.id, ordinal, row * size, how);
        });
        read += rows.reduce((sum, row) => sum + (row?.length ?? 0), 0);
        const isCurrent = table.entrySegment[slot] === segment.id && table.entryOffset[slot] === offset;
        const origin = { segment: segment.id, offset, lsn: record.lsn };
        if (isCurrent) output.put(slot, "whole put", entry, rows, origin);
        else output.put(slot, "bare put", withoutPayload(entry, strides.length, crc32c), rows, origin);
      }
    }
    if (output.isFull) await output.flush();
    await breathe(read);
  }
}

interface Put {
  slot: number;
  entry: Uint8Array;
  offset: number;
  checksums: (number | undefined)[];
  /** By ordinal. */
  rows: number[];
  /** Whether it is the put of the tenant that the slot has now. */
  isTenant: boolean;
}

/** The entries of a record with their places in the segment's log. */
function* entriesOf(
  { bytes, offset }: RawRecord,
  { slots, entriesAt }: { slots: readonly number[]; entriesAt: number },
): Generator<{ slot: number; entry: Uint8Array; offset: number }> {
  let at = entriesAt;
  for (const slot of slots) {
    const length = entryLengthAt(bytes, at);
    yield { slot, entry: bytes.subarray(at, at + length), offset: offset + at };
    at += length;
  }
}

/** Rows from `first` up to `end`. */
function readRows(
  { log }: CollectionState,
  segment: Segment,
  ordinal: number,
  first: number,
  end: number,
): Promise<Uint8Array> {
  return end === first
    ? Promise.resolve(new Uint8Array(0))
    : log.readRows(segment.id, ordinal, first, end - first);
}

function withoutPayload(entry: Uint8Array, fields: number, crc32c: CollectionState["crc32c"]): Uint8Array {
  const { id, vectorChecksums } = readEntryHead(entry, fields);
  const writer = new EntryWriter(entryHeaderBytes + entry.length);
  writer.append(id, vectorChecksums, {}, crc32c);
  return writer.finish();
}
