/**
 * Records: what one call did to a collection, as its outcome (new points in slots, new payloads of slots, dead slots),
 * so that replaying needs neither filters nor the state before. A record is all or nothing: it lies in one frame.
 *
 *   record   length u32 (of what follows), kind u8, body
 *   put      firstSlot u32, count u32, per vector field (first row u32, rows u32), entries in the order of slots
 *   payload  count u32, slots u32 × count, entries (no vectors: they stay as they are)
 *   delete   count u32, slots u32 × count
 *   put at   count u32, slots u32 × count, per vector field (first row u32, rows u32), entries in the order of slots
 *
 * A put writes points into slots that follow each other, a put at wherever they are. Here they are read; encode-record.ts
 * writes them.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { PointId } from "../../model/id.ts";
import type { Payload } from "../../model/payload.ts";
import type { Kernel } from "../kernel.ts";
import type { Slot } from "../view.ts";
import { decodeEntry, type Entry, entryLengthAt } from "./entry.ts";

export type Mutation = PutMutation | PayloadMutation | DeleteMutation;

/** New points. An id that is there already moves, and its old slot dies. */
export interface PutMutation {
  kind: "put";
  /** By point. */
  slots: Slot[];
  ids: PointId[];
  payloads: Payload[];
  /** By ordinal of the vector field. */
  vectors: PutVectors[];
  entries: EntrySpans;
}

export interface PutVectors {
  /** Row in the segment's vector file of the first vector. */
  firstRow: number;
  /** The vectors of the points that have one, in the order of points. */
  rows: Float32Array;
  /** By point: checksum of its vector's bytes, or undefined where it has none. */
  checksums: (number | undefined)[];
}

/** New payloads of live slots. */
export interface PayloadMutation {
  kind: "payload";
  slots: Slot[];
  ids: PointId[];
  payloads: Payload[];
  entries: EntrySpans;
}

export interface DeleteMutation {
  kind: "delete";
  slots: Slot[];
}

/** Where each point's entry lies: offset from the record's first byte, and length. */
export interface EntrySpans {
  offsets: number[];
  lengths: number[];
  /**
   * Only in records read leniently: indices of entries that are not as they were written. Their ids are empty strings,
   * which no point has, and their payloads empty.
   */
  damaged?: number[];
}

export interface EncodedRecord {
  mutation: Mutation;
  bytes: Uint8Array;
}

export const recordKinds = { put: 1, payload: 2, delete: 3, putAt: 4 } as const;
/** Length and kind. */
export const recordHeaderBytes = 5;

/** What a record is about, without its entries. */
export type RecordOutline =
  | { kind: "put"; slots: Slot[]; rows: { firstRow: number; count: number }[]; entriesAt: number }
  | { kind: "payload"; slots: Slot[]; entriesAt: number }
  | { kind: "delete"; slots: Slot[] };

/** @throws RangeError when the bytes are no record */
export function outlineOf(bytes: Uint8Array, fields: number): RecordOutline {
  const view = viewOf(bytes);
  const kind = bytes[4];
  if (kind === recordKinds.put) {
    const firstSlot = view.getUint32(recordHeaderBytes, true);
    const count = view.getUint32(recordHeaderBytes + 4, true);
    // Not more than there can be: a count of nonsense must not become an allocation.
    if (count > bytes.length) throw new RangeError(`a record of ${bytes.length} bytes has ${count} points`);
    const rowsAt = recordHeaderBytes + 8;
    const slots = Array.from({ length: count }, (_, i) => firstSlot + i);
    return { kind: "put", slots, rows: rowsOf(view, rowsAt, fields), entriesAt: rowsAt + fields * 8 };
  }
  const count = view.getUint32(recordHeaderBytes, true);
  const slotsEnd = recordHeaderBytes + 4 + count * 4;
  if (slotsEnd > bytes.length) throw new RangeError(`it has no room for ${count} slots`);
  const slots = Array.from({ length: count }, (_, i) => view.getUint32(recordHeaderBytes + 4 + i * 4, true));
  if (kind === recordKinds.delete) return { kind: "delete", slots };
  if (kind === recordKinds.payload) return { kind: "payload", slots, entriesAt: slotsEnd };
  if (kind !== recordKinds.putAt) throw new RangeError(`there is no record of kind ${kind}`);
  return { kind: "put", slots, rows: rowsOf(view, slotsEnd, fields), entriesAt: slotsEnd + fields * 8 };
}

