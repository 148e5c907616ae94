/**
 * (key, slot) pairs sorted by key, then slot, for ranges: a sorted body, and an unsorted tail that is merged in when it
 * has grown. A second number may ride along with each pair (geo keeps the longitude beside the latitude).
 */
import { type Bounds, isInBounds } from "../../model/checked-filter.ts";
import { type Bitset, emptyBitset, grownBitset, hasBit, setBit } from "../bitset.ts";
import { type ByteReader, type ByteWriter, damagedIndex } from "./bytes.ts";
import type { FieldStatistics } from "./field-statistics.ts";

/** The tail is merged when it is longer than this, and on inserts only when it is also a quarter of the body. */
const longestTail = 4096;
/** Entries looked at for an estimate. */
const mostLooks = 64;
/** Ranges of a histogram. */
const buckets = 32;

export class SortedEntries {
  private keys: Float64Array = new Float64Array(0);
  private slots: Uint32Array = new Uint32Array(0);
  private extras: Float64Array = new Float64Array(0);
  /** Places of the body whose entry was removed. */
  private removed: Bitset = emptyBitset(0);
  private removedCount = 0;
  private tailKeys: Float64Array = new Float64Array(64);
  private tailSlots: Uint32Array = new Uint32Array(64);
  private tailExtras: Float64Array = new Float64Array(64);
  private tail = 0;

  add(key: number, slot: number, extra = 0): void {
    if (this.tail === this.tailKeys.length) this.growTail();
    this.tailKeys[this.tail] = key;
    this.tailSlots[this.tail] = slot;
    this.tailExtras[this.tail] = extra;
    this.tail += 1;
    if (this.tail > Math.max(longestTail, this.keys.length / 4)) this.merge();
  }

  /** Removes one entry equal in all three parts. */
  remove(key: number, slot: number, extra = 0): void {
    for (let i = this.lowerBound(key); i < this.keys.length && this.keys[i] === key; i++) {
      if (this.slots[i] !== slot || this.extras[i] !== extra || hasBit(this.removed, i)) continue;
      this.removed = grownBitset(this.removed, this.keys.length);
      setBit(this.removed, i);
      this.removedCount += 1;
      return;
    }
    for (let i = 0; i < this.tail; i++) {
      if (this.tailKeys[i] !== key || this.tailSlots[i] !== slot || this.tailExtras[i] !== extra) continue;
      this.tail -= 1;
      this.tailKeys[i] = this.tailKeys[this.tail]!;
      this.tailSlots[i] = this.tailSlots[this.tail]!;
      this.tailExtras[i] = this.tailExtras[this.tail]!;
      return;
    }
  }

  /** Visits every entry with low ≤ key ≤ high; the sorted ones first, in order. */
  visit(low: number, high: number, seen: (slot: number, key: number, extra: number) => void): void {
    if (this.tail > longestTail) this.merge();
    const { keys, slots, extras } = this;
    const someRemoved = this.removedCount > 0;
    for (let i = this.lowerBound(low); i < keys.length && keys[i]! <= high; i++) {
      if (someRemoved && hasBit(this.removed, i)) continue;
      seen(slots[i]!, keys[i]!, extras[i]!);
    }
    for (let i = 0; i < this.tail; i++) {
      const key = this.tailKeys[i]!;
      if (key >= low && key <= high) seen(this.tailSlots[i]!, key, this.tailExtras[i]!);
    }
  }

  /** The sorted ones, in pieces; those of a tail are left out, see `merge`. */
  *inOrder(perPiece: number): Generator<{ slots: Uint32Array; keys: Float64Array }> {
    for (let from = 0; from < this.keys.length; from += perPiece) {
      const to = Math.min(this.keys.length, from + perPiece);
      if (this.removedCount === 0) {
        yield { slots: this.slots.subarray(from, to), keys: this.keys.subarray(from, to) };
        continue;
      }
      const kept: number[] = [];
      for (let i = from; i < to; i++) if (!hasBit(this.removed, i)) kept.push(i);
      yield {
        slots: Uint32Array.from(kept, (i) => this.slots[i]!),
        keys: Float64Array.from(kept, (i) => this.keys[i]!),
      };
    }
  }

  /** Entries with low ≤ key ≤ high, in order or against it. */
  *between(low: number, high: number, descending: boolean): Generator<{ slot: number; key: number }> {
    this.merge();
    const from = this.lowerBound(low);
    const to = this.lowerBound(high, true);
    for (let i = 0; i < to - from; i++) {
      const at = descending ? to - 1 - i : from + i;
      yield { slot: this.slots[at]!, key: this.keys[at]! };
    }
  }

  /** Sets the bits of all slots with a key within the bounds. */
  select({ low, lowInclusive, high, highInclusive }: Bounds, bits: Bitset): void {
    if (this.tail > longestTail) this.merge();
    const { slots } = this;
    const end = this.lowerBound(high, highInclusive);
    const someRemoved = this.removedCount > 0;
    for (let i = this.lowerBound(low, !lowInclusive); i < end; i++) {
      if (!someRemoved || !hasBit(this.removed, i)) setBit(bits, slots[i]!);
    }
    for (let i = 0; i < this.tail; i++) {
      if (isInBounds(this.tailKeys[i]!, { low, lowInclusive, high, highInclusive })) {
        setBit(bits, this.tailSlots[i]!);
      }
    }
  }

