/**
 * The words of one text field: for each term the slots that hold it and how often, for each slot its terms and its length.
 * Statistics (documents, lengths, document frequencies) are exact over live slots, also while postings still hold dead ones.
 */

import { FrancaError } from "../../../errors.ts";
import type { FieldTest } from "../../../model/checked-filter.ts";
import type { JsonValue } from "../../../model/payload.ts";
import type { TextField } from "../../../model/schema.ts";
import { type Analyzer, analyzerOf } from "../../../text/analyzer.ts";
import { andInto, type Bitset, emptyBitset, setBit } from "../../bitset.ts";
import { type ByteReader, type ByteWriter, damagedIndex } from "../bytes.ts";
import { exactly, type FieldIndex, type SlotBounds } from "../field-index.ts";
import { commonValues, type FieldStatistics } from "../field-statistics.ts";
import { SlotLists } from "../slot-lists.ts";

const mostFrequent = 0xffff;

export class TextIndex implements FieldIndex {
  readonly analyzer: Analyzer;
  readonly k1: number;
  readonly b: number;
  /** Slots and term frequencies by term number. */
  readonly postings: SlotLists = new SlotLists(true);
  /** Tokens by slot; 0 for slots without, and for dead ones. */
  lengths: Uint32Array = new Uint32Array(64);
  /** Live slots with a token, and their tokens. */
  documents = 0;
  tokens = 0;
  private readonly numbers: Map<string, number> = new Map();
  /** Live slots by term number. */
  private frequencies: Uint32Array = new Uint32Array(64);
  /** Term numbers by slot, so that a dead slot's part of the statistics can be taken back. */
  private readonly termsOfSlot: SlotLists = new SlotLists(false);

  constructor(field: TextField) {
    this.analyzer = analyzerOf(field);
    this.k1 = field.k1 ?? 1.2;
    this.b = field.b ?? 0.75;
  }

  /** The number of a term that some slot held, for `postings`. */
  termNumber(term: string): number | undefined {
    return this.numbers.get(term);
  }

  documentFrequency(term: number): number {
    return this.frequencies[term]!;
  }

  insert(slot: number, values: readonly JsonValue[]): void {
    const counts = new Map<string, number>();
    let length = 0;
    for (const value of values) {
      if (typeof value !== "string") continue;
      for (const term of this.analyzer.terms(value)) {
        counts.set(term, (counts.get(term) ?? 0) + 1);
        length += 1;
      }
    }
    if (length === 0) return;
    for (const [term, count] of counts) {
      const number = this.numberOf(term);
      this.postings.set(number, slot, Math.min(count, mostFrequent));
      this.termsOfSlot.set(slot, number);
      this.frequencies[number]! += 1;
    }
    this.setLength(slot, length);
    this.documents += 1;
    this.tokens += length;
  }

  update(slot: number, before: readonly JsonValue[], after: readonly JsonValue[]): void {
    if (before.length === after.length && before.every((value, i) => value === after[i])) return;
    // A live slot's old words must not stay behind in the postings, as they would for a dead one.
    for (const term of this.termsOf(slot)) this.postings.remove(term, slot);
    this.delete(slot);
    this.insert(slot, after);
  }

  delete(slot: number): void {
    const length = this.lengths[slot] ?? 0;
    if (length === 0) return;
    for (const term of this.termsOf(slot)) this.frequencies[term]! -= 1;
    this.termsOfSlot.clear(slot);
    this.lengths[slot] = 0;
    this.documents -= 1;
    this.tokens -= length;
  }

  vacuum(dead: Bitset): void {
    this.postings.vacuum(dead);
    const live = [...this.numbers].filter(([, number]) => this.frequencies[number]! > 0);
    if (live.length > this.numbers.size / 2) return;
    this.renumber(live);
  }

  bounds(test: FieldTest, slots: number): SlotBounds {
    if (test.operator === "in") return this.boundsOfWhole(test.values, slots);
    if (test.operator !== "match") {
      throw new FrancaError("internal", `no index answers ${test.operator} on text`);
    }
    const units = this.analyzer.asked(test.query);
    const terms = [...new Set(units)];
    if (test.mode !== "any") {
      const all = this.slotsWithAll(terms, slots);
      // One word is a phrase wherever it stands; of several the index knows no order.
      const inDoubt = test.mode === "phrase" && units.length > 1;
      return inDoubt ? { sure: emptyBitset(slots), possible: all } : exactly(all);
    }
    const any = emptyBitset(slots);
    for (const term of terms) this.addSlots(term, any);
    return exactly(any);
  }

  /** Words as if independent of each other; of several in a row, as many as hold them all. */
  estimate(test: FieldTest): number {
    if (this.documents === 0) return 0;
    const share = (term: string): number => {
      const number = this.numbers.get(term);
      return number === undefined ? 0 : this.frequencies[number]! / this.documents;
    };
    const all = (terms: readonly string[]): number =>
      terms.reduce((product, term) => product * share(term), terms.length === 0 ? 0 : 1);
    const { analyzer } = this;
    if (test.operator === "in") {
      const shares = test.values.map((value) => all([...new Set(analyzer.terms(String(value)))]));
      return (
        this.documents *
        Math.min(
          1,
          shares.reduce((sum, one) => sum + one, 0),
        )
      );
    }
    if (test.operator !== "match") return 0;
    const terms = [...new Set(analyzer.asked(test.query))];
    if (test.mode !== "any") return this.documents * all(terms);
    return this.documents * (1 - terms.reduce((left, term) => left * (1 - share(term)), 1));
  }

