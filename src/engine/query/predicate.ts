/**
 * Filters over one payload: what decides when no index does.
 */
import {
  type CheckedCondition,
  type CheckedFilter,
  type FieldTest,
  isInBounds,
  isPresence,
} from "../../model/checked-filter.ts";
import { parseDatetime, parseLooseDatetime } from "../../model/datetime.ts";
import { geoPointOf, isInBox, isInCircle, isInPolygon } from "../../model/geo.ts";
import { idKey, type PointId } from "../../model/id.ts";
import { elementsAt, isNothing, type Path, valuesAt, wholesAt } from "../../model/path.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import type { PayloadField } from "../../model/schema.ts";
import { parseUuid } from "../../model/uuid.ts";
import { type Analyzer, analyzerOf } from "../../text/analyzer.ts";
import { hasBit } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import { hasField } from "./bounds.ts";

export type Predicate = (payload: Payload, id: PointId) => boolean;

export function compilePredicate(filter: CheckedFilter, view: WithVectors): Predicate {
  switch (filter.kind) {
    case "and": {
      const parts = filter.filters.map((part) => compilePredicate(part, view));
      return (payload, id) => parts.every((part) => part(payload, id));
    }
    case "or": {
      const parts = filter.filters.map((part) => compilePredicate(part, view));
      return (payload, id) => parts.some((part) => part(payload, id));
    }
    case "minShould": {
      const parts = filter.filters.map((part) => compilePredicate(part, view));
      return (payload, id) => {
        let held = 0;
        for (const part of parts) if (held < filter.count && part(payload, id)) held += 1;
        return held >= filter.count;
      };
    }
    case "hasVector":
      return (_, id) => hasVector(view, filter.name, id);
    case "not": {
      const part = compilePredicate(filter.filter, view);
      return (payload, id) => !part(payload, id);
    }
    case "ids": {
      const keys = new Set(filter.ids.map(idKey));
      return (_, id) => keys.has(idKey(id));
    }
    case "nested": {
      const part = compilePredicate(filter.filter, view);
      return (payload, id) =>
        elementsAt(payload, filter.at).some((value) => isObject(value) && part(value, id));
    }
    case "field":
      return compileCondition(filter);
  }
}

/** What of a view is asked for a point's vectors. */
export type WithVectors = Pick<
  CollectionView,
  "slotOf" | "slotsWithVector" | "vectorFields" | "sparseFields" | "multiFields"
>;

function hasVector(view: WithVectors, name: string, id: PointId): boolean {
  const slot = view.slotOf(id);
  if (slot === undefined || !hasField(view, name)) return false;
  const slots = view.slotsWithVector(name);
  return slot >>> 5 < slots.length && hasBit(slots, slot);
}

function compileCondition({ at, test, declared }: CheckedCondition): Predicate {
  if (isPresence(test) || test.operator === "valuesCount") {
    const satisfied = compilePresence(test, at);
    return (payload) => satisfied(wholesAt(payload, at));
  }
  const satisfied = compileTest(test, declared);
  return (payload) => satisfied(valuesAt(payload, at));
}

type ValuesTest = (values: readonly JsonValue[]) => boolean;
type PresenceTest = Extract<FieldTest, { operator: "exists" | "isNull" | "isEmpty" | "valuesCount" }>;

/** Of what lies at an explicit path as it is, or of an implicit path's values. */
function compilePresence(test: PresenceTest, { syntax }: Path): ValuesTest {
  switch (test.operator) {
    case "exists":
      return (wholes) => wholes.length > 0 === test.expected;
    case "isNull":
      return (wholes) => wholes.includes(null) === test.expected;
    case "isEmpty":
      return (wholes) => wholes.every(isNothing) === test.expected;
    case "valuesCount": {
      const { bounds } = test;
      if (syntax === "explicit")
        return (wholes) => wholes.some((whole) => isInBounds(lengthOf(whole), bounds));
      return (values) => isInBounds(values.filter((value) => value !== null).length, bounds);
    }
  }
}

function lengthOf(whole: JsonValue): number {
  if (whole === null) return 0;
  return Array.isArray(whole) ? whole.length : 1;
}

function compileTest(test: Exclude<FieldTest, PresenceTest>, declared: PayloadField | undefined): ValuesTest {
  switch (test.operator) {
    case "in": {
      const wanted = new Set<unknown>(test.values);
      return (values) => values.some((value) => wanted.has(comparable(value, declared)));
    }
    case "notIn": {
      const refused = new Set<unknown>(test.values);
      return (values) => values.some((value) => value !== null && !refused.has(comparable(value, declared)));
    }
    case "range": {
      const { bounds } = test;
      const numberOf = test.of === "number" ? plainNumber : test.loose ? looseInstant : instant;
      return (values) =>
        values.some((value) => {
          const number = numberOf(value);
          return number !== undefined && isInBounds(number, bounds);
        });
    }
    case "geoRadius":
      return someGeoPoint((point) => isInCircle(point, test.circle));
    case "geoBox":
      return someGeoPoint((point) => isInBox(point, test.box));
    case "geoPolygon":
      return someGeoPoint((point) => isInPolygon(point, test.polygon));
    case "prefix":
      return someString((text) => text.startsWith(test.query));
    case "substring":
      return someString((text) => test.queries.some((query) => text.includes(query)));
    case "match":
      return compileMatch(test, analyzerOf(declared?.type === "text" ? declared : undefined));
  }
}

/** The form in which a field's values are compared: what a uuid or datetime denotes, other values as they are. */
function comparable(value: JsonValue, declared: PayloadField | undefined): JsonValue | undefined {
  if (typeof value === "string" && declared?.type === "uuid") return parseUuid(value);
  if (typeof value === "string" && declared?.type === "datetime") return parseDatetime(value);
  // A number in a datetime field denotes nothing; it must not meet the microseconds of the filter.
  return declared?.type === "datetime" ? undefined : value;
}

function someString(holds: (text: string) => boolean): ValuesTest {
  return (values) => values.some((value) => typeof value === "string" && holds(value));
}

function someGeoPoint(holds: (point: { lat: number; lon: number }) => boolean): ValuesTest {
  return (values) =>
    values.some((value) => {
      const point = geoPointOf(value);
      return point !== undefined && holds(point);
    });
}

function compileMatch(test: Extract<FieldTest, { operator: "match" }>, analyzer: Analyzer): ValuesTest {
  const units = analyzer.asked(test.query);
  if (units.length === 0) return () => false;
  const texts = (values: readonly JsonValue[]): string[] =>
    values.filter((value) => typeof value === "string");
  if (test.mode === "phrase") {
    return (values) => texts(values).some((text) => holdsInOrder(analyzer.asked(text), units));
  }
  return (values) => {
    const terms = new Set(texts(values).flatMap((text) => analyzer.terms(text)));
    return test.mode === "all"
      ? units.every((unit) => terms.has(unit))
      : units.some((unit) => terms.has(unit));
  };
}

function holdsInOrder(units: readonly string[], phrase: readonly string[]): boolean {
  for (let start = 0; start + phrase.length <= units.length; start++) {
    if (phrase.every((unit, i) => units[start + i] === unit)) return true;
  }
  return false;
}

function plainNumber(value: JsonValue): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function instant(value: JsonValue): number | undefined {
  return typeof value === "string" ? parseDatetime(value) : undefined;
}

function looseInstant(value: JsonValue): number | undefined {
  return typeof value === "string" ? parseLooseDatetime(value) : undefined;
}

function isObject(value: JsonValue): value is Payload {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
