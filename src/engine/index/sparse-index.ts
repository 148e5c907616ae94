/**
 * Postings of a sparse field: by index the slots that have a component there, with its value. In memory, derived from the
 * points' entries. A slot's vector never changes while its point lives; dead slots stay in the postings until a vacuum.
 */
import type { SparseVector } from "../../model/point.ts";
import { type Bitset, clearBit, countBits, emptyBitset, grownBitset, hasBit, setBit } from "../bitset.ts";

export interface Posting {
  /** In the order in which they were put; as many as `length`. */
  slots: Uint32Array;
  values: Float32Array;
  length: number;
}

/** A Map's entry and two arrays, about. */
const bytesPerPosting = 300;
/** Postings looked at in one step of a vacuum. */
const postingsPerStep = 256;

export class SparseIndex {
  /** Live slots that have the field. May be shorter than the collection. Do not change it. */
  has: Bitset = emptyBitset(0);
  /** Those of them whose vector has a component. */
  filled: Bitset = emptyBitset(0);
  #dead: Bitset = emptyBitset(0);
  readonly #postings = new Map<number, Posting>();
  /** Components that there is room for. */
  #room = 0;

  /** Undefined where no point has a component. Its arrays may be kept: what changes later is beyond `length`, or elsewhere. */
  posting(index: number): Readonly<Posting> | undefined {
    const posting = this.#postings.get(index);
    return posting && { ...posting };
  }

  insert(slot: number, { indices, values }: SparseVector): void {
    if (hasBit(this.#dead, slot)) for (const _ of this.vacuum());
    this.has = grownBitset(this.has, slot + 1);
    setBit(this.has, slot);
    this.filled = grownBitset(this.filled, slot + 1);
    if (indices.length > 0) setBit(this.filled, slot);
    for (const [i, index] of indices.entries()) {
      let posting = this.#postings.get(index);
      if (posting === undefined) {
        posting = { slots: new Uint32Array(1), values: new Float32Array(1), length: 0 };
        this.#postings.set(index, posting);
        this.#room += 1;
      } else if (posting.length === posting.slots.length) {
        this.#room += posting.length;
        resize(posting, posting.length * 2);
      }
      posting.slots[posting.length] = slot;
      posting.values[posting.length] = values[i]!;
      posting.length += 1;
    }
  }

  /** The point died; nothing happens where it lacks the field. */
  delete(slot: number): void {
    if (!hasBit(this.has, slot)) return;
    clearBit(this.has, slot);
    clearBit(this.filled, slot);
    this.#dead = grownBitset(this.#dead, slot + 1);
    setBit(this.#dead, slot);
  }

  /** Forgets the slots that are dead when it begins. In steps; points may die and be put in between. */
  *vacuum(): Generator<void> {
    const dead = this.#dead.slice();
    if (countBits(dead) === 0) return;
    let looked = 0;
    for (const [index, posting] of this.#postings) {
      if (++looked % postingsPerStep === 0) yield;
      let kept = 0;
      for (let i = 0; i < posting.length; i++) if (!hasBit(dead, posting.slots[i]!)) kept += 1;
      if (kept === posting.length) continue;
      this.#room -= posting.slots.length;
      if (kept === 0) this.#postings.delete(index);
      else {
        this.#postings.set(index, withoutDead(posting, dead, kept));
        this.#room += kept;
      }
    }
    for (let i = 0; i < dead.length; i++) this.#dead[i]! &= ~dead[i]!;
  }

  get sizeBytes(): number {
    return (
      2 * this.has.byteLength + this.#dead.byteLength + this.#postings.size * bytesPerPosting + this.#room * 8
    );
  }
}

function resize(posting: Posting, room: number): void {
  const slots = new Uint32Array(room);
  slots.set(posting.slots);
  const values = new Float32Array(room);
  values.set(posting.values);
  posting.slots = slots;
  posting.values = values;
}

/** A new one: a search may be in the middle of the old. */
function withoutDead({ slots, values, length }: Posting, dead: Bitset, kept: number): Posting {
  const left: Posting = { slots: new Uint32Array(kept), values: new Float32Array(kept), length: 0 };
  for (let i = 0; i < length; i++) {
    if (hasBit(dead, slots[i]!)) continue;
    left.slots[left.length] = slots[i]!;
    left.values[left.length] = values[i]!;
    left.length += 1;
  }
  return left;
}
