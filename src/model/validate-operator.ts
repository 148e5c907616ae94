/**
 * The operators of a filter's condition at the border: which type of field knows which, and the form of their values.
 */
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type { Bounds, FieldTest } from "./checked-filter.ts";
import { microsOf, parseDatetime } from "./datetime.ts";
import { isLatitude, isLongitude } from "./geo.ts";
import type { GeoPoint } from "./payload.ts";
import type { PayloadField, PayloadFieldType } from "./schema.ts";
import { parseUuid } from "./uuid.ts";

interface Target {
  path: string;
  declared: PayloadField | undefined;
}

export const fieldOperators: readonly string[] = [
  "exists",
  "isNull",
  "isEmpty",
  "eq",
  "in",
  "range",
  "geoRadius",
  "geoBox",
  "match",
];

const scalarTypes: readonly PayloadFieldType[] = [
  "keyword",
  "integer",
  "float",
  "bool",
  "datetime",
  "uuid",
  "text",
];

/** The types of declared fields that an operator works on; the others work on all. */
const typesOf: { readonly [operator: string]: readonly PayloadFieldType[] } = {
  eq: scalarTypes,
  in: scalarTypes,
  range: ["integer", "float", "datetime"],
  geoRadius: ["geo"],
  geoBox: ["geo"],
  match: ["text"],
};

/** @throws FrancaError invalid_argument */
export function checkFieldTest(operator: string, value: unknown, target: Target, where: string): FieldTest {
  const types = typesOf[operator];
  if (target.declared !== undefined && types !== undefined && !types.includes(target.declared.type)) {
    const advice = operator === "match" ? "; declare it as text to search its words" : "";
    throw badInput(
      where,
      `a field of type ${types.join(", ")} for ${operator}, but "${target.path}" is declared ${target.declared.type}${advice}`,
    );
  }
  switch (operator) {
    case "exists":
    case "isNull":
    case "isEmpty":
      if (typeof value !== "boolean") throw badInput(where, "true or false", value ?? String(value));
      return { operator, expected: value };
    case "eq":
      return { operator: "in", values: [checkScalar(value, target, where)] };
    case "in":
      return {
        operator: "in",
        values: list(value, where, "values").map((one, i) => checkScalar(one, target, `${where}[${i}]`)),
      };
    case "range":
      return checkRange(value, target, where);
    case "geoRadius": {
      const { center, radiusMeters, ...others } = plainObject(value, where, "{center, radiusMeters}");
      rejectKeys(others, where, "center and radiusMeters");
      if (typeof radiusMeters !== "number" || !Number.isFinite(radiusMeters) || radiusMeters < 0) {
        throw badInput(`${where}.radiusMeters`, "a number of metres, 0 or more", radiusMeters ?? "nothing");
      }
      return { operator, circle: { center: checkGeoPoint(center, `${where}.center`), radiusMeters } };
    }
    case "geoBox": {
      const box = plainObject(value, where, "{topLeft, bottomRight}");
      const { topLeft, bottomRight, ...others } = box;
      rejectKeys(others, where, "topLeft and bottomRight");
      const northWest = checkGeoPoint(topLeft, `${where}.topLeft`);
      const southEast = checkGeoPoint(bottomRight, `${where}.bottomRight`);
      if (northWest.lat < southEast.lat) throw badInput(where, "topLeft not south of bottomRight", box);
      return { operator, box: { topLeft: northWest, bottomRight: southEast } };
    }
    default:
      return checkMatch(value, where);
  }
}

