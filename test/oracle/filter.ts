/**
 * What a filter means, said as plainly as possible: one payload, one answer. Shares no code with the engine but the analysis of words.
 */

import type {
  Filter,
  GeoBox,
  GeoPolygon,
  GeoRadius,
  Range,
  TextMatch,
  ValuesCount,
} from "../../src/model/filter.ts";
import type { PointId } from "../../src/model/id.ts";
import type { JsonValue } from "../../src/model/payload.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import { analyze, analyzeForMatch } from "../../src/text/analysis.ts";

/** All operators, for reading; a filter has one. */
interface AnyFilter {
  and?: Filter[];
  or?: Filter[];
  not?: Filter;
  ids?: PointId[];
  nested?: string;
  filter?: Filter;
  field?: string;
  exists?: boolean;
  isNull?: boolean;
  isEmpty?: boolean;
  eq?: Scalar;
  in?: Scalar[];
  range?: Range<number | string | Date>;
  geoRadius?: GeoRadius;
  geoBox?: GeoBox;
  geoPolygon?: GeoPolygon;
  notIn?: Scalar[];
  valuesCount?: ValuesCount;
  minShould?: { filters: Filter[]; count: number };
  match?: string | TextMatch;
}
type Scalar = string | number | boolean | Date;

export function matches(
  schema: CollectionSchema,
  filter: Filter,
  id: PointId,
  payload: JsonValue,
  prefix = "",
): boolean {
  const f = filter as AnyFilter;
  if (f.and) return f.and.every((part) => matches(schema, part, id, payload, prefix));
  if (f.or) return f.or.some((part) => matches(schema, part, id, payload, prefix));
  if (f.not) return !matches(schema, f.not, id, payload, prefix);
  if (f.minShould) {
    const holding = f.minShould.filters.filter((part) => matches(schema, part, id, payload, prefix));
    return holding.length >= f.minShould.count;
  }
  if (f.ids) return f.ids.some((one) => typeof one === typeof id && one === id);
  if (f.nested !== undefined) {
    return valuesOf(payload, f.nested).some(
      (element) => isObject(element) && matches(schema, f.filter!, id, element, `${prefix}${f.nested}.`),
    );
  }
  const type = schema.payload?.[prefix + f.field!]?.type;
  const values = valuesOf(payload, f.field!);
  if (f.exists !== undefined) return f.exists === values.length > 0;
  if (f.isNull !== undefined) return f.isNull === values.some((value) => value === null);
  if (f.isEmpty !== undefined) return f.isEmpty === !values.some((value) => value !== null);
  if (f.eq !== undefined) return values.some((value) => equal(type, value, f.eq!));
  if (f.in !== undefined) return values.some((value) => f.in!.some((wanted) => equal(type, value, wanted)));
  if (f.range !== undefined) return values.some((value) => inRange(value, f.range!));
  if (f.notIn !== undefined)
    return values.some((value) => value !== null && !f.notIn!.some((one) => equal(type, value, one)));
  if (f.valuesCount !== undefined)
    return inRange(values.filter((value) => value !== null).length, f.valuesCount);
  if (f.geoPolygon !== undefined) return values.some((value) => inPolygon(value, f.geoPolygon!));
  if (f.geoRadius !== undefined) return values.some((value) => inCircle(value, f.geoRadius!));
  if (f.geoBox !== undefined) return values.some((value) => inBox(value, f.geoBox!));
  const declaration = schema.payload?.[prefix + f.field!];
  const language = (declaration?.type === "text" && declaration.language) || "english";
  const { query, mode = "all", undeclared } = typeof f.match === "string" ? { query: f.match } : f.match!;
  const texts = values.filter((value) => typeof value === "string");
  if (mode === "prefix") return texts.some((text) => text.slice(0, query.length) === query);
  if (mode === "substring") return texts.some((text) => text.indexOf(query) >= 0);
  if (undeclared === "substring" && declaration === undefined) {
    const parts = mode === "any" ? query.split(" ").filter((part) => part !== "") : [query];
    return texts.some((text) => parts.some((part) => text.indexOf(part) >= 0));
  }
  return hasWords(values, query, mode, language);
}

export function valuesOf(value: JsonValue, path: string): JsonValue[] {
  if (Array.isArray(value)) return value.flatMap((element) => valuesOf(element, path));
  if (path === "") return [value];
  if (!isObject(value)) return [];
  const dot = path.indexOf(".");
  const key = dot < 0 ? path : path.slice(0, dot);
  const rest = dot < 0 ? "" : path.slice(dot + 1);
  const entry = Object.entries(value).find(([name]) => name === key);
  return entry === undefined ? [] : valuesOf(entry[1], rest);
}

