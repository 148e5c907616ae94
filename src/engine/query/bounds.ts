/**
 * What the indexes know of a filter: slots that surely match and slots that possibly do. The two are carried through
 * and, or and not; where they differ, payloads must be read.
 */
import {
  type CheckedCondition,
  type CheckedFilter,
  isInBounds,
  isPresence,
} from "../../model/checked-filter.ts";
import type { Explanation } from "../../model/result.ts";
import type { PayloadField } from "../../model/schema.ts";
import { vectorNames } from "../../model/validate-example.ts";
import { andInto, type Bitset, countBits, emptyBitset, orInto, setBit } from "../bitset.ts";
import { exactly, type SlotBounds } from "../index/field-index.ts";
import type { CollectionView } from "../view.ts";
import { estimateShare } from "./estimate.ts";
import { filterCostsOf } from "./filter-costs.ts";
import { filterShape } from "./filter-shape.ts";

export interface BoundsOptions {
  /** Where the steps are told. */
  steps?: Explanation[];
  /** Whether conditions of a conjunction may be left in doubt when reading the few payloads it leaves is cheaper. */
  mayLeaveDoubt?: boolean;
}

/** Bits of deleted slots, and past `slots`, mean nothing: AND the outcome with the live ones. */
export function boundsOf(
  filter: CheckedFilter,
  view: CollectionView,
  slots: number,
  options: BoundsOptions = {},
): SlotBounds {
  switch (filter.kind) {
    case "and":
      return boundsOfAll(filter.filters, view, slots, options);
    case "or":
      return filter.filters
        .map((part) => boundsOf(part, view, slots))
        .reduce(both(orInto), exactly(emptyBitset(slots)));
    case "minShould": {
      const parts = filter.filters.map((part) => boundsOf(part, view, slots));
      const sure = atLeast(
        filter.count,
        parts.map((part) => part.sure),
        slots,
      );
      if (parts.every((part) => part.sure === part.possible)) return exactly(sure);
      return {
        sure,
        possible: atLeast(
          filter.count,
          parts.map((part) => part.possible),
          slots,
        ),
      };
    }
    case "hasVector": {
      const bits = emptyBitset(slots);
      if (hasField(view, filter.name))
        orInto(bits, view.slotsWithVector(filter.name).subarray(0, bits.length));
      return exactly(bits);
    }
    case "not": {
      const { sure, possible } = boundsOf(filter.filter, view, slots);
      if (sure === possible) return exactly(complement(sure));
      return { sure: complement(possible), possible: complement(sure) };
    }
    case "ids": {
      const bits = emptyBitset(slots);
      for (const id of filter.ids) {
        const slot = view.slotOf(id);
        // A slot given out after the snapshot is not in it.
        if (slot !== undefined && slot < slots) setBit(bits, slot);
      }
      return exactly(bits);
    }
    case "nested":
      return { sure: emptyBitset(slots), possible: reachOf(filter.filter, view, slots) };
    case "field":
      return boundsOfCondition(filter, view, slots);
  }
}

/** A conjunction, beginning with what leaves least; what comes later may then not matter any more. */
function boundsOfAll(
  filters: readonly CheckedFilter[],
  view: CollectionView,
  slots: number,
  { steps, mayLeaveDoubt = false }: BoundsOptions,
): SlotBounds {
  const parts = filters.map((filter) => ({
    filter,
    share: narrows(filter, view) ? estimateShare(filter, view) : 1,
  }));
  parts.sort((a, b) => a.share - b.share);
  const costs = filterCostsOf(view.indexes);
  let bounds = exactly(allSlots(slots));
  let left = 1;
  for (const [i, { filter, share }] of parts.entries()) {
    const start = performance.now();
    // Few are expected to be left: whether that is so is worth counting.
    const buildMs = share * view.points * costs.entryMs;
    if (i > 0 && (left * view.points < 1 || left * view.points * costs.payloadMs < buildMs / 2)) {
      const count = countBits(bounds.possible);
      if (count === 0) break;
      if (mayLeaveDoubt && count * costs.payloadMs < buildMs / 2) {
        const choice = `${describe(filter)} and what follows left to the payloads of ${count} points`;
        const timeMs = performance.now() - start;
        steps?.push({ step: "index", choice, actual: count, startMs: start, timeMs });
        return { sure: emptyBitset(slots), possible: bounds.possible };
      }
    }
    const one = boundsOf(filter, view, slots);
    left *= share;
    if (steps !== undefined) {
      const estimate = Math.round(share * view.points);
      const actual = countBits(one.possible);
      steps.push({
        step: "index",
        choice: describe(filter),
        estimate,
        actual,
        startMs: start,
        timeMs: performance.now() - start,
      });
    }
    bounds = both(andInto)(bounds, one);
  }
  return bounds;
}

/** Whether the indexes say anything of it. */
function narrows(filter: CheckedFilter, view: CollectionView): boolean {
  switch (filter.kind) {
    case "and":
    case "or":
    case "minShould":
      return filter.filters.some((part) => narrows(part, view));
    case "not":
    case "nested":
      return narrows(filter.filter, view);
    case "ids":
    case "hasVector":
      return true;
    case "field":
      return view.indexes.field(filter.path) !== undefined;
  }
}

