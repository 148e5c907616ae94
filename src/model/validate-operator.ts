/**
 * The operators of a filter's condition at the border: which type of field knows which, and the form of their values.
 */
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type { Bounds, FieldTest } from "./checked-filter.ts";
import { microsOf, parseDatetime, parseLooseDatetime } from "./datetime.ts";
import { isLatitude, isLongitude } from "./geo.ts";
import type { GeoPoint } from "./payload.ts";
import type { PayloadField, PayloadFieldType } from "./schema.ts";
import { parseUuid } from "./uuid.ts";

interface Target {
  path: string;
  declared: PayloadField | undefined;
  /** Whether datetimes may be written less strictly. */
  loose: boolean;
}

export const fieldOperators: readonly string[] = [
  "exists",
  "isNull",
  "isEmpty",
  "valuesCount",
  "eq",
  "in",
  "notIn",
  "range",
  "geoRadius",
  "geoBox",
  "geoPolygon",
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
  notIn: scalarTypes,
  range: ["integer", "float", "datetime"],
  geoRadius: ["geo"],
  geoBox: ["geo"],
  geoPolygon: ["geo"],
  match: ["text", "keyword"],
};

/** @throws FrancaError invalid_argument */
export function checkFieldTest(operator: string, value: unknown, target: Target, where: string): FieldTest {
  const types = typesOf[operator];
  if (target.declared !== undefined && types !== undefined && !types.includes(target.declared.type)) {
    const advice = operator === "match" ? wordsAdvice : "";
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
    case "valuesCount":
      return checkValuesCount(value, where);
    case "in":
    case "notIn":
      return {
        operator,
        values: list(value, where, "values").map((one, i) => checkScalar(one, target, `${where}[${i}]`)),
      };
    case "range":
      return checkRange(value, target, where);
    case "geoRadius": {
      const given = plainObject(value, where, "{center, radiusMeters}");
      const { center, radiusMeters, edgeOut, ...others } = given;
      rejectKeys(others, where, "center, radiusMeters and edgeOut");
      if (typeof radiusMeters !== "number" || !Number.isFinite(radiusMeters) || radiusMeters < 0) {
        throw badInput(`${where}.radiusMeters`, "a number of metres, 0 or more", radiusMeters ?? "nothing");
      }
      const circle = { center: checkGeoPoint(center, `${where}.center`), radiusMeters };
      return { operator, circle: { ...circle, ...checkEdge(edgeOut, where) } };
    }
    case "geoBox": {
      const box = plainObject(value, where, "{topLeft, bottomRight}");
      const { topLeft, bottomRight, edgeOut, ...others } = box;
      rejectKeys(others, where, "topLeft, bottomRight and edgeOut");
      const northWest = checkGeoPoint(topLeft, `${where}.topLeft`);
      const southEast = checkGeoPoint(bottomRight, `${where}.bottomRight`);
      if (northWest.lat < southEast.lat) throw badInput(where, "topLeft not south of bottomRight", box);
      return { operator, box: { topLeft: northWest, bottomRight: southEast, ...checkEdge(edgeOut, where) } };
    }
    case "geoPolygon": {
      const { exterior, interiors, ...others } = plainObject(value, where, "{exterior, interiors}");
      rejectKeys(others, where, "exterior and interiors");
      const polygon = { exterior: checkRing(exterior, `${where}.exterior`) };
      if (interiors === undefined) return { operator, polygon };
      const holes = list(interiors, `${where}.interiors`, "rings").map((ring, i) =>
        checkRing(ring, `${where}.interiors[${i}]`),
      );
      return { operator, polygon: { ...polygon, interiors: holes } };
    }
    default:
      return checkMatch(value, target, where);
  }
}

function checkEdge(edgeOut: unknown, where: string): { edgeOut?: true } {
  if (edgeOut !== undefined && typeof edgeOut !== "boolean")
    throw badInput(`${where}.edgeOut`, "true or false", edgeOut ?? "null");
  return edgeOut === true ? { edgeOut } : {};
}

