/**
 * Records: what one call did to a collection, as its outcome (new points in new slots, new payloads of slots, dead
 * slots), so that replaying needs neither filters nor the state before. A record is all or nothing: it lies in one frame.
 *
 *   record   length u32 (of what follows), kind u8, body
 *   put      firstSlot u32, count u32, per vector field (first row u32, rows u32), entries in the order of slots
 *   payload  count u32, slots u32 × count, entries (no vectors: they stay as they are)
 *   delete   count u32, slots u32 × count
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { PointId } from "../../model/id.ts";
import type { Payload } from "../../model/payload.ts";
import type { Kernel } from "../kernel.ts";
import type { Slot } from "../view.ts";
import { decodeEntry, type Entry, EntryWriter, entryLengthAt } from "./entry.ts";

export type Mutation = PutMutation | PayloadMutation | DeleteMutation;

/** New points, in slots that follow each other. An id that is there already moves, and its old slot dies. */
export interface PutMutation {
  kind: "put";
  firstSlot: Slot;
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

const kinds = { put: 1, payload: 2, delete: 3 } as const;
const headerBytes = 5;

/** Slot and rows are not known before the record's turn comes: `firstSlot` is then set, and `placePut` called. */
export function encodePut(
  points: {
    ids: PointId[];
    payloads: Payload[];
    vectors: { rows: Float32Array; checksums: (number | undefined)[] }[];
  },
  crc32c: Kernel["crc32c"],
): { mutation: PutMutation; bytes: Uint8Array } {
  const { ids, payloads, vectors } = points;
  const writer = new EntryWriter(headerBytes + 64 + ids.length * 192);
  writer.skip(headerBytes + 8 + vectors.length * 8);
  const entries = appendEntries(
    writer,
    ids,
    payloads,
    vectors.map((field) => field.checksums),
    crc32c,
  );
  const bytes = finish(writer, kinds.put);
  const mutation: PutMutation = {
    kind: "put",
    firstSlot: 0,
    ids,
    payloads,
    vectors: vectors.map((field) => ({ ...field, firstRow: 0 })),
    entries,
  };
  return { mutation, bytes };
}

/** Writes where a put came to lie, its first slot (set before) and its vectors' first rows, into its bytes. */
export function placePut(
  mutation: PutMutation,
  bytes: Uint8Array,
  firstRows: readonly number[],
  dimensions: readonly number[],
): void {
  const view = viewOf(bytes);
  view.setUint32(headerBytes, mutation.firstSlot, true);
  view.setUint32(headerBytes + 4, mutation.ids.length, true);
  mutation.vectors.forEach((field, ordinal) => {
    field.firstRow = firstRows[ordinal]!;
    view.setUint32(headerBytes + 8 + ordinal * 8, field.firstRow, true);
    view.setUint32(headerBytes + 12 + ordinal * 8, field.rows.length / dimensions[ordinal]!, true);
  });
}

export function encodePayloads(
  points: { slots: Slot[]; ids: PointId[]; payloads: Payload[] },
  fields: number,
  crc32c: Kernel["crc32c"],
): EncodedRecord {
  const { slots, ids, payloads } = points;
  const writer = new EntryWriter(headerBytes + 64 + ids.length * 192);
  writer.skip(headerBytes + 4 + slots.length * 4);
  const none = Array.from({ length: fields }, () => []);
  const entries = appendEntries(writer, ids, payloads, none, crc32c);
  const bytes = finish(writer, kinds.payload);
  putSlots(bytes, slots);
  return { mutation: { kind: "payload", slots, ids, payloads, entries }, bytes };
}

export function encodeDelete(slots: Slot[]): EncodedRecord {
  const writer = new EntryWriter(headerBytes + 4 + slots.length * 4);
  writer.skip(headerBytes + 4 + slots.length * 4);
  const bytes = finish(writer, kinds.delete);
  putSlots(bytes, slots);
  return { mutation: { kind: "delete", slots }, bytes };
}

function appendEntries(
  writer: EntryWriter,
  ids: PointId[],
  payloads: Payload[],
  checksums: (number | undefined)[][],
  crc32c: Kernel["crc32c"],
): EntrySpans {
  const spans: EntrySpans = { offsets: [], lengths: [] };
  for (let i = 0; i < ids.length; i++) {
    const offset = writer.length;
    writer.append(
      ids[i]!,
      checksums.map((field) => field[i]),
      payloads[i]!,
      crc32c,
    );
    spans.offsets.push(offset);
    spans.lengths.push(writer.length - offset);
  }
  return spans;
}

function finish(writer: EntryWriter, kind: number): Uint8Array {
  const bytes = writer.finish();
  viewOf(bytes).setUint32(0, bytes.length - 4, true);
  bytes[4] = kind;
  return bytes;
}

function putSlots(bytes: Uint8Array, slots: readonly Slot[]): void {
  const view = viewOf(bytes);
  view.setUint32(headerBytes, slots.length, true);
  for (let i = 0; i < slots.length; i++) view.setUint32(headerBytes + 4 + i * 4, slots[i]!, true);
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
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = 4 + viewOf(body).getUint32(at, true);
    records.push({
      record: decodeRecord(body.subarray(at, at + length), fields, crc32c, damage),
      offset: at,
    });
    at += length;
  }
  if (at !== body.length) throw new RangeError(`its records have ${at} bytes, not ${body.length}`);
  return records;
}

type OnDamage = ((how: string) => FrancaError) | "note";

function decodeRecord(
  bytes: Uint8Array,
  fields: number,
  crc32c: Kernel["crc32c"],
  damage: OnDamage,
): ReadRecord {
  const view = viewOf(bytes);
  const kind = bytes[4];
  if (kind === kinds.put) {
    const count = view.getUint32(headerBytes + 4, true);
    const points = decodeEntries(bytes, headerBytes + 8 + fields * 8, count, fields, crc32c, damage);
    const vectors = Array.from({ length: fields }, (_, ordinal) => ({
      firstRow: view.getUint32(headerBytes + 8 + ordinal * 8, true),
      count: view.getUint32(headerBytes + 12 + ordinal * 8, true),
      checksums: points.checksums.map((ofPoint) => ofPoint[ordinal]),
    }));
    const { ids, payloads, entries } = points;
    return { kind: "put", firstSlot: view.getUint32(headerBytes, true), ids, payloads, vectors, entries };
  }
  const count = view.getUint32(headerBytes, true);
  if (headerBytes + 4 + count * 4 > bytes.length) throw new RangeError(`it has no room for ${count} slots`);
  const slots = Array.from({ length: count }, (_, i) => view.getUint32(headerBytes + 4 + i * 4, true));
  if (kind === kinds.delete) return { kind: "delete", slots };
  if (kind !== kinds.payload) throw new RangeError(`there is no record of kind ${kind}`);
  const { ids, payloads, entries } = decodeEntries(
    bytes,
    headerBytes + 4 + count * 4,
    count,
    fields,
    crc32c,
    damage,
  );
  return { kind: "payload", slots, ids, payloads, entries };
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