function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function equal(type: string | undefined, value: JsonValue, wanted: Scalar): boolean {
  if (type === "datetime") return typeof value === "string" && instant(value) === instant(wanted);
  if (type === "uuid") return typeof value === "string" && hex(value) === hex(String(wanted));
  return value === (wanted instanceof Date ? wanted.toISOString() : wanted);
}

function hex(uuid: string): string {
  return uuid
    .toLowerCase()
    .replace("urn:uuid:", "")
    .replaceAll(/[^0-9a-f]/g, "");
}

/** Microseconds; undefined for what is no datetime. */
function instant(value: JsonValue | Date): number | undefined {
  if (value instanceof Date) return value.getTime() * 1000;
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d[T ].*(Z|[+-]\d\d:\d\d)$/i.test(value)) return undefined;
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? "";
  const ms = Date.parse(value.replace(/\.\d+/, "").replace(" ", "T").toUpperCase());
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number(`0.${fraction}0`.slice(0, 8)) * 1e6;
}

function inRange(value: JsonValue, range: Range<number | string | Date>): boolean {
  const bounds = Object.entries(range).filter(([, bound]) => bound !== undefined);
  return bounds.every(([name, bound]) => {
    const a = typeof bound === "number" ? (typeof value === "number" ? value : undefined) : instant(value);
    const b = typeof bound === "number" ? bound : instant(bound);
    if (a === undefined || b === undefined) return false;
    if (name === "gt") return a > b;
    if (name === "gte") return a >= b;
    return name === "lt" ? a < b : a <= b;
  });
}

function inCircle(value: JsonValue, { center, radiusMeters, edgeOut }: GeoRadius): boolean {
  if (!isObject(value) || typeof value.lat !== "number" || typeof value.lon !== "number") return false;
  const rad = Math.PI / 180;
  const a =
    Math.sin(((value.lat - center.lat) * rad) / 2) ** 2 +
    Math.cos(center.lat * rad) *
      Math.cos(value.lat * rad) *
      Math.sin(((value.lon - center.lon) * rad) / 2) ** 2;
  const distance = 2 * 6371008.8 * Math.asin(Math.min(1, Math.sqrt(a)));
  return edgeOut ? distance < radiusMeters : distance <= radiusMeters;
}

function inBox(value: JsonValue, { topLeft, bottomRight }: GeoBox): boolean {
  if (!isObject(value) || typeof value.lat !== "number" || typeof value.lon !== "number") return false;
  if (value.lat > topLeft.lat || value.lat < bottomRight.lat) return false;
  const longitudes = Math.abs(value.lon) === 180 ? [-180, 180] : [value.lon];
  return longitudes.some((lon) =>
    topLeft.lon <= bottomRight.lon
      ? topLeft.lon <= lon && lon <= bottomRight.lon
      : lon >= topLeft.lon || lon <= bottomRight.lon,
  );
}

/** A point of the plane, by the angles under which it sees the ring's edges: they sum up to a full turn inside. */
function inPolygon(value: JsonValue, { exterior, interiors = [] }: GeoPolygon): boolean {
  if (!isObject(value) || typeof value.lat !== "number" || typeof value.lon !== "number") return false;
  const { lat, lon } = value;
  const turns = (ring: GeoPolygon["exterior"]): number => {
    let sum = 0;
    for (const [i, a] of ring.slice(0, -1).entries()) {
      const b = ring[i + 1]!;
      const [ax, ay, bx, by] = [a.lon - lon, a.lat - lat, b.lon - lon, b.lat - lat];
      const cross = ax * by - ay * bx;
      const along = ax * bx + ay * by;
      if (cross === 0 && along <= 0) return Number.NaN;
      sum += Math.atan2(cross, along);
    }
    return Math.round(sum / (2 * Math.PI));
  };
  return Math.abs(turns(exterior)) === 1 && interiors.every((hole) => turns(hole) === 0);
}

function hasWords(
  values: JsonValue[],
  query: string,
  mode: "all" | "any" | "phrase",
  language: "english" | "none",
): boolean {
  const texts = values.filter((value) => typeof value === "string");
  const wanted = analyzeForMatch(query, language);
  if (wanted.length === 0) return false;
  if (mode === "phrase") {
    const separator = "\n";
    const phrase = separator + wanted.join(separator) + separator;
    return texts.some((text) =>
      (separator + analyzeForMatch(text, language).join(separator) + separator).includes(phrase),
    );
  }
  const words = texts.flatMap((text) => analyze(text, language));
  return mode === "all"
    ? wanted.every((word) => words.includes(word))
    : wanted.some((word) => words.includes(word));
}
