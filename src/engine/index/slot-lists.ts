/**
 * Many sorted lists of small integers, each with an optional weight, in two flat arrays: postings of words and
 * keywords, and the words of each slot. A list has room for a power of two and moves when it is full;
 * the room it leaves is kept for other lists of that size, so that no list costs an object.
 */
import { type Bitset, hasBit } from "../bitset.ts";
import { type ByteReader, type ByteWriter, damagedIndex } from "./bytes.ts";

export class SlotLists {
  /** Entries of list i: `values[starts[i] … starts[i] + lengths[i])`, ascending, without repeats. */
  values: Uint32Array = new Uint32Array(64);
  /** Parallel to `values`; empty when lists have no weights. */
  weights: Uint16Array;
  starts: Uint32Array = new Uint32Array(16);
  lengths: Uint32Array = new Uint32Array(16);
  /** Number of lists. */
  count = 0;
  /** Room of list i is 2^(rooms[i] − 1), 0 for none. */
  private rooms: Uint8Array = new Uint8Array(16);
  private used = 0;
  /** Starts of rooms that were left, by the logarithm of their size. */
  private free: number[][] = [];
  private readonly weighted: boolean;

  constructor(weighted: boolean) {
    this.weighted = weighted;
    this.weights = new Uint16Array(weighted ? 64 : 0);
  }

  /** Makes all lists up to and including `list` exist, the new ones empty. */
  ensure(list: number): void {
    if (list < this.count) return;
    this.count = list + 1;
    if (this.count <= this.starts.length) return;
    const size = Math.max(this.count, this.starts.length * 2);
    this.starts = copyInto(new Uint32Array(size), this.starts);
    this.lengths = copyInto(new Uint32Array(size), this.lengths);
    this.rooms = copyInto(new Uint8Array(size), this.rooms);
  }

  /** Puts a value in its place; one that is there gets the new weight. */
  set(list: number, value: number, weight = 0): void {
    this.ensure(list);
    const length = this.lengths[list]!;
    const end = this.starts[list]! + length;
    const isLast = length === 0 || this.values[end - 1]! < value;
    const place = isLast ? end : this.find(list, value);
    if (!isLast && this.values[place] === value) {
      if (this.weighted) this.weights[place] = weight;
      return;
    }
    const offset = place - this.starts[list]!;
    if (length >= this.roomOf(list)) this.move(list);
    const at = this.starts[list]! + offset;
    const last = this.starts[list]! + length;
    if (at < last) {
      this.values.copyWithin(at + 1, at, last);
      if (this.weighted) this.weights.copyWithin(at + 1, at, last);
    }
    this.values[at] = value;
    if (this.weighted) this.weights[at] = weight;
    this.lengths[list] = length + 1;
  }

  remove(list: number, value: number): void {
    if (list >= this.count) return;
    const place = this.find(list, value);
    const end = this.starts[list]! + this.lengths[list]!;
    if (place >= end || this.values[place] !== value) return;
    this.values.copyWithin(place, place + 1, end);
    if (this.weighted) this.weights.copyWithin(place, place + 1, end);
    this.lengths[list]! -= 1;
  }

  /** Empties a list and gives its room away. */
  clear(list: number): void {
    if (list >= this.count) return;
    const room = this.rooms[list]!;
    if (room > 0) this.leave(room, this.starts[list]!);
    this.rooms[list] = 0;
    this.lengths[list] = 0;
  }

  /** Drops the values that are set in `dead`, and packs the rest without spare room. */
  vacuum(dead: Bitset): void {
    let kept = 0;
    for (let list = 0; list < this.count; list++) {
      const end = this.starts[list]! + this.lengths[list]!;
      for (let i = this.starts[list]!; i < end; i++) if (!hasBit(dead, this.values[i]!)) kept += 1;
    }
    const values = new Uint32Array(kept);
    const weights = new Uint16Array(this.weighted ? kept : 0);
    const lengths = new Uint32Array(this.count);
    let at = 0;
    for (let list = 0; list < this.count; list++) {
      const start = at;
      const end = this.starts[list]! + this.lengths[list]!;
      for (let i = this.starts[list]!; i < end; i++) {
        if (hasBit(dead, this.values[i]!)) continue;
        if (this.weighted) weights[at] = this.weights[i]!;
        values[at++] = this.values[i]!;
      }
      lengths[list] = at - start;
    }
    this.adopt(lengths, values, weights);
  }