  /** About how many entries have a key within the bounds: exactly in the body, and in a tail that is not long. */
  count(bounds: Bounds): number {
    const { low, lowInclusive, high, highInclusive } = bounds;
    const body = this.lowerBound(high, highInclusive) - this.lowerBound(low, !lowInclusive);
    const looked = Math.min(this.tail, longestTail);
    let tail = 0;
    for (let i = 0; i < looked; i++) if (isInBounds(this.tailKeys[i]!, bounds)) tail += 1;
    const kept = this.keys.length === 0 ? 1 : 1 - this.removedCount / this.keys.length;
    return Math.max(0, body) * kept + (looked === 0 ? 0 : (tail * this.tail) / looked);
  }

  /** About how many entries with low ≤ key ≤ high are `wanted`, by looking at a few that lie evenly among them. */
  countSome(low: number, high: number, wanted: (key: number, extra: number) => boolean): number {
    const from = this.lowerBound(low);
    const total = this.lowerBound(high, true) - from;
    // Nothing is sorted yet: the few that are there are looked at wherever they lie.
    if (total <= 0) {
      const looks = Math.min(this.tail, longestTail);
      let found = 0;
      for (let i = 0; i < looks; i++) {
        const key = this.tailKeys[i]!;
        if (key >= low && key <= high && wanted(key, this.tailExtras[i]!)) found += 1;
      }
      return looks === 0 ? 0 : (found * this.tail) / looks;
    }
    // What is not merged yet is like what is.
    const within = this.count({ low, lowInclusive: true, high, highInclusive: true });
    const looks = Math.min(total, mostLooks);
    let found = 0;
    for (let i = 0; i < looks; i++) {
      const at = from + Math.floor(((i + 0.5) * total) / looks);
      if (wanted(this.keys[at]!, this.extras[at]!)) found += 1;
    }
    return (within * Math.max(found, 0.5)) / looks;
  }

  statistics(): FieldStatistics {
    this.merge();
    const histogram: number[] = [];
    const last = this.keys.length - 1;
    for (let i = 0; i <= buckets && last >= 0; i++)
      histogram.push(this.keys[Math.floor((i * last) / buckets)]!);
    return { entries: this.keys.length, histogram };
  }

  /** Merges the tail, so that the next visit sees all entries in order. */
  merge(dead?: Bitset): void {
    const order = new Uint32Array(this.tail).map((_, i) => i);
    order.sort((a, b) => this.tailKeys[a]! - this.tailKeys[b]! || this.tailSlots[a]! - this.tailSlots[b]!);
    const size = this.keys.length - this.removedCount + this.tail;
    const keys = new Float64Array(size);
    const slots = new Uint32Array(size);
    const extras = new Float64Array(size);
    let at = 0;
    const put = (key: number, slot: number, extra: number): void => {
      if (dead !== undefined && hasBit(dead, slot)) return;
      keys[at] = key;
      slots[at] = slot;
      extras[at++] = extra;
    };
    let next = 0;
    for (let i = 0; i < this.keys.length; i++) {
      if (this.removedCount > 0 && hasBit(this.removed, i)) continue;
      const key = this.keys[i]!;
      const slot = this.slots[i]!;
      for (; next < this.tail; next++) {
        const from = order[next]!;
        const tailKey = this.tailKeys[from]!;
        if (tailKey > key || (tailKey === key && this.tailSlots[from]! > slot)) break;
        put(tailKey, this.tailSlots[from]!, this.tailExtras[from]!);
      }
      put(key, slot, this.extras[i]!);
    }
    for (; next < this.tail; next++) {
      const from = order[next]!;
      put(this.tailKeys[from]!, this.tailSlots[from]!, this.tailExtras[from]!);
    }
    this.adopt(keys.subarray(0, at), slots.subarray(0, at), extras.subarray(0, at));
  }

  get sizeBytes(): number {
    return this.keys.length * 20 + this.removed.byteLength + this.tailKeys.length * 20;
  }

  save(writer: ByteWriter): void {
    this.merge();
    writer.array(this.keys);
    writer.array(this.slots);
    writer.array(this.extras);
  }

  load(reader: ByteReader, limit: number): void {
    const keys = reader.float64Array();
    const slots = reader.uint32Array();
    const extras = reader.float64Array();
    if (slots.length !== keys.length || extras.length !== keys.length) {
      throw damagedIndex("sorted entries have parts of different lengths");
    }
    for (let i = 0; i < keys.length; i++) {
      if (slots[i]! >= limit || Number.isNaN(keys[i]) || Number.isNaN(extras[i])) {
        throw damagedIndex("a sorted entry is out of bounds");
      }
      const ordered =
        i === 0 || keys[i - 1]! < keys[i]! || (keys[i - 1] === keys[i] && slots[i - 1]! <= slots[i]!);
      if (!ordered) throw damagedIndex("sorted entries are out of order");
    }
    this.adopt(keys, slots, extras);
  }

  private adopt(keys: Float64Array, slots: Uint32Array, extras: Float64Array): void {
    this.keys = keys;
    this.slots = slots;
    this.extras = extras;
    this.removed = emptyBitset(0);
    this.removedCount = 0;
    this.tail = 0;
  }

  /** First place of the body whose key is not below `key`, or, to come behind equal keys, above it. */
  private lowerBound(key: number, behindEqual = false): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[middle]! < key || (behindEqual && this.keys[middle] === key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private growTail(): void {
    const grow = <T extends Float64Array | Uint32Array>(target: T, source: T): T => {
      target.set(source);
      return target;
    };
    const size = this.tailKeys.length * 2;
    this.tailKeys = grow(new Float64Array(size), this.tailKeys);
    this.tailSlots = grow(new Uint32Array(size), this.tailSlots);
    this.tailExtras = grow(new Float64Array(size), this.tailExtras);
  }
}
