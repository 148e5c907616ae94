/**
 * How many points a filter should match, without looking at any: counts of the field indexes, combined as if conditions
 * were independent, corrected by how they were seen to depend on each other. Only ways and orders hang on it, never answers.
 */
import { type CheckedCondition, type CheckedFilter, isPresence } from "../../model/checked-filter.ts";
import { countBits } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import { hasField, isIndexed } from "./bounds.ts";
import { filterCostsOf } from "./filter-costs.ts";
import { filterShape } from "./filter-shape.ts";

/** Of points, conditions on undeclared fields are taken to hold for so many until some were looked at. */
const unknownShares: Record<CheckedCondition["test"]["operator"], number> = {
  in: 0.1,
  range: 0.3,
  geoRadius: 0.1,
  geoBox: 0.1,
  notIn: 0.9,
  geoPolygon: 0.1,
  match: 0.1,
  prefix: 0.1,
  substring: 0.1,
  valuesCount: 0.5,
  exists: 0.5,
  isNull: 0.1,
  isEmpty: 0.5,
};

/** Between 0 and the number of live points. */
export function estimateMatches(filter: CheckedFilter, view: CollectionView): number {
  return view.points * estimateShare(filter, view);
}

/** Between 0 and 1. */
export function estimateShare(filter: CheckedFilter, view: CollectionView): number {
  switch (filter.kind) {
    case "and":
      return conjunctionShare(filter.filters, view);
    case "or":
      return 1 - filter.filters.reduce((left, part) => left * (1 - estimateShare(part, view)), 1);
    case "minShould":
      return minShouldShare(filter.count, filter.filters, view);
    case "hasVector":
      return hasField(view, filter.name)
        ? clamped(countBits(view.slotsWithVector(filter.name)) / Math.max(1, view.points))
        : 0;
    case "not":
      return 1 - estimateShare(filter.filter, view);
    case "ids":
      return clamped(filter.ids.length / Math.max(1, view.points));
    case "nested":
      // One element has to satisfy all of it, which is no likelier than that the field as a whole does.
      return seenShare(filter, view) ?? estimateShare(filter.filter, view);
    case "field":
      return conditionShare(filter, view);
  }
}

/** As if they were independent: chances of exactly 0, 1, … of them, one condition after the other. */
function minShouldShare(count: number, filters: readonly CheckedFilter[], view: CollectionView): number {
  let exactly = [1];
  for (const filter of filters) {
    const share = estimateShare(filter, view);
    exactly = [...exactly, 0].map((chance, i) => chance * (1 - share) + (exactly[i - 1] ?? 0) * share);
  }
  return clamped(exactly.slice(count).reduce((sum, chance) => sum + chance, 0));
}

function conjunctionShare(filters: readonly CheckedFilter[], view: CollectionView): number {
  const shares = filters.map((part) => estimateShare(part, view));
  const independent = shares.reduce((product, share) => product * share, 1);
  const least = Math.min(1, ...shares);
  return Math.min(least, clamped(independent * dependenceOf(filters, view)));
}

/** Of the whole conjunction when it was seen, else of its pairs that were. */
function dependenceOf(filters: readonly CheckedFilter[], view: CollectionView): number {
  if (filters.length < 2) return 1;
  const costs = filterCostsOf(view.indexes);
  const whole = costs.dependence(filterShape({ kind: "and", filters }));
  if (whole !== undefined) return whole;
  let factor = 1;
  for (const [i, one] of filters.entries()) {
    for (const other of filters.slice(i + 1)) {
      factor *= costs.dependence(filterShape({ kind: "and", filters: [one, other] })) ?? 1;
    }
  }
  return factor;
}

function conditionShare(condition: CheckedCondition, view: CollectionView): number {
  const { path, test, declared } = condition;
  const field = view.indexes.field(path);
  const seen = seenShare(condition, view);
  if (field === undefined) return seen ?? unknownShares[test.operator];
  const points = Math.max(1, view.points);
  if (isPresence(test)) {
    const filled = countBits(field.filled) / points;
    const nulls = countBits(field.nulls) / points;
    const set =
      test.operator === "isNull" ? nulls : test.operator === "isEmpty" ? filled : Math.min(1, filled + nulls);
    const holdsWhenSet = test.operator !== "isEmpty";
    return clamped(test.expected === holdsWhenSet ? set : 1 - set);
  }
  if (declared === undefined || !isIndexed(test, declared))
    return seen ?? unknownShares[test.operator] * (countBits(field.filled) / points);
  const share = clamped((field.index.estimate(test) * view.indexes.liveShare) / points);
  return seen === undefined ? share : share * seen;
}

/** What the bitset of a filter should cost that indexes alone decide; 0 for others. */
export function bitsetMs(filter: CheckedFilter, view: CollectionView): number {
  const entries = entriesOf(filter, view);
  return Number.isNaN(entries) ? 0 : entries * filterCostsOf(view.indexes).entryMs;
}

/** NaN when a condition is not decided by an index. */
function entriesOf(filter: CheckedFilter, view: CollectionView): number {
  switch (filter.kind) {
    case "and":
    case "or":
    case "minShould":
      return filter.filters.reduce((sum, part) => sum + entriesOf(part, view), 0);
    case "hasVector":
      return 0;
    case "not":
      return entriesOf(filter.filter, view);
    case "ids":
      return filter.ids.length;
    case "nested":
      return Number.NaN;
    case "field": {
      const index = view.indexes.field(filter.path)?.index;
      const { test, declared } = filter;
      if (index === undefined || declared === undefined || declared.type === "text") return Number.NaN;
      if (isPresence(test)) return 0;
      return isIndexed(test, declared) ? index.estimate(test) : Number.NaN;
    }
  }
}

/** Of the points whose payloads were read for this shape of filter, the share that held. */
function seenShare(filter: CheckedFilter, view: CollectionView): number | undefined {
  return filterCostsOf(view.indexes).passing(filterShape(filter));
}

function clamped(share: number): number {
  return Math.min(1, Math.max(0, share));
}
