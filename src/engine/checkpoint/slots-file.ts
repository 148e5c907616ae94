/**
 * The slot table as bytes: where in the log it was taken, its columns, its ids.
 *
 *   header length u32, header as JSON, zeros up to a multiple of 4, then u32 columns of `slots` values each: bornIn,
 *   bornAt, diedIn, entrySegment, entryOffset, entryLength, per vector field rows and checksums; the words of the
 *   bitsets live and free; slots, bornIn and diedIn of the ghosts; ids in pieces of 65,536: length u32, kind u32, then
 *   float64 (kind 0: integers that these hold exactly) or JSON (kind 1: bigints as ["digits"])
 */
import { FrancaError } from "../../errors.ts";
import type { PointId } from "../../model/id.ts";
import { hasBit, setBits } from "../bitset.ts";
import type { LogPosition } from "../log/log.ts";
import { createPauser } from "../query/pause.ts";
import { SlotTable } from "../slots.ts";

interface Header {
  position: LogPosition;
  /** Numbers of the segments up to the position, in order. */
  segments: number[];
  slots: number;
  fields: number;
  ghosts: number;
  usage: [number, number, number, number][];
  /** Graphs that have a checkpoint, with its least LSN. */
  graphs: [number, number][];
  /** Slots whose payload could not be read, so that payload indexes do not know it. Absent: none. */
  damaged?: number[];
}

export interface StoredSlots {
  table: SlotTable;
  position: LogPosition;
  segments: number[];
  graphs: Map<number, number>;
  /** Slots whose payload could not be read. */
  damaged: number[];
}

const idsPerPiece = 65_536;
const idKinds = { numbers: 0, json: 1 } as const;

/** Of one moment: what the table is later is not in it. Its ids are encoded as the pieces are asked for. */
export function encodeSlots({
  table,
  position,
  segments,
  graphs,
  damaged,
}: StoredSlots): AsyncGenerator<Uint8Array> {
  const { slots, fields, ghosts } = table;
  const header: Header = {
    position,
    segments,
    slots,
    fields,
    ghosts: ghosts.size,
    usage: table.usage.entries(),
    graphs: [...graphs],
    ...(damaged.length > 0 && { damaged }),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array((4 + text.length + 3) & ~3);
  new DataView(start.buffer).setUint32(0, text.length, true);
  start.set(text, 4);
  const words = wordsFor(slots);
  const columns = [
    ...columnsOf(table).map((column) => column.slice(0, slots)),
    table.live.slice(0, words),
    table.free.slice(0, words),
    ...[ghosts.slots, ghosts.bornIn, ghosts.diedIn].map((column) => Uint32Array.from(column)),
  ];
  return pieces(start, columns, table.ids.slice(0, slots));
}

/** @throws FrancaError data_loss when the bytes are not a table of fields with these strides */
export async function decodeSlots(bytes: Uint8Array, strides: readonly number[]): Promise<StoredSlots> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint32(0, true);
  const header = checkedHeader(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headerLength))));
  if (header.fields !== strides.length) {
    throw new FrancaError(
      "data_loss",
      `the slot table has ${header.fields} vector fields, not ${strides.length}`,
    );
  }
  // Not more than there can be: a count of nonsense must not become an allocation.
  const ownBytes = 4 * (6 + 2 * header.fields) * header.slots + 12 * header.ghosts;
  if (ownBytes > bytes.length) throw new FrancaError("data_loss", "the slot table ends too early");
  const table = new SlotTable(strides);
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
  table.setFree(setBits(words(wordsFor(header.slots))));
  table.ghosts.slots = [...words(header.ghosts)];
  table.ghosts.bornIn = [...words(header.ghosts)];
  table.ghosts.diedIn = [...words(header.ghosts)];
  for (const [segment, dead, held, deletions] of header.usage)
    table.usage.set(segment, { dead, held, deletions });
  const pause = createPauser();
  while (table.ids.length < header.slots) {
    const length = view.getUint32(at, true);
    const first = table.ids.length;
    const ids = decodeIds(bytes.slice(at + 8, at + 8 + length), view.getUint32(at + 4, true));
    if (ids.length === 0 || first + ids.length > header.slots)
      throw new FrancaError("data_loss", "the slot table has not one id for each slot");
    for (let i = 0; i < ids.length; i++) table.ids.push(ids[i]!);
    at += 8 + length;
    for (let slot = first; slot < table.ids.length; slot++) if (hasBit(live, slot)) table.revive(slot);
    await pause();
  }
  expectSound(table, header);
  const { position, segments, graphs, damaged = [] } = header;
  return { table, position, segments, graphs: new Map(graphs), damaged };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** @throws FrancaError data_loss */
