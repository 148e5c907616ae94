/**
 * The slot table: which point lives in which slot, and where its payload and vectors lie in the log. Derived from it.
 * Columns of typed arrays, since there are many slots.
 *
 * A slot is free, then live, then dead (its point was deleted or replaced; graphs may still lead through it, readers
 * may still read it), then free again, when nothing knows it any more.
 */
import type { PointId } from "../model/id.ts";
import { type Bitset, clearBit, emptyBitset, grownBitset, hasBit, setBit, setBits } from "./bitset.ts";
import { Ghosts } from "./ghosts.ts";
import { IdMap } from "./id-map.ts";
import { SegmentUsage } from "./segment-usage.ts";
import type { Slot } from "./view.ts";

/** Where the bytes of an entry lie. */
export interface EntryPlace {
  segment: number;
  offset: number;
  length: number;
}

/** In a row column: the point has no vector in the field. */
export const noRow = 0xffffffff;
/** In a column of segments, whose numbers begin with 1: in none. */
export const noSegment = 0;

export class SlotTable {
  /** By ordinal of the vector field: bytes of a vector. */
  readonly strides: readonly number[];
  /** One past the highest slot given out. */
  slots = 0;
  /** Live points. */
  points = 0;
  /** Ids by slot, of the dead ones too; of no meaning for free slots. */
  readonly ids: PointId[] = [];
  live: Bitset = emptyBitset(0);
  /** Slots below `slots` that may be put. */
  free: Bitset = emptyBitset(0);
  freeSlots = 0;
  /** Live slots with a vector, by ordinal of the field. */
  readonly withVector: Bitset[];
  /** Segment that holds the put of the slot's last tenant, and its vectors; noSegment where none does any more. */
  bornIn: Uint32Array = new Uint32Array(0);
  /** Where the put's entry begins in that segment's log. */
  bornAt: Uint32Array = new Uint32Array(0);
  /** Segment of the record by which the last tenant died; of a meaning for dead and free slots. */
  diedIn: Uint32Array = new Uint32Array(0);
  entrySegment: Uint32Array = new Uint32Array(0);
  entryOffset: Uint32Array = new Uint32Array(0);
  entryLength: Uint32Array = new Uint32Array(0);
  /** By ordinal: row in the segment's vector file, or noRow. */
  readonly rows: Uint32Array[];
  /** By ordinal: checksum of the vector's bytes. */
  readonly checksums: Uint32Array[];
  ghosts: Ghosts = new Ghosts();
  usage: SegmentUsage = new SegmentUsage();
  readonly #slotById = new IdMap(this.ids);
  /** The free slots, highest first; made anew when it does not fit any more. */
  #freeStack: Slot[] | undefined;

  constructor(strides: readonly number[]) {
    this.strides = strides;
    this.withVector = strides.map(() => emptyBitset(0));
    this.rows = strides.map(() => new Uint32Array(0));
    this.checksums = strides.map(() => new Uint32Array(0));
  }

  /** Number of vector fields. */
  get fields(): number {
    return this.strides.length;
  }

  /** Slots of points that were deleted or replaced, and that are not free yet. */
  get deadSlots(): number {
    return this.slots - this.points - this.freeSlots;
  }

  /** Different ids of live slots. */
  get liveIds(): number {
    return this.#slotById.size;
  }

  slotOf(id: PointId): Slot | undefined {
    return this.#slotById.get(id);
  }

  isLive(slot: Slot): boolean {
    return hasBit(this.live, slot);
  }

  isFree(slot: Slot): boolean {
    return hasBit(this.free, slot);
  }

  isDead(slot: Slot): boolean {
    return slot < this.slots && !this.isLive(slot) && !this.isFree(slot);
  }

