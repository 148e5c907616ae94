/**
 * From ids to slots in one typed array: open addressing over a hash of the id, checked against the id that the slot table
 * keeps anyway. A Map would keep every id a second time, and take six times the memory.
 */
import type { PointId } from "../model/id.ts";
import type { Slot } from "./view.ts";

/** At most this share of the places is taken, so that a search for an id that is not there ends soon. */
const fullest = 0.6;
const fewestPlaces = 16;

export class IdMap {
  /** Ids by slot, the table's. The id of a slot in the map must not change. */
  readonly #ids: readonly PointId[];
  /** Slot + 1; 0: empty. A power of two of them. */
  #places: Uint32Array = new Uint32Array(fewestPlaces);
  #size = 0;

  constructor(ids: readonly PointId[]) {
    this.#ids = ids;
  }

  get size(): number {
    return this.#size;
  }

  get sizeBytes(): number {
    return this.#places.byteLength;
  }

  get(id: PointId): Slot | undefined {
    const found = this.#places[this.#find(id)]!;
    return found === 0 ? undefined : found - 1;
  }

  /** Lets the id of the slot lead to it, whichever slot it led to before. */
  set(slot: Slot): void {
    const at = this.#find(this.#ids[slot]!);
    if (this.#places[at] === 0) {
      this.#size++;
      if (this.#size > this.#places.length * fullest) {
        this.#grow(this.#places.length * 2);
        this.#places[this.#find(this.#ids[slot]!)] = slot + 1;
        return;
      }
    }
    this.#places[at] = slot + 1;
  }

  delete(id: PointId): void {
    const mask = this.#places.length - 1;
    let hole = this.#find(id);
    if (this.#places[hole] === 0) return;
    this.#size--;
    // What comes behind moves up where that brings it no further from its own place than an empty one would.
    for (let at = (hole + 1) & mask; this.#places[at] !== 0; at = (at + 1) & mask) {
      const home = hashOf(this.#ids[this.#places[at]! - 1]!) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#places[hole] = this.#places[at]!;
      hole = at;
    }
    this.#places[hole] = 0;
  }

  /** Makes room for so many ids at once. */
  reserve(size: number): void {
    let places = this.#places.length;
    while (size > places * fullest) places *= 2;
    if (places > this.#places.length) this.#grow(places);
  }

  /** Where the id is, or the empty place where it would be. */
  #find(id: PointId): number {
    const mask = this.#places.length - 1;
    let at = hashOf(id) & mask;
    for (let found = this.#places[at]!; found !== 0; found = this.#places[at]!) {
      if (this.#ids[found - 1] === id) return at;
      at = (at + 1) & mask;
    }
    return at;
  }

  #grow(places: number): void {
    const old = this.#places;
    this.#places = new Uint32Array(places);
    const mask = places - 1;
    for (const entry of old) {
      if (entry === 0) continue;
      let at = hashOf(this.#ids[entry - 1]!) & mask;
      while (this.#places[at] !== 0) at = (at + 1) & mask;
      this.#places[at] = entry;
    }
  }
}

function hashOf(id: PointId): number {
  if (typeof id === "number") return mixed(id | 0, Math.floor(id / 2 ** 32) | 0);
  if (typeof id === "string") {
    // FNV-1a over UTF-16 units.
    let hash = 0x811c9dc5;
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
    return mixed(hash, id.length);
  }
  return mixed(Number(BigInt.asIntN(32, id)), Number(BigInt.asIntN(32, id >> 32n)));
}

/** The finalizer of murmur3: numbers that follow each other, or differ in high bits alone, spread over all places. */
function mixed(low: number, high: number): number {
  let hash = low ^ Math.imul(high, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
