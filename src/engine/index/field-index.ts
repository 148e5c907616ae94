/**
 * What the index of one declared field offers. Presence (exists, isNull, isEmpty) is kept for every type alike;
 * each kind of index lies in its own file and answers its own tests.
 */
import type { FieldTest } from "../../model/checked-filter.ts";
import type { JsonValue } from "../../model/payload.ts";
import type { FacetValue } from "../../store.ts";
import type { Bitset } from "../bitset.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import type { FieldStatistics } from "./field-statistics.ts";

/**
 * Which slots satisfy a test: those in `sure` do, those outside of `possible` do not, the rest must be looked at.
 * Deleted slots may be in either. Both are the caller's to change, and one and the same bitset when nothing is in doubt.
 */
export interface SlotBounds {
  sure: Bitset;
  possible: Bitset;
}

export interface FieldIndex {
  /** `values` of a live slot, nulls left out; a value of another type than the field's is passed over. */
  insert(slot: number, values: readonly JsonValue[]): void;
  update(slot: number, before: readonly JsonValue[], after: readonly JsonValue[]): void;
  delete(slot: number): void;
  /** Forgets the dead slots for good. */
  vacuum(dead: Bitset): void;
  /** Bitsets of at least `slots` bits. The test is one the field's type knows, other than presence. */
  bounds(test: FieldTest, slots: number): SlotBounds;
  /** About how many slots satisfy a test that `bounds` knows, without looking at any; deleted ones may count. */
  estimate(test: FieldTest): number;
  statistics(): FieldStatistics;
  /**
   * Each value with the number of allowed slots that hold it, none of them 0; undefined for types without facets. In steps,
   * between which the index must not be changed.
   */
  facet?(allow: Bitset): Generator<void, FacetValue[]>;
  readonly sizeBytes: number;
  save(writer: ByteWriter): void;
  /** @throws FrancaError data_loss; no slot may be `limit` or more */
  load(reader: ByteReader, limit: number): void;
}

/** Bounds without doubt. */
export function exactly(bits: Bitset): SlotBounds {
  return { sure: bits, possible: bits };
}