function describe(filter: CheckedFilter): string {
  const shape = filterShape(filter);
  return shape.length <= 60 ? shape : `${shape.slice(0, 60)}…`;
}

function boundsOfCondition(
  { path, at, test, declared }: CheckedCondition,
  view: CollectionView,
  slots: number,
): SlotBounds {
  const field = view.indexes.field(path);
  if (field === undefined) return { sure: emptyBitset(slots), possible: allSlots(slots) };
  const filled = (): Bitset => {
    const bits = emptyBitset(slots);
    orInto(bits, field.filled.subarray(0, bits.length));
    return bits;
  };
  if (isPresence(test)) {
    const bits = test.operator === "isNull" ? emptyBitset(slots) : filled();
    if (test.operator !== "isEmpty") orInto(bits, field.nulls.subarray(0, bits.length));
    const holdsWhenSet = test.operator !== "isEmpty";
    if (test.operator === "exists" && at.syntax === "explicit") {
      // An empty array exists, is not null and fills nothing.
      return test.expected
        ? { sure: bits, possible: allSlots(slots) }
        : { sure: emptyBitset(slots), possible: complement(bits) };
    }
    return exactly(test.expected === holdsWhenSet ? bits : complement(bits));
  }
  if (test.operator === "valuesCount")
    return isInBounds(0, test.bounds)
      ? { sure: emptyBitset(slots), possible: allSlots(slots) }
      : { sure: emptyBitset(slots), possible: filled() };
  if (declared === undefined || !isIndexed(test, declared))
    return { sure: emptyBitset(slots), possible: filled() };
  return field.index.bounds(test, slots);
}

/** Tests that hold for values only that are not null, and that no index decides. */
const payloadsDecide: ReadonlySet<string> = new Set(["notIn", "substring", "valuesCount"]);

/** Whether the index of a field with a suiting type knows the test. */
export function isIndexed({ operator }: CheckedCondition["test"], { type }: PayloadField): boolean {
  return !payloadsDecide.has(operator) && (operator !== "prefix" || type === "keyword");
}

/** Whether a vector field, of any kind, has this name. */
export function hasField(
  view: Pick<CollectionView, "vectorFields" | "sparseFields" | "multiFields">,
  name: string,
): boolean {
  return vectorNames(view).includes(name);
}

/** Slots that are in at least `count` of the sets. */
function atLeast(count: number, sets: readonly Bitset[], slots: number): Bitset {
  if (count === 0) return allSlots(slots);
  if (count > sets.length) return emptyBitset(slots);
  // By how many of the sets seen so far a slot is in at least.
  const reached = Array.from({ length: count }, () => emptyBitset(slots));
  for (const set of sets) {
    for (let i = count - 1; i >= 0; i--) {
      const before = reached[i - 1];
      const now = reached[i]!;
      for (let word = 0; word < now.length; word++) {
        now[word]! |= before === undefined ? set[word]! : set[word]! & before[word]!;
      }
    }
  }
  return reached[count - 1]!;
}

/**
 * Slots that can match a filter inside `nested`: what one element satisfies, the field as a whole satisfies too.
 * That does not hold for absences, which another element may belie.
 */
function reachOf(filter: CheckedFilter, view: CollectionView, slots: number): Bitset {
  switch (filter.kind) {
    case "and": {
      const reach = allSlots(slots);
      for (const part of filter.filters) andInto(reach, reachOf(part, view, slots));
      return reach;
    }
    case "or": {
      const reach = emptyBitset(slots);
      for (const part of filter.filters) orInto(reach, reachOf(part, view, slots));
      return reach;
    }
    case "nested":
      return reachOf(filter.filter, view, slots);
    case "field": {
      const { test, at } = filter;
      const { operator } = test;
      const isAbsence =
        (operator === "isEmpty" && test.expected) ||
        ((operator === "exists" || operator === "isNull") && !test.expected) ||
        // Of one element there may be fewer than of all.
        (operator === "valuesCount" && at.syntax === "implicit");
      return isAbsence ? allSlots(slots) : boundsOfCondition(filter, view, slots).possible;
    }
    default:
      return allSlots(slots);
  }
}

function both(
  combine: (target: Bitset, other: Bitset) => void,
): (a: SlotBounds, b: SlotBounds) => SlotBounds {
  return (a, b) => {
    const wasExact = a.sure === a.possible;
    if (wasExact && b.sure === b.possible) {
      combine(a.sure, b.sure);
      return a;
    }
    const possible = wasExact ? a.possible.slice() : a.possible;
    combine(a.sure, b.sure);
    combine(possible, b.possible);
    return { sure: a.sure, possible };
  };
}

function complement(bits: Bitset): Bitset {
  return bits.map((word) => ~word);
}

function allSlots(slots: number): Bitset {
  return emptyBitset(slots).fill(0xffffffff);
}
