/**
 * The slot table: which point lives in which slot, and where its payload and vectors lie in the log.
 * Columns of typed arrays, since there are as many slots as points ever written. Derived from the log.
 */
import type { PointId } from "../model/id.ts";
import { type Bitset, clearBit, emptyBitset, grownBitset, hasBit, setBit } from "./bitset.ts";
import type { Slot } from "./view.ts";

/** Where the bytes of an entry lie. */
export interface EntryPlace {
  segment: number;
  offset: number;
  length: number;
}

/** In a row column: the point has no vector in the field. */
export const noRow = 0xffffffff;

export class SlotTable {
  /** Number of vector fields. */
  readonly fields: number;
  /** One past the highest slot given out. */
  slots = 0;
  /** Live points. */
  points = 0;
  /** Ids by slot, of the dead ones too. */
  ids: PointId[] = [];
  live: Bitset = emptyBitset(0);
  /** Live slots with a vector, by ordinal of the field. */
  readonly withVector: Bitset[];
  /** Segment in which the slot was written first: there its vectors lie. */
  bornIn: Uint32Array = new Uint32Array(0);
  entrySegment: Uint32Array = new Uint32Array(0);
  entryOffset: Uint32Array = new Uint32Array(0);
  entryLength: Uint32Array = new Uint32Array(0);
  /** By ordinal: row in the segment's vector file, or noRow. */
  readonly rows: Uint32Array[];
  /** By ordinal: checksum of the vector's bytes. */
  readonly checksums: Uint32Array[];
  readonly #slotById = new Map<PointId, Slot>();

  constructor(fields: number) {
    this.fields = fields;
    this.withVector = Array.from({ length: fields }, () => emptyBitset(0));
    this.rows = Array.from({ length: fields }, () => new Uint32Array(0));
    this.checksums = Array.from({ length: fields }, () => new Uint32Array(0));
  }

  slotOf(id: PointId): Slot | undefined {
    return this.#slotById.get(id);
  }

  isLive(slot: Slot): boolean {
    return hasBit(this.live, slot);
  }

  /** Makes room for slots up to `slots`, so that columns may be written. */
  reserve(slots: number): void {
    if (slots <= this.bornIn.length) return;
    const capacity = Math.max(slots, this.bornIn.length * 2, 64);
    this.bornIn = grown(this.bornIn, capacity);
    this.entrySegment = grown(this.entrySegment, capacity);
    this.entryOffset = grown(this.entryOffset, capacity);
    this.entryLength = grown(this.entryLength, capacity);
    for (let ordinal = 0; ordinal < this.fields; ordinal++) {
      this.rows[ordinal] = grown(this.rows[ordinal]!, capacity);
      this.checksums[ordinal] = grown(this.checksums[ordinal]!, capacity);
      this.withVector[ordinal] = grownBitset(this.withVector[ordinal]!, capacity);
    }
    this.live = grownBitset(this.live, capacity);
  }

  /** Gives `slot`, the next one, to a point. Returns the slot that the id had before, now dead. */
  add(
    slot: Slot,
    id: PointId,
    entry: EntryPlace,
    vectors: { row: number; checksum: number }[],
  ): Slot | undefined {
    this.reserve(slot + 1);
    this.slots = slot + 1;
    this.ids[slot] = id;
    this.bornIn[slot] = entry.segment;
    this.moveEntry(slot, entry);
    for (let ordinal = 0; ordinal < this.fields; ordinal++) {
      const { row, checksum } = vectors[ordinal]!;
      this.rows[ordinal]![slot] = row;
      this.checksums[ordinal]![slot] = checksum;
    }
    const before = this.#slotById.get(id);
    if (before !== undefined) this.kill(before);
    this.revive(slot);
    return before;
  }

  /** The payload of a slot lies elsewhere now. */
  moveEntry(slot: Slot, entry: EntryPlace): void {
    this.entrySegment[slot] = entry.segment;
    this.entryOffset[slot] = entry.offset;
    this.entryLength[slot] = entry.length;
  }

  /** Puts a slot whose columns are filled among the living. */
  revive(slot: Slot): void {
    this.#slotById.set(this.ids[slot]!, slot);
    setBit(this.live, slot);
    for (let ordinal = 0; ordinal < this.fields; ordinal++) {
      if (this.rows[ordinal]![slot] !== noRow) setBit(this.withVector[ordinal]!, slot);
    }
    this.points++;
  }

  kill(slot: Slot): void {
    this.#slotById.delete(this.ids[slot]!);
    clearBit(this.live, slot);
    for (const bits of this.withVector) clearBit(bits, slot);
    this.points--;
  }
}

function grown(column: Uint32Array, capacity: number): Uint32Array {
  const larger = new Uint32Array(capacity);
  larger.set(column);
  return larger;
}