function checkRing(value: unknown, where: string): GeoPoint[] {
  const ring = list(value, where, "points").map((point, i) => checkGeoPoint(point, `${where}[${i}]`));
  if (ring.length < 4) throw badInput(where, "at least four points, the last one the first", ring.length);
  const [first, last] = [ring[0]!, ring.at(-1)!];
  if (first.lat !== last.lat || first.lon !== last.lon)
    throw badInput(where, "a closed ring: the last point is the first", last);
  return ring;
}

function checkValuesCount(value: unknown, where: string): FieldTest {
  const given = plainObject(value, where, "bounds, like {gte: 2}");
  const { gt, gte, lt, lte, ...others } = given;
  rejectKeys(others, where, "gt, gte, lt and lte");
  const bounds = anyNumber();
  const entries = Object.entries({ gt, gte, lt, lte }).filter(([, bound]) => bound !== undefined);
  if (entries.length === 0) throw badInput(where, "at least one of gt, gte, lt, lte", given);
  for (const [name, bound] of entries) {
    if (typeof bound !== "number" || !Number.isSafeInteger(bound) || bound < 0)
      throw badInput(`${where}.${name}`, "a whole number, 0 or more", bound ?? "null");
    narrow(bounds, name, bound);
  }
  return { operator: "valuesCount", bounds };
}

function anyNumber(): Bounds {
  return { low: -Infinity, lowInclusive: true, high: Infinity, highInclusive: true };
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

function checkRange(value: unknown, { path, declared, loose }: Target, where: string): FieldTest {
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
  const bounds = anyNumber();
  for (const [name, bound] of given) {
    const number =
      of === "datetime" ? instantOf(bound, loose) : typeof bound === "number" ? bound : undefined;
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
  return { operator: "range", of, loose, bounds };
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

const wordsAdvice = "; declare it as text to search its words";

function checkMatch(value: unknown, { path, declared }: Target, where: string): FieldTest {
  const given = typeof value === "string" ? { query: value } : value;
  const { query, mode = "all", undeclared, ...others } = plainObject(given, where, "words, or {query, mode}");
  rejectKeys(others, where, "query, mode and undeclared");
  if (typeof query !== "string") throw badInput(`${where}.query`, "a string", query ?? String(query));
  if (undeclared !== undefined && undeclared !== "words" && undeclared !== "substring")
    throw badInput(`${where}.undeclared`, '"words" or "substring"', undeclared);
  switch (mode) {
    case "prefix":
      return { operator: "prefix", query };
    case "substring":
      return { operator: "substring", queries: [query] };
    case "all":
    case "any":
    case "phrase":
      break;
    default:
      throw badInput(`${where}.mode`, '"all", "any", "phrase", "prefix" or "substring"', mode);
  }
  if (declared !== undefined && declared.type !== "text")
    throw badInput(
      where,
      `a field of type text for match, but "${path}" is declared ${declared.type}${wordsAdvice}`,
    );
  if (declared !== undefined || undeclared !== "substring") return { operator: "match", query, mode };
  const queries = mode === "any" ? query.split(/\s+/u).filter((part) => part !== "") : [query];
  return { operator: "substring", queries };
}

function checkGeoPoint(value: unknown, where: string): GeoPoint {
  const { lat, lon, ...others } = plainObject(value, where, "{lat, lon}");
  rejectKeys(others, where, "lat and lon");
  if (!isLatitude(lat)) throw badInput(`${where}.lat`, "degrees from -90 to 90", lat ?? String(lat));
  if (!isLongitude(lon)) throw badInput(`${where}.lon`, "degrees from -180 to 180", lon ?? String(lon));
  return { lat, lon };
}

function instantOf(value: unknown, loose = false): number | undefined {
  if (value instanceof Date) return microsOf(value);
  if (typeof value !== "string") return undefined;
  return loose ? parseLooseDatetime(value) : parseDatetime(value);
}
