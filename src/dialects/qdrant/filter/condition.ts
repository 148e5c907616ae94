/**
 * One condition of a Qdrant filter as the model's. Paths are explicit there too, and what a value must be is decided alike:
 *
 * | Qdrant | Franca |
 * | --- | --- |
 * | `match.value`, `any` | `eq`, `in` |
 * | `match.except` | `notIn` |
 * | `match.text`, `text_any`, `phrase` | `match`, of fields without a text index as substrings |
 * | `range` | `range`; a range without bounds holds for every number |
 * | `geo_bounding_box`, `geo_radius`, `geo_polygon` | `geoBox`, `geoRadius` without their edges, `geoPolygon` |
 * | `values_count` | `valuesCount` |
 * | `is_empty`, `is_null` | `isEmpty`, `isNull` |
 * | `has_id`, `has_vector` | `ids`, `hasVector`; inside of `nested` no element has any |
 * | `nested` | `nested` |
 */
import type { Filter } from "../../../model/filter.ts";
import { formatError } from "../errors.ts";
import { parseJsonPath } from "../requests/json-path.ts";
import { pointId } from "../requests/point-id.ts";
import { boolean, isList, object, objectAt, string, within } from "../requests/shape.ts";
import { geoBox, geoPolygon, geoRadius } from "./geo.ts";
import { readMatch } from "./match.ts";
import { readRange, readValuesCount } from "./range.ts";

type Json = { [name: string]: unknown };
type ReadFilter = (given: unknown, path: string, isNested: boolean) => Filter;

const nothing: Filter = { or: [] };

export function isCondition(given: Json): boolean {
  return ["key", "is_empty", "is_null", "has_id", "has_vector", "nested"].some((name) => name in given);
}

export function readCondition(given: Json, path: string, isNested: boolean, readFilter: ReadFilter): Filter {
  if ("key" in given) return readFieldCondition(given, path);
  if ("is_empty" in given) return { field: keyOf(given.is_empty, within(path, "is_empty")), isEmpty: true };
  if ("is_null" in given) return { field: keyOf(given.is_null, within(path, "is_null")), isNull: true };
  if ("has_vector" in given) {
    const name = string(given.has_vector, within(path, "has_vector"));
    // The unnamed vector lies in the field of this name.
    return isNested ? nothing : { hasVector: name === "" ? "vector" : name };
  }
  if ("has_id" in given) {
    const at = within(path, "has_id");
    if (!isList(given.has_id)) throw formatError(`${at}: expected a sequence of point ids`);
    const ids = Array.from(given.has_id, (id) => pointId(id, at));
    return isNested ? nothing : { ids };
  }
  const at = within(path, "nested");
  const { key, filter } = objectAt(given.nested, at);
  const nested = jsonPath(key, within(at, "key"));
  return { nested, filter: readFilter(filter, within(at, "filter"), true) };
}

const keyed = object({ key: string });

function keyOf(given: unknown, path: string): string {
  const { key } = keyed(given, path);
  return jsonPath(key, within(path, "key"));
}

function jsonPath(given: unknown, path: string): string {
  const key = string(given, path);
  parseJsonPath(key);
  return key;
}

/** Of several tests in one condition one has to hold; a count is looked at alone, and so is emptiness. */
function readFieldCondition(given: Json, path: string): Filter {
  const field = jsonPath(given.key, within(path, "key"));
  const has = (name: string): boolean => given[name] !== undefined && given[name] !== null;
  const at = (name: string): string => within(path, name);
  if (has("values_count"))
    return { field, valuesCount: readValuesCount(given.values_count, at("values_count")) };
  if (has("is_empty")) return { field, isEmpty: boolean(given.is_empty, at("is_empty")) };
  if (has("is_null")) {
    // Unlike the condition of this name, it also sees a null in an array.
    const isNull: Filter = {
      or: [
        { field, isNull: true },
        { field: `${field}[]`, isNull: true },
      ],
    };
    return boolean(given.is_null, at("is_null")) ? isNull : { not: isNull };
  }
  const tests: Filter[] = [];
  if (has("match")) tests.push(readMatch(field, given.match, at("match")));
  if (has("range")) tests.push(readRange(field, given.range, at("range")));
  if (has("geo_bounding_box")) tests.push(geoBox(field, given.geo_bounding_box, at("geo_bounding_box")));
  if (has("geo_radius")) tests.push(geoRadius(field, given.geo_radius, at("geo_radius")));
  if (has("geo_polygon")) tests.push(geoPolygon(field, given.geo_polygon, at("geo_polygon")));
  if (tests.length === 0) throw formatError(`${path}: At least one field condition must be specified`);
  return tests.length === 1 ? tests[0]! : { or: tests };
}