  /** Takes over the lists of another, which must not be used afterwards. */
  become(other: SlotLists): void {
    const weights = other.weighted ? other.packed(other.weights) : other.weights;
    this.adopt(other.lengths.slice(0, other.count), other.packed(other.values), weights);
  }

  get sizeBytes(): number {
    return this.values.byteLength + this.weights.byteLength + this.starts.length * 9;
  }

  save(writer: ByteWriter): void {
    writer.array(this.lengths.slice(0, this.count));
    writer.array(this.packed(this.values));
    writer.array(this.weighted ? this.packed(this.weights) : this.weights);
  }

  /** Every value must be below `limit`, and every list ascending. */
  load(reader: ByteReader, limit: number): void {
    const lengths = reader.uint32Array();
    const values = reader.uint32Array();
    const weights = reader.uint16Array();
    if (weights.length !== (this.weighted ? values.length : 0)) throw damagedIndex("weights are missing");
    let total = 0;
    for (const length of lengths) {
      const end = total + length;
      if (end > values.length) throw damagedIndex("a list is longer than its values");
      for (let i = total; i < end; i++) {
        if (values[i]! >= limit || (i > total && values[i]! <= values[i - 1]!)) {
          throw damagedIndex("a list is out of order or bounds");
        }
      }
      total = end;
    }
    if (total !== values.length) throw damagedIndex("values belong to no list");
    this.adopt(lengths, values, weights);
  }

  /** Takes lists that lie one behind the other. */
  private adopt(lengths: Uint32Array, values: Uint32Array, weights: Uint16Array): void {
    this.values = values;
    this.weights = weights;
    this.lengths = lengths;
    this.starts = new Uint32Array(lengths.length);
    this.rooms = new Uint8Array(lengths.length);
    this.count = lengths.length;
    this.used = values.length;
    this.free = [];
    let at = 0;
    for (let list = 0; list < lengths.length; list++) {
      this.starts[list] = at;
      at += lengths[list]!;
      // The largest power of two that fits: such a list moves on its next entry.
      this.rooms[list] = 32 - Math.clz32(lengths[list]!);
    }
  }

  /** The entries of all lists one behind the other. */
  private packed<T extends Uint16Array | Uint32Array>(entries: T): T {
    let total = 0;
    for (let list = 0; list < this.count; list++) total += this.lengths[list]!;
    const packed = (entries instanceof Uint32Array ? new Uint32Array(total) : new Uint16Array(total)) as T;
    let at = 0;
    for (let list = 0; list < this.count; list++) {
      const start = this.starts[list]!;
      packed.set(entries.subarray(start, start + this.lengths[list]!), at);
      at += this.lengths[list]!;
    }
    return packed;
  }

  private roomOf(list: number): number {
    const room = this.rooms[list]!;
    return room === 0 ? 0 : 2 ** (room - 1);
  }

  /** First place of the list whose value is not below `value`. */
  private find(list: number, value: number): number {
    let low = this.starts[list]!;
    let high = low + this.lengths[list]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.values[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Gives a list twice its room. */
  private move(list: number): void {
    const room = this.rooms[list]! + 1;
    const start = this.free[room]?.pop() ?? this.take(2 ** (room - 1));
    const from = this.starts[list]!;
    const end = from + this.lengths[list]!;
    this.values.copyWithin(start, from, end);
    if (this.weighted) this.weights.copyWithin(start, from, end);
    if (room > 1) this.leave(room - 1, from);
    this.starts[list] = start;
    this.rooms[list] = room;
  }

  private leave(room: number, start: number): void {
    this.free[room] ??= [];
    this.free[room].push(start);
  }

  private take(size: number): number {
    const start = this.used;
    this.used += size;
    if (this.used > this.values.length) {
      const room = Math.max(this.used, Math.floor(this.values.length * 1.5));
      this.values = copyInto(new Uint32Array(room), this.values);
      if (this.weighted) this.weights = copyInto(new Uint16Array(room), this.weights);
    }
    return start;
  }
}

function copyInto<T extends Uint8Array | Uint16Array | Uint32Array>(target: T, source: T): T {
  target.set(source);
  return target;
}