  statistics(): FieldStatistics {
    const { frequencies } = this;
    const counts = function* (numbers: Map<string, number>): Generator<[string, number]> {
      for (const [term, number] of numbers) yield [term, frequencies[number]!];
    };
    return commonValues(counts(this.numbers));
  }

  get sizeBytes(): number {
    const lists = this.postings.sizeBytes + this.termsOfSlot.sizeBytes;
    return lists + this.numbers.size * 80 + this.frequencies.byteLength + this.lengths.byteLength;
  }

  save(writer: ByteWriter): void {
    writer.uint32(this.numbers.size);
    for (const term of this.numbers.keys()) writer.string(term);
    this.postings.save(writer);
    this.termsOfSlot.save(writer);
    writer.array(this.lengths.slice(0, this.termsOfSlot.count));
  }

  load(reader: ByteReader, limit: number): void {
    const size = reader.uint32();
    for (let number = 0; number < size; number++) {
      const term = reader.string();
      if (this.numbers.has(term)) throw damagedIndex("a term occurs twice");
      this.numbers.set(term, number);
    }
    this.postings.load(reader, limit);
    this.termsOfSlot.load(reader, size);
    this.lengths = reader.uint32Array();
    const slots = this.termsOfSlot.count;
    if (this.postings.count > size || slots > limit || this.lengths.length !== slots) {
      throw damagedIndex("the parts of a text index do not fit together");
    }
    if (size > 0) this.postings.ensure(size - 1);
    this.frequencies = new Uint32Array(Math.max(64, size));
    for (let slot = 0; slot < slots; slot++) {
      const terms = this.termsOf(slot);
      if ((terms.length === 0) !== (this.lengths[slot] === 0) || terms.length > this.lengths[slot]!) {
        throw damagedIndex("a length does not fit its terms");
      }
      if (terms.length === 0) continue;
      for (const term of terms) this.frequencies[term]! += 1;
      this.documents += 1;
      this.tokens += this.lengths[slot]!;
    }
    for (let term = 0; term < size; term++) {
      if (this.frequencies[term]! > this.postings.lengths[term]!) throw damagedIndex("postings are missing");
    }
  }

  private numberOf(term: string): number {
    const known = this.numbers.get(term);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(term, number);
    if (number >= this.frequencies.length) {
      const grown = new Uint32Array(number * 2);
      grown.set(this.frequencies);
      this.frequencies = grown;
    }
    this.frequencies[number] = 0;
    return number;
  }

  private setLength(slot: number, length: number): void {
    if (slot >= this.lengths.length) {
      const grown = new Uint32Array(Math.max(slot + 1, this.lengths.length * 2));
      grown.set(this.lengths);
      this.lengths = grown;
    }
    this.lengths[slot] = length;
  }

  private termsOf(slot: number): Uint32Array {
    if (slot >= this.termsOfSlot.count) return new Uint32Array(0);
    const start = this.termsOfSlot.starts[slot]!;
    return this.termsOfSlot.values.subarray(start, start + this.termsOfSlot.lengths[slot]!);
  }

  /** `eq` and `in` compare the whole text: its words narrow, the payload decides. */
  private boundsOfWhole(values: readonly (string | number | boolean)[], slots: number): SlotBounds {
    const possible = emptyBitset(slots);
    for (const value of values) {
      const terms = [...new Set(this.analyzer.terms(String(value)))];
      if (terms.length === 0) return { sure: emptyBitset(slots), possible: possible.fill(0xffffffff) };
      const all = this.slotsWithAll(terms, slots);
      for (let i = 0; i < all.length; i++) possible[i]! |= all[i]!;
    }
    return { sure: emptyBitset(slots), possible };
  }

  private slotsWithAll(terms: readonly string[], slots: number): Bitset {
    const all = emptyBitset(slots);
    for (const [i, term] of terms.entries()) {
      if (i === 0) {
        this.addSlots(term, all);
        continue;
      }
      const some = emptyBitset(slots);
      this.addSlots(term, some);
      andInto(all, some);
    }
    return all;
  }

  private addSlots(term: string, bits: Bitset): void {
    const number = this.numbers.get(term);
    if (number === undefined || number >= this.postings.count) return;
    const start = this.postings.starts[number]!;
    const end = start + this.postings.lengths[number]!;
    for (let i = start; i < end; i++) setBit(bits, this.postings.values[i]!);
  }

  /** Keeps only the terms given, under new numbers in the same order. */
  private renumber(kept: readonly (readonly [string, number])[]): void {
    const postings = new SlotLists(true);
    const newNumbers = new Uint32Array(this.numbers.size);
    const frequencies = new Uint32Array(Math.max(64, kept.length));
    this.numbers.clear();
    for (const [term, old] of kept) {
      const number = this.numbers.size;
      this.numbers.set(term, number);
      newNumbers[old] = number;
      frequencies[number] = this.frequencies[old]!;
      const start = this.postings.starts[old]!;
      const end = start + this.postings.lengths[old]!;
      for (let i = start; i < end; i++)
        postings.set(number, this.postings.values[i]!, this.postings.weights[i]);
    }
    const termsOfSlot = new SlotLists(false);
    for (let slot = 0; slot < this.termsOfSlot.count; slot++) {
      termsOfSlot.ensure(slot);
      for (const old of this.termsOf(slot)) termsOfSlot.set(slot, newNumbers[old]!);
    }
    this.frequencies = frequencies;
    this.postings.become(postings);
    this.termsOfSlot.become(termsOfSlot);
  }
}
