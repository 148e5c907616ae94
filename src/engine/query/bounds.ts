/**
 * What the indexes know of a filter: slots that surely match and slots that possibly do. The two are carried through
 * and, or and not; where they differ, payloads must be read.
 */
import type { CheckedCondition, CheckedFilter } from "../../model/checked-filter.ts";
import { andInto, type Bitset, emptyBitset, orInto, setBit } from "../bitset.ts";
import { exactly, type SlotBounds } from "../index/field-index.ts";
import type { CollectionView } from "../view.ts";

/** Bits of deleted slots, and past `slots`, mean nothing: AND the outcome with the live ones. */
export function boundsOf(filter: CheckedFilter, view: CollectionView, slots: number): SlotBounds {
  switch (filter.kind) {
    case "and":
      return filter.filters
        .map((part) => boundsOf(part, view, slots))
        .reduce(both(andInto), exactly(allSlots(slots)));
    case "or":
      return filter.filters
        .map((part) => boundsOf(part, view, slots))
        .reduce(both(orInto), exactly(emptyBitset(slots)));
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

function boundsOfCondition(
  { path, test }: CheckedCondition,
  view: CollectionView,
  slots: number,
): SlotBounds {
  const field = view.indexes.field(path);
  if (field === undefined) return { sure: emptyBitset(slots), possible: allSlots(slots) };
  if (test.operator === "exists" || test.operator === "isNull" || test.operator === "isEmpty") {
    const bits = emptyBitset(slots);
    if (test.operator !== "isNull") orInto(bits, field.filled.subarray(0, bits.length));
    if (test.operator !== "isEmpty") orInto(bits, field.nulls.subarray(0, bits.length));
    const holdsWhenSet = test.operator !== "isEmpty";
    return exactly(test.expected === holdsWhenSet ? bits : complement(bits));
  }
  return field.index.bounds(test, slots);
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
      const { operator } = filter.test;
      const isAbsence =
        (operator === "isEmpty" && filter.test.expected) ||
        ((operator === "exists" || operator === "isNull") && !filter.test.expected);
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
