/**
 * Records as bytes; record.ts says what they look like. A put is encoded when its call is made, and gets its slots and
 * rows when its turn comes.
 */
import type { PointId } from "../../model/id.ts";
import type { Payload } from "../../model/payload.ts";
import type { Kernel } from "../kernel.ts";
import { finishNow, type Steps } from "../steps.ts";
import type { Slot } from "../view.ts";
import { EntryWriter } from "./entry.ts";
import {
  type EncodedRecord,
  type EntrySpans,
  type PutMutation,
  recordHeaderBytes,
  recordKinds,
} from "./record.ts";

/** Entries written in one step. */
const entriesPerStep = 16;

/** Points side by side; see CheckedPoints. */
interface PutPoints {
  ids: PointId[];
  payloads: Payload[];
  vectors: { rows: Float32Array; checksums: (number | undefined)[] }[];
}

/** Its `slots` are to be set before it is placed. */
export function encodePut(
  points: PutPoints,
  crc32c: Kernel["crc32c"],
): { mutation: PutMutation; bytes: Uint8Array } {
  return finishNow(encodingPut(points, crc32c));
}

/** The same in steps. */
export function* encodingPut(
  points: PutPoints,
  crc32c: Kernel["crc32c"],
): Steps<{ mutation: PutMutation; bytes: Uint8Array }> {
  const { ids, payloads, vectors } = points;
  const writer = new EntryWriter(recordHeaderBytes + 64 + ids.length * 196);
  writer.skip(putAtHeaderBytes(ids.length, vectors.length));
  const checksums = vectors.map((field) => field.checksums);
  const entries = yield* appendEntries(writer, ids, payloads, checksums, crc32c);
  const mutation: PutMutation = {
    kind: "put",
    slots: [],
    ids,
    payloads,
    vectors: vectors.map((field) => ({ ...field, firstRow: 0 })),
    entries,
  };
  return { mutation, bytes: writer.finish() };
}

/** Writes where a put came to lie, its slots (set before) and its vectors' first rows; once. */
export function placePut(
  record: EncodedRecord & { mutation: PutMutation },
  firstRows: readonly number[],
  dimensions: readonly number[],
): void {
  const { mutation } = record;
  const { slots, entries } = mutation;
  const inRow = slots.every((slot, i) => slot === slots[0]! + i);
  if (inRow) {
    // It names only the first slot, and begins later in the bytes that were left for all of them.
    const spared = (slots.length - 1) * 4;
    record.bytes = record.bytes.subarray(spared);
    entries.offsets = entries.offsets.map((offset) => offset - spared);
    finish(record.bytes, recordKinds.put);
    const view = viewOf(record.bytes);
    view.setUint32(recordHeaderBytes, slots[0]!, true);
    view.setUint32(recordHeaderBytes + 4, slots.length, true);
  } else {
    finish(record.bytes, recordKinds.putAt);
    putSlots(record.bytes, slots);
  }
  const rowsAt = recordHeaderBytes + (inRow ? 8 : 4 + slots.length * 4);
  const rows = mutation.vectors.map((field, ordinal) => {
    field.firstRow = firstRows[ordinal]!;
    return { firstRow: field.firstRow, count: field.rows.length / dimensions[ordinal]! };
  });
  putRows(record.bytes, rowsAt, rows);
}

/** A put at of entries that are there already, one after the other. */
export function encodePutAt(
  slots: readonly Slot[],
  rows: readonly { firstRow: number; count: number }[],
  entries: readonly Uint8Array[],
): Uint8Array {
  const start = putAtHeaderBytes(slots.length, rows.length);
  const bytes = withEntries(start, entries);
  putSlots(bytes, slots);
  putRows(bytes, recordHeaderBytes + 4 + slots.length * 4, rows);
  return finish(bytes, recordKinds.putAt);
}

/** Payloads from entries that are there already. */
export function encodePayloadEntries(slots: readonly Slot[], entries: readonly Uint8Array[]): Uint8Array {
  const bytes = withEntries(recordHeaderBytes + 4 + slots.length * 4, entries);
  putSlots(bytes, slots);
  return finish(bytes, recordKinds.payload);
}

export function encodePayloads(
  points: { slots: Slot[]; ids: PointId[]; payloads: Payload[] },
  fields: number,
  crc32c: Kernel["crc32c"],
): EncodedRecord {
  const { slots, ids, payloads } = points;
  const writer = new EntryWriter(recordHeaderBytes + 64 + ids.length * 192);
  writer.skip(recordHeaderBytes + 4 + slots.length * 4);
  const none = Array.from({ length: fields }, () => []);
  const entries = finishNow(appendEntries(writer, ids, payloads, none, crc32c));
  const bytes = finish(writer.finish(), recordKinds.payload);
  putSlots(bytes, slots);
  return { mutation: { kind: "payload", slots, ids, payloads, entries }, bytes };
}

export function encodeDelete(slots: Slot[]): EncodedRecord {
  const bytes = finish(new Uint8Array(deleteRecordBytes(slots.length)), recordKinds.delete);
  putSlots(bytes, slots);
  return { mutation: { kind: "delete", slots }, bytes };
}

export function deleteRecordBytes(slots: number): number {
  return recordHeaderBytes + 4 + slots * 4;
}

/** Bytes of a put at before its entries. */
export function putAtHeaderBytes(points: number, fields: number): number {
  return recordHeaderBytes + 4 + points * 4 + fields * 8;
}

function* appendEntries(
  writer: EntryWriter,
  ids: PointId[],
  payloads: Payload[],
  checksums: (number | undefined)[][],
  crc32c: Kernel["crc32c"],
): Steps<EntrySpans> {
  const spans: EntrySpans = { offsets: [], lengths: [] };
  for (let i = 0; i < ids.length; i++) {
    const offset = writer.length;
    const ofPoint = checksums.map((field) => field[i]);
    writer.append(ids[i]!, ofPoint, payloads[i]!, crc32c);
    spans.offsets.push(offset);
    spans.lengths.push(writer.length - offset);
    if (i % entriesPerStep === entriesPerStep - 1) yield;
  }
  return spans;
}

function withEntries(start: number, entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + entry.length, start));
  let at = start;
  for (const entry of entries) {
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

function finish(bytes: Uint8Array, kind: number): Uint8Array {
  viewOf(bytes).setUint32(0, bytes.length - 4, true);
  bytes[4] = kind;
  return bytes;
}

function putSlots(bytes: Uint8Array, slots: readonly Slot[]): void {
  const view = viewOf(bytes);
  view.setUint32(recordHeaderBytes, slots.length, true);
  for (let i = 0; i < slots.length; i++) view.setUint32(recordHeaderBytes + 4 + i * 4, slots[i]!, true);
}

function putRows(bytes: Uint8Array, at: number, rows: readonly { firstRow: number; count: number }[]): void {
  const view = viewOf(bytes);
  rows.forEach(({ firstRow, count }, ordinal) => {
    view.setUint32(at + ordinal * 8, firstRow, true);
    view.setUint32(at + ordinal * 8 + 4, count, true);
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