/** A value in the form in which the field's values are compared. */
function checkScalar(value: unknown, { path, declared }: Target, where: string): string | number | boolean {
  const wrong = (expected: string): Error =>
    badInput(where, `${expected}, as "${path}" is declared ${declared?.type}`, value ?? String(value));
  switch (declared?.type) {
    case undefined:
      if (value instanceof Date && microsOf(value) !== undefined) return value.toISOString();
      if (typeof value === "string" || typeof value === "boolean") return value;
      if (typeof value === "number" && !Number.isNaN(value)) return value;
      throw badInput(where, "a string, number, boolean or Date (isNull finds nulls)", value ?? String(value));
    case "keyword":
    case "text":
      if (typeof value !== "string") throw wrong("a string");
      return value;
    case "bool":
      if (typeof value !== "boolean") throw wrong("true or false");
      return value;
    case "uuid": {
      const uuid = typeof value === "string" ? parseUuid(value) : undefined;
      if (uuid === undefined) throw wrong("a uuid");
      return uuid;
    }
    case "datetime": {
      const micros = instantOf(value);
      if (micros === undefined) throw wrong("a Date or an RFC 3339 string");
      return micros;
    }
    default:
      if (typeof value !== "number" || Number.isNaN(value)) throw wrong("a number");
      return value;
  }
}

function checkRange(value: unknown, { path, declared }: Target, where: string): FieldTest {
  const range = plainObject(value, where, "bounds, like {gte: 1, lt: 5}");
  const { gt, gte, lt, lte, ...others } = range;
  rejectKeys(others, where, "gt, gte, lt and lte");
  const given = Object.entries({ gt, gte, lt, lte }).filter(([, bound]) => bound !== undefined);
  if (given.length === 0) throw badInput(where, "at least one of gt, gte, lt, lte", range);
  const of =
    declared === undefined
      ? given.every(([, bound]) => typeof bound === "number")
        ? "number"
        : "datetime"
      : declared.type === "datetime"
        ? "datetime"
        : "number";
  const bounds: Bounds = { low: -Infinity, lowInclusive: true, high: Infinity, highInclusive: true };
  for (const [name, bound] of given) {
    const number = of === "datetime" ? instantOf(bound) : typeof bound === "number" ? bound : undefined;
    if (number === undefined || Number.isNaN(number)) {
      const type = of === "datetime" ? "a Date or an RFC 3339 date-time" : "a number";
      const why =
        declared === undefined
          ? " (all bounds numbers, or all datetimes)"
          : `, as "${path}" is declared ${declared.type}`;
      throw badInput(`${where}.${name}`, type + why, bound);
    }
    narrow(bounds, name, number);
  }
  return { operator: "range", of, bounds };
}

/** The tighter of what is there and one more bound; at equal values the exclusive one is tighter. */
function narrow(bounds: Bounds, name: string, value: number): void {
  const inclusive = name.endsWith("e");
  if (name.startsWith("g")) {
    if (value > bounds.low || (value === bounds.low && !inclusive)) {
      bounds.low = value;
      bounds.lowInclusive = inclusive;
    }
  } else if (value < bounds.high || (value === bounds.high && !inclusive)) {
    bounds.high = value;
    bounds.highInclusive = inclusive;
  }
}

function checkMatch(value: unknown, where: string): FieldTest {
  if (typeof value === "string") return { operator: "match", query: value, mode: "all" };
  const { query, mode = "all", ...others } = plainObject(value, where, "words, or {query, mode}");
  rejectKeys(others, where, "query and mode");
  if (typeof query !== "string") throw badInput(`${where}.query`, "a string", query ?? String(query));
  if (mode !== "all" && mode !== "any" && mode !== "phrase") {
    throw badInput(`${where}.mode`, '"all", "any" or "phrase"', mode);
  }
  return { operator: "match", query, mode };
}

function checkGeoPoint(value: unknown, where: string): GeoPoint {
  const { lat, lon, ...others } = plainObject(value, where, "{lat, lon}");
  rejectKeys(others, where, "lat and lon");
  if (!isLatitude(lat)) throw badInput(`${where}.lat`, "degrees from -90 to 90", lat ?? String(lat));
  if (!isLongitude(lon)) throw badInput(`${where}.lon`, "degrees from -180 to 180", lon ?? String(lon));
  return { lat, lon };
}

function instantOf(value: unknown): number | undefined {
  if (value instanceof Date) return microsOf(value);
  return typeof value === "string" ? parseDatetime(value) : undefined;
}