function rowsOf(view: DataView, at: number, fields: number): { firstRow: number; count: number }[] {
  return Array.from({ length: fields }, (_, ordinal) => ({
    firstRow: view.getUint32(at + ordinal * 8, true),
    count: view.getUint32(at + ordinal * 8 + 4, true),
  }));
}

/** The records of a frame's body, one after the other. @throws RangeError when they are none */
export function* recordsOf(
  body: Uint8Array,
  count: number,
): Generator<{ bytes: Uint8Array; offset: number }> {
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = 4 + viewOf(body).getUint32(at, true);
    yield { bytes: body.subarray(at, at + length), offset: at };
    at += length;
  }
  if (at !== body.length) throw new RangeError(`its records have ${at} bytes, not ${body.length}`);
}

/** A record as it is read back; a put's vectors are fetched by the caller, row for row. */
export type ReadRecord =
  | (Omit<PutMutation, "vectors"> & { vectors: (Omit<PutVectors, "rows"> & { count: number })[] })
  | PayloadMutation
  | DeleteMutation;

/**
 * The records of a frame's body, whose checksum holds. A body that does not parse under a good checksum was never
 * written by this build: the RangeError of the DataView, or the entry's error, is for the caller to explain.
 * @param damage makes the error for an entry that is not as it was written; "note" goes on, and lists it in the spans
 */
export function decodeRecords(
  body: Uint8Array,
  count: number,
  fields: number,
  crc32c: Kernel["crc32c"],
  damage: OnDamage,
): { record: ReadRecord; offset: number }[] {
  const records: { record: ReadRecord; offset: number }[] = [];
  for (const { bytes, offset } of recordsOf(body, count)) {
    records.push({ record: decodeRecord(bytes, fields, crc32c, damage), offset });
  }
  return records;
}

type OnDamage = ((how: string) => FrancaError) | "note";

function decodeRecord(
  bytes: Uint8Array,
  fields: number,
  crc32c: Kernel["crc32c"],
  damage: OnDamage,
): ReadRecord {
  const outline = outlineOf(bytes, fields);
  if (outline.kind === "delete") return outline;
  const { slots, entriesAt } = outline;
  const points = decodeEntries(bytes, entriesAt, slots.length, fields, crc32c, damage);
  const { ids, payloads, entries, checksums } = points;
  if (outline.kind === "payload") return { kind: "payload", slots, ids, payloads, entries };
  const vectors = outline.rows.map((rows, ordinal) => ({
    ...rows,
    checksums: checksums.map((ofPoint) => ofPoint[ordinal]),
  }));
  for (const field of vectors) {
    const said = field.checksums.filter((checksum) => checksum !== undefined).length;
    // A damaged entry does not say whether it has a vector.
    if (field.count < said || field.count > said + (entries.damaged?.length ?? 0))
      throw new RangeError(`its points have ${said} vectors, not ${field.count}`);
  }
  return { kind: "put", slots, ids, payloads, vectors, entries };
}

function decodeEntries(
  bytes: Uint8Array,
  start: number,
  count: number,
  fields: number,
  crc32c: Kernel["crc32c"],
  damage: OnDamage,
) {
  const ids: PointId[] = [];
  const payloads: Payload[] = [];
  const checksums: (number | undefined)[][] = [];
  const entries: EntrySpans = { offsets: [], lengths: [] };
  let at = start;
  for (let i = 0; i < count; i++) {
    const length = entryLengthAt(bytes, at);
    const entry = entryIn(bytes.subarray(at, at + length), fields, crc32c, damage);
    if (entry === damagedEntry) {
      entries.damaged ??= [];
      entries.damaged.push(i);
    }
    ids.push(entry.id);
    payloads.push(entry.payload);
    checksums.push(entry.vectorChecksums);
    entries.offsets.push(at);
    entries.lengths.push(length);
    at += length;
  }
  if (at !== bytes.length) throw new RangeError(`its entries end at ${at}, not ${bytes.length}`);
  return { ids, payloads, checksums, entries };
}

const damagedEntry: Entry = { id: "", vectorChecksums: [], payload: {} };

function entryIn(bytes: Uint8Array, fields: number, crc32c: Kernel["crc32c"], damage: OnDamage): Entry {
  if (damage !== "note") return decodeEntry(bytes, fields, crc32c, damage);
  try {
    return decodeEntry(bytes, fields, crc32c, (how) => new FrancaError("data_loss", how));
  } catch (error) {
    if (!isFrancaError(error, "data_loss")) throw error;
    return damagedEntry;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
