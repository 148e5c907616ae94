/**
 * Strings compared as a whole (keywords; uuids in canonical form; booleans as "true" and "false"): a list of slots for each value.
 */
import { FrancaError } from "../../errors.ts";
import type { FieldTest } from "../../model/checked-filter.ts";
import type { JsonValue } from "../../model/payload.ts";
import { parseUuid } from "../../model/uuid.ts";
import type { FacetValue } from "../../store.ts";
import { type Bitset, emptyBitset, hasBit, setBit } from "../bitset.ts";
import { type ByteReader, type ByteWriter, damagedIndex } from "./bytes.ts";
import { exactly, type FieldIndex, type SlotBounds } from "./field-index.ts";
import { commonValues, type FieldStatistics } from "./field-statistics.ts";
import { SlotLists } from "./slot-lists.ts";

/** Of lists, looked at in one step of a facet. */
const entriesPerStep = 32_768;

/** Of all entries, a prefix is taken to have so many: counting them takes as long as finding them. */
const prefixShare = 0.1;

export type KeywordType = "keyword" | "uuid" | "bool";

export class KeywordIndex implements FieldIndex {
  private readonly type: KeywordType;
  private readonly numbers: Map<string, number> = new Map();
  private readonly slots: SlotLists = new SlotLists(false);

  constructor(type: KeywordType) {
    this.type = type;
  }

  insert(slot: number, values: readonly JsonValue[]): void {
    for (const value of values) {
      const key = this.keyOf(value);
      if (key === undefined) continue;
      let number = this.numbers.get(key);
      if (number === undefined) {
        number = this.numbers.size;
        this.numbers.set(key, number);
      }
      this.slots.set(number, slot);
    }
  }

  update(slot: number, before: readonly JsonValue[], after: readonly JsonValue[]): void {
    for (const value of before) {
      const key = this.keyOf(value);
      const number = key === undefined ? undefined : this.numbers.get(key);
      if (number !== undefined) this.slots.remove(number, slot);
    }
    this.insert(slot, after);
  }

  delete(): void {
    // Lists may keep dead slots: readers mask them, and vacuum drops them.
  }

  vacuum(dead: Bitset): void {
    this.slots.vacuum(dead);
    // Values that nothing holds any more go, so that churn of unique values does not grow the map.
    const kept = [...this.numbers].filter(([, number]) => this.slots.lengths[number]! > 0);
    if (kept.length > this.numbers.size / 2) return;
    const packed = new SlotLists(false);
    this.numbers.clear();
    for (const [key, number] of kept) {
      const start = this.slots.starts[number]!;
      const end = start + this.slots.lengths[number]!;
      for (let i = start; i < end; i++) packed.set(this.numbers.size, this.slots.values[i]!);
      this.numbers.set(key, this.numbers.size);
    }
    this.slots.become(packed);
  }

  bounds(test: FieldTest, slots: number): SlotBounds {
    const bits = emptyBitset(slots);
    for (const number of this.numbersFor(test)) {
      const start = this.slots.starts[number]!;
      const end = start + this.slots.lengths[number]!;
      for (let i = start; i < end; i++) setBit(bits, this.slots.values[i]!);
    }
    return exactly(bits);
  }

  estimate(test: FieldTest): number {
    if (test.operator === "prefix") return this.slots.values.length * prefixShare;
    let entries = 0;
    for (const number of this.numbersFor(test)) entries += this.slots.lengths[number]!;
    return entries;
  }

  /** Of the values that satisfy a test. */
  private *numbersFor(test: FieldTest): Generator<number> {
    if (test.operator === "prefix") {
      for (const [key, number] of this.numbers) if (key.startsWith(test.query)) yield number;
    } else if (test.operator === "in") {
      for (const value of test.values) {
        const number = this.numbers.get(String(value));
        if (number !== undefined) yield number;
      }
    } else {
      throw new FrancaError("internal", `no index answers ${test.operator} on ${this.type}`);
    }
  }

  statistics(): FieldStatistics {
    const { lengths } = this.slots;
    const counts = function* (numbers: Map<string, number>): Generator<[string, number]> {
      for (const [key, number] of numbers) yield [key, lengths[number]!];
    };
    return commonValues(counts(this.numbers));
  }

  *facet(allow: Bitset): Generator<void, FacetValue[]> {
    const found: FacetValue[] = [];
    const { starts, lengths, values } = this.slots;
    let looked = 0;
    for (const [key, number] of this.numbers) {
      const end = starts[number]! + lengths[number]!;
      let count = 0;
      for (let at = starts[number]!; at < end; at += entriesPerStep) {
        const to = Math.min(end, at + entriesPerStep);
        for (let i = at; i < to; i++) if (hasBit(allow, values[i]!)) count += 1;
        looked += to - at;
        if (looked < entriesPerStep) continue;
        looked = 0;
        yield;
      }
      if (count > 0) found.push({ value: this.type === "bool" ? key === "true" : key, count });
    }
    return found;
  }

  get sizeBytes(): number {
    // A map entry with a short string takes about 80 bytes in V8.
    return this.numbers.size * 80 + this.slots.sizeBytes;
  }

  save(writer: ByteWriter): void {
    writer.uint32(this.numbers.size);
    for (const key of this.numbers.keys()) writer.string(key);
    this.slots.save(writer);
  }

  load(reader: ByteReader, limit: number): void {
    const size = reader.uint32();
    for (let number = 0; number < size; number++) {
      const key = reader.string();
      if (this.numbers.has(key)) throw damagedIndex("a value occurs twice");
      this.numbers.set(key, number);
    }
    this.slots.load(reader, limit);
    if (this.slots.count !== size) throw damagedIndex("values and their lists differ in number");
  }

  /** The form in which equal values are the same string. */
  private keyOf(value: JsonValue): string | undefined {
    if (this.type === "bool") return typeof value === "boolean" ? String(value) : undefined;
    if (typeof value !== "string") return undefined;
    return this.type === "uuid" ? parseUuid(value) : value;
  }
}