function checkedHeader(given: Partial<Header> | null): Header {
  const { position, segments, slots, fields, ghosts, usage, graphs, damaged = [] } = given ?? {};
  const isPlace =
    [position?.segment, position?.lsn, position?.logBytes].every(isCount) &&
    Array.isArray(position?.rows) &&
    position.rows.length === fields &&
    position.rows.every(isCount);
  const lists = [usage, graphs].every(
    (list) => Array.isArray(list) && list.every((one: unknown) => Array.isArray(one) && one.every(isCount)),
  );
  const numbers = [segments, damaged].every((list) => Array.isArray(list) && list.every(isCount));
  if (!isPlace || !lists || !numbers || ![slots, fields, ghosts].every(isCount))
    throw new FrancaError("data_loss", "the slot table's header is none");
  return given as Header;
}

/** What lives lies in segments that there are, and nothing is two things at once. @throws FrancaError data_loss */
function expectSound(table: SlotTable, { segments, slots, damaged = [] }: Header): void {
  const known = new Set(segments);
  let live = 0;
  let isSound = damaged.every((slot) => slot < slots);
  // Slots that follow each other lie mostly in one segment, and there are many.
  let last = -1;
  const expectKnown = (segment: number) => {
    if (segment === last) return;
    last = segment;
    if (!known.has(segment)) isSound = false;
  };
  for (let slot = 0; slot < slots; slot++) {
    const isLive = table.isLive(slot);
    const isFree = table.isFree(slot);
    if (isLive) {
      live++;
      if (isFree) isSound = false;
      expectKnown(table.entrySegment[slot]!);
    }
    if (!isFree && table.vectorBytes(slot) > 0) expectKnown(table.bornIn[slot]!);
  }
  // Two live slots with one id would be one entry less among the ids.
  if (!isSound || live !== table.points || table.liveIds !== live || table.freeSlots > slots)
    throw new FrancaError("data_loss", "the slot table contradicts itself");
}

function columnsOf(table: SlotTable): Uint32Array[] {
  const { bornIn, bornAt, diedIn, entrySegment, entryOffset, entryLength, rows, checksums } = table;
  return [bornIn, bornAt, diedIn, entrySegment, entryOffset, entryLength, ...rows, ...checksums];
}

function wordsFor(slots: number): number {
  return (slots + 31) >>> 5;
}

async function* pieces(
  start: Uint8Array,
  columns: readonly Uint32Array[],
  ids: readonly PointId[],
): AsyncGenerator<Uint8Array> {
  yield start;
  for (const column of columns) yield* slicesOf(new Uint8Array(column.buffer));
  const pause = createPauser();
  for (let first = 0; first < ids.length; first += idsPerPiece) {
    const { kind, bytes } = encodeIds(ids.slice(first, first + idsPerPiece));
    const head = new Uint8Array(8);
    const view = new DataView(head.buffer);
    view.setUint32(0, bytes.length, true);
    view.setUint32(4, kind, true);
    yield head;
    yield bytes;
    await pause();
  }
}

/** Pieces that are written, and their checksum computed, without holding anything up. */
export function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  const sliceBytes = 2 ** 20;
  for (let at = 0; at < bytes.length; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes);
}

function encodeIds(ids: readonly PointId[]): { kind: number; bytes: Uint8Array } {
  if (ids.every((id) => typeof id === "number")) {
    return { kind: idKinds.numbers, bytes: new Uint8Array(Float64Array.from(ids).buffer) };
  }
  const text = JSON.stringify(ids, (_, id) => (typeof id === "bigint" ? [String(id)] : id));
  return { kind: idKinds.json, bytes: new TextEncoder().encode(text) };
}

function noIds(): FrancaError {
  return new FrancaError("data_loss", "the slot table has ids that are none");
}

/** @param bytes in a buffer of their own */
function decodeIds(bytes: Uint8Array, kind: number): ArrayLike<PointId> {
  if (kind === idKinds.numbers) {
    const numbers = new Float64Array(bytes.buffer);
    if (!numbers.every(Number.isSafeInteger)) throw noIds();
    return numbers;
  }
  const stored: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!Array.isArray(stored)) throw noIds();
  return stored.map((id: unknown) => {
    if (typeof id === "string" || Number.isSafeInteger(id)) return id as PointId;
    if (Array.isArray(id) && typeof id[0] === "string" && /^-?\d{1,20}$/.test(id[0])) return BigInt(id[0]);
    throw noIds();
  });
}
