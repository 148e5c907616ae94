/**
 * Numbers and instants (datetimes as microseconds since 1970), sorted by value for equality and ranges.
 */
import { FrancaError } from "../../errors.ts";
import type { FieldTest } from "../../model/checked-filter.ts";
import { formatDatetime, parseDatetime, parseLooseDatetime } from "../../model/datetime.ts";
import type { JsonValue } from "../../model/payload.ts";
import type { FacetValue } from "../../store.ts";
import { type Bitset, emptyBitset, hasBit } from "../bitset.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { exactly, type FieldIndex, type SlotBounds } from "./field-index.ts";
import type { FieldStatistics } from "./field-statistics.ts";
import { SortedEntries } from "./sorted-entries.ts";

export type NumberType = "integer" | "float" | "datetime";

/** Looked at in one step of a facet. */
const entriesPerStep = 32_768;

export class NumberIndex implements FieldIndex {
  private readonly type: NumberType;
  private readonly instantOf: (text: string) => number | undefined;
  private readonly entries: SortedEntries = new SortedEntries();

  /** @param lenient whether datetimes may be written less strictly */
  constructor(type: NumberType, lenient = false) {
    this.type = type;
    this.instantOf = lenient ? parseLooseDatetime : parseDatetime;
  }

  insert(slot: number, values: readonly JsonValue[]): void {
    for (const number of this.distinct(values)) this.entries.add(number, slot);
  }

  update(slot: number, before: readonly JsonValue[], after: readonly JsonValue[]): void {
    const old = this.distinct(before);
    const now = this.distinct(after);
    for (const number of old) if (!now.has(number)) this.entries.remove(number, slot);
    for (const number of now) if (!old.has(number)) this.entries.add(number, slot);
  }

  delete(): void {
    // Entries may keep dead slots: readers mask them, and vacuum drops them.
  }

  vacuum(dead: Bitset): void {
    this.entries.merge(dead);
  }

  bounds(test: FieldTest, slots: number): SlotBounds {
    const bits = emptyBitset(slots);
    if (test.operator === "in") {
      for (const value of test.values) {
        const only = Number(value);
        this.entries.select({ low: only, lowInclusive: true, high: only, highInclusive: true }, bits);
      }
    } else if (test.operator === "range") {
      this.entries.select(test.bounds, bits);
    } else {
      throw new FrancaError("internal", `no index answers ${test.operator} on ${this.type}`);
    }
    return exactly(bits);
  }

  estimate(test: FieldTest): number {
    if (test.operator === "range") return this.entries.count(test.bounds);
    if (test.operator !== "in") return 0;
    let entries = 0;
    for (const value of test.values) {
      const only = Number(value);
      entries += this.entries.count({ low: only, lowInclusive: true, high: only, highInclusive: true });
    }
    return entries;
  }

  statistics(): FieldStatistics {
    return this.entries.statistics();
  }

  *facet(allow: Bitset): Generator<void, FacetValue[]> {
    this.entries.merge();
    const found: { number: number; count: number }[] = [];
    for (const { slots, keys } of this.entries.inOrder(entriesPerStep)) {
      for (const [i, slot] of slots.entries()) {
        if (!hasBit(allow, slot)) continue;
        const number = keys[i]!;
        // Of a lenient field.
        if (this.type === "integer" && !Number.isInteger(number)) continue;
        const last = found.at(-1);
        if (last?.number === number) last.count += 1;
        else found.push({ number, count: 1 });
      }
      yield;
    }
    return found.map(({ number, count }) => ({
      value: this.type === "datetime" ? formatDatetime(number) : number,
      count,
    }));
  }

  /**
   * The first `k` allowed entries in order of their values, or against it, and all that are equal to the last of them. In steps,
   * between which the index must not be changed.
   */
  *first(
    k: number,
    { low, high, descending }: { low: number; high: number; descending: boolean },
    allow: Bitset,
  ): Generator<void, { slot: number; value: number }[]> {
    const found: { slot: number; value: number }[] = [];
    let looked = 0;
    for (const { slot, key } of this.entries.between(low, high, descending)) {
      if (++looked % entriesPerStep === 0) yield;
      if (found.length >= k && found.at(-1)!.value !== key) break;
      if (hasBit(allow, slot)) found.push({ slot, value: key });
    }
    return found;
  }

  get sizeBytes(): number {
    return this.entries.sizeBytes;
  }

  save(writer: ByteWriter): void {
    this.entries.save(writer);
  }

  load(reader: ByteReader, limit: number): void {
    this.entries.load(reader, limit);
  }

  /** Each number once: one slot is one entry a value. −0 is 0. */
  private distinct(values: readonly JsonValue[]): Set<number> {
    const numbers = new Set<number>();
    for (const value of values) {
      const number = this.type === "datetime" ? this.instant(value) : value;
      if (typeof number === "number") numbers.add(number);
    }
    return numbers;
  }

  private instant(value: JsonValue): number | undefined {
    return typeof value === "string" ? this.instantOf(value) : undefined;
  }
}
