/**
 * Filters over one payload: what decides when no index does.
 */
import {
  type CheckedCondition,
  type CheckedFilter,
  type FieldTest,
  isInBounds,
} from "../../model/checked-filter.ts";
import { parseDatetime } from "../../model/datetime.ts";
import { distanceMeters, geoPointOf, isInBox } from "../../model/geo.ts";
import { idKey, type PointId } from "../../model/id.ts";
import { valuesAt } from "../../model/path.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import type { PayloadField } from "../../model/schema.ts";
import { parseUuid } from "../../model/uuid.ts";
import { analyze, analyzeForMatch, type Language } from "../index/text/analysis.ts";

export type Predicate = (payload: Payload, id: PointId) => boolean;

export function compilePredicate(filter: CheckedFilter): Predicate {
  switch (filter.kind) {
    case "and": {
      const parts = filter.filters.map(compilePredicate);
      return (payload, id) => parts.every((part) => part(payload, id));
    }
    case "or": {
      const parts = filter.filters.map(compilePredicate);
      return (payload, id) => parts.some((part) => part(payload, id));
    }
    case "not": {
      const part = compilePredicate(filter.filter);
      return (payload, id) => !part(payload, id);
    }
    case "ids": {
      const keys = new Set(filter.ids.map(idKey));
      return (_, id) => keys.has(idKey(id));
    }
    case "nested": {
      const part = compilePredicate(filter.filter);
      return (payload, id) =>
        valuesAt(payload, filter.keys).some((value) => isObject(value) && part(value, id));
    }
    case "field":
      return compileCondition(filter);
  }
}

function compileCondition({ keys, test, declared }: CheckedCondition): Predicate {
  const satisfied = compileTest(test, declared);
  return (payload) => satisfied(valuesAt(payload, keys));
}

type ValuesTest = (values: readonly JsonValue[]) => boolean;

function compileTest(test: FieldTest, declared: PayloadField | undefined): ValuesTest {
  switch (test.operator) {
    case "exists":
      return (values) => values.length > 0 === test.expected;
    case "isNull":
      return (values) => values.includes(null) === test.expected;
    case "isEmpty":
      return (values) => values.every((value) => value === null) === test.expected;
    case "in": {
      const wanted = new Set<unknown>(test.values);
      return (values) => values.some((value) => wanted.has(comparable(value, declared)));
    }
    case "range": {
      const { bounds } = test;
      const numberOf = test.of === "number" ? plainNumber : instant;
      return (values) =>
        values.some((value) => {
          const number = numberOf(value);
          return number !== undefined && isInBounds(number, bounds);
        });
    }
    case "geoRadius": {
      const { center, radiusMeters } = test.circle;
      return someGeoPoint((point) => distanceMeters(center, point) <= radiusMeters);
    }
    case "geoBox":
      return someGeoPoint((point) => isInBox(point, test.box));
    case "match":
      return compileMatch(test, declared?.type === "text" ? (declared.language ?? "english") : "english");
  }
}

/** The form in which a field's values are compared: what a uuid or datetime denotes, other values as they are. */
function comparable(value: JsonValue, declared: PayloadField | undefined): JsonValue | undefined {
  if (typeof value === "string" && declared?.type === "uuid") return parseUuid(value);
  if (typeof value === "string" && declared?.type === "datetime") return parseDatetime(value);
  // A number in a datetime field denotes nothing; it must not meet the microseconds of the filter.
  return declared?.type === "datetime" ? undefined : value;
}

function someGeoPoint(holds: (point: { lat: number; lon: number }) => boolean): ValuesTest {
  return (values) =>
    values.some((value) => {
      const point = geoPointOf(value);
      return point !== undefined && holds(point);
    });
}

function compileMatch(test: Extract<FieldTest, { operator: "match" }>, language: Language): ValuesTest {
  const units = analyzeForMatch(test.query, language);
  if (units.length === 0) return () => false;
  const texts = (values: readonly JsonValue[]): string[] =>
    values.filter((value) => typeof value === "string");
  if (test.mode === "phrase") {
    return (values) => texts(values).some((text) => holdsInOrder(analyzeForMatch(text, language), units));
  }
  return (values) => {
    const terms = new Set(texts(values).flatMap((text) => analyze(text, language)));
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

function isObject(value: JsonValue): value is Payload {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
