/**
 * The slot table as bytes: where in the log it was taken, its columns, its ids.
 *
 *   header length u32, header as JSON, zeros up to a multiple of 4, then u32 columns of `slots` values each: bornIn,
 *   entrySegment, entryOffset, entryLength, per vector field rows and checksums; the words of the live bitset;
 *   ids as JSON arrays of 65,536 (bigints as ["digits"]), each after its length u32
 */
import { FrancaError } from "../../errors.ts";
import type { PointId } from "../../model/id.ts";
import { hasBit } from "../bitset.ts";
import type { LogPosition } from "../log/log.ts";
import { SlotTable } from "../slots.ts";

interface Header {
  position: LogPosition;
  slots: number;
  points: number;
  fields: number;
}

const idsPerPiece = 65_536;

/** A copy: the table may change while it is written. */
export function encodeSlots(table: SlotTable, position: LogPosition): Uint8Array[] {
  const { slots, points, fields } = table;
  const header: Header = { position, slots, points, fields };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array((4 + text.length + 3) & ~3);
  new DataView(start.buffer).setUint32(0, text.length, true);
  start.set(text, 4);
  const columns = columnsOf(table).map((column) => new Uint8Array(column.slice(0, slots).buffer));
  const live = new Uint8Array(table.live.slice(0, wordsFor(slots)).buffer);
  return [start, ...columns, live, ...encodeIds(table.ids)];
}

/** @throws FrancaError data_loss when the bytes are not a table of `fields` vector fields */
export function decodeSlots(bytes: Uint8Array, fields: number): { table: SlotTable; position: LogPosition } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headerLength))) as Header;
  if (header.fields !== fields) {
    throw new FrancaError("data_loss", `the slot table has ${header.fields} vector fields, not ${fields}`);
  }
  const table = new SlotTable(fields);
  table.reserve(header.slots);
  table.slots = header.slots;
  let at = (4 + headerLength + 3) & ~3;
  const words = (count: number) => {
    // Copied, since a checkpoint's bytes need not begin at a multiple of 4.
    const column = new Uint32Array(bytes.slice(at, at + count * 4).buffer);
    at += count * 4;
    return column;
  };
  for (const column of columnsOf(table)) column.set(words(header.slots));
  const live = words(wordsFor(header.slots));
  while (table.ids.length < header.slots) {
    const length = view.getUint32(at, true);
    table.ids.push(...decodeIds(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  for (let slot = 0; slot < header.slots; slot++) {
    if (hasBit(live, slot)) table.revive(slot);
  }
  return { table, position: header.position };
}

function columnsOf(table: SlotTable): Uint32Array[] {
  const { bornIn, entrySegment, entryOffset, entryLength, rows, checksums } = table;
  return [bornIn, entrySegment, entryOffset, entryLength, ...rows, ...checksums];
}

function wordsFor(slots: number): number {
  return (slots + 31) >>> 5;
}

function encodeIds(ids: readonly PointId[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let first = 0; first < ids.length; first += idsPerPiece) {
    const piece = ids.slice(first, first + idsPerPiece);
    const text = JSON.stringify(piece, (_, id) => (typeof id === "bigint" ? [String(id)] : id));
    const bytes = new TextEncoder().encode(text);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, bytes.length, true);
    pieces.push(length, bytes);
  }
  return pieces;
}

function decodeIds(bytes: Uint8Array): PointId[] {
  const stored = JSON.parse(new TextDecoder().decode(bytes)) as (string | number | [string])[];
  return stored.map((id) => (Array.isArray(id) ? BigInt(id[0]) : id));
}