  /** Slots in the order in which points are to be put: free ones first, then new ones. Ends never. */
  *unused(): Generator<Slot, never> {
    this.#freeStack ??= [...setBits(this.free)].reverse();
    for (let i = this.#freeStack.length - 1; i >= 0; i--) yield this.#freeStack[i]!;
    for (let slot = this.slots; ; slot++) yield slot;
  }

  /** Makes room for slots up to `slots`, so that columns may be written. */
  reserve(slots: number): void {
    if (slots <= this.bornIn.length) return;
    const capacity = Math.max(slots, this.bornIn.length * 2, 64);
    for (const name of [
      "bornIn",
      "bornAt",
      "diedIn",
      "entrySegment",
      "entryOffset",
      "entryLength",
    ] as const) {
      this[name] = grown(this[name], capacity);
    }
    for (let ordinal = 0; ordinal < this.fields; ordinal++) {
      this.rows[ordinal] = grown(this.rows[ordinal]!, capacity);
      this.checksums[ordinal] = grown(this.checksums[ordinal]!, capacity);
      this.withVector[ordinal] = grownBitset(this.withVector[ordinal]!, capacity);
    }
    this.#slotById.reserve(slots);
    this.live = grownBitset(this.live, capacity);
    this.free = grownBitset(this.free, capacity);
  }

  /** Gives a slot that is not live to a point. Returns the slot that the id had before, now dead. */
  add(
    slot: Slot,
    id: PointId,
    entry: EntryPlace,
    vectors: { row: number; checksum: number }[],
  ): Slot | undefined {
    this.#vacate(slot);
    this.ids[slot] = id;
    this.bornIn[slot] = entry.segment;
    this.bornAt[slot] = entry.offset;
    this.diedIn[slot] = noSegment;
    this.#setEntry(slot, entry);
    for (let ordinal = 0; ordinal < this.fields; ordinal++) {
      const { row, checksum } = vectors[ordinal]!;
      this.rows[ordinal]![slot] = row;
      this.checksums[ordinal]![slot] = checksum;
    }
    const before = this.#slotById.get(id);
    if (before !== undefined) this.kill(before, entry.segment);
    this.revive(slot);
    return before;
  }

  /** The payload of a live slot was replaced by one that lies elsewhere. */
  moveEntry(slot: Slot, entry: EntryPlace): void {
    this.usage.dropped(this.entrySegment[slot]!, this.entryLength[slot]!);
    this.#setEntry(slot, entry);
  }

  /** Puts a slot whose columns are filled among the living. */
  revive(slot: Slot): void {
    this.#slotById.set(slot);
    setBit(this.live, slot);
    for (let ordinal = 0; ordinal < this.fields; ordinal++) {
      if (this.rows[ordinal]![slot] !== noRow) setBit(this.withVector[ordinal]!, slot);
    }
    this.points++;
  }

  /** @param segment of the record by which it dies */
  kill(slot: Slot, segment: number): void {
    this.#slotById.delete(this.ids[slot]!);
    clearBit(this.live, slot);
    for (const bits of this.withVector) clearBit(bits, slot);
    this.points--;
    this.diedIn[slot] = segment;
    this.usage.held(this.entrySegment[slot]!, this.entryLength[slot]!);
    this.usage.held(this.bornIn[slot]!, this.vectorBytes(slot));
  }

  /** Dead slots become free: nothing may know them any more, nor read them. */
  release(slots: Iterable<Slot>): void {
    for (const slot of slots) {
      this.usage.released(this.entrySegment[slot]!, this.entryLength[slot]!);
      this.usage.released(this.bornIn[slot]!, this.vectorBytes(slot));
      this.ids[slot] = 0;
      for (const rows of this.rows) rows[slot] = noRow;
      this.#setFree(slot);
    }
    this.#freeStack = undefined;
  }

  /** Bytes of a slot's vectors in the log. */
  vectorBytes(slot: Slot): number {
    let bytes = 0;
    for (let ordinal = 0; ordinal < this.fields; ordinal++) {
      if (this.rows[ordinal]![slot] !== noRow) bytes += this.strides[ordinal]!;
    }
    return bytes;
  }

  /** Marks free slots of a table that is being filled. */
  setFree(slots: Iterable<Slot>): void {
    for (const slot of slots) this.#setFree(slot);
    this.#freeStack = undefined;
  }

  #setFree(slot: Slot): void {
    setBit(this.free, slot);
    this.freeSlots++;
  }

  #setEntry(slot: Slot, entry: EntryPlace): void {
    this.entrySegment[slot] = entry.segment;
    this.entryOffset[slot] = entry.offset;
    this.entryLength[slot] = entry.length;
  }

  /** Makes way for a put. Slots that are passed over have lost their puts to compaction. */
  #vacate(slot: Slot): void {
    this.reserve(slot + 1);
    if (slot >= this.slots) {
      for (let gap = this.slots; gap < slot; gap++) {
        this.ids[gap] = 0;
        for (const rows of this.rows) rows[gap] = noRow;
        this.#setFree(gap);
      }
      if (slot > this.slots) this.#freeStack = undefined;
      this.slots = slot + 1;
      return;
    }
    if (this.isFree(slot)) {
      clearBit(this.free, slot);
      this.freeSlots--;
      if (this.#freeStack?.pop() !== slot) this.#freeStack = undefined;
    } else {
      // Replayed from a checkpoint of before the slot was released.
      this.usage.released(this.entrySegment[slot]!, this.entryLength[slot]!);
      this.usage.released(this.bornIn[slot]!, this.vectorBytes(slot));
    }
    if (this.bornIn[slot] !== noSegment) this.ghosts.add(slot, this.bornIn[slot]!, this.diedIn[slot]!);
  }
}

function grown(column: Uint32Array, capacity: number): Uint32Array {
  const larger = new Uint32Array(capacity);
  larger.set(column);
  return larger;
}
