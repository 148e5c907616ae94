/**
 * Filters after the border: every operator known, every path split, every value in the form in which it is compared.
 * Made by validate-filter.ts only; what reads it need not check anything again.
 */
import type { GeoBox, GeoPolygon, GeoRadius } from "./filter.ts";
import type { PointId } from "./id.ts";
import type { Path } from "./path.ts";
import type { PayloadField } from "./schema.ts";

export type CheckedFilter =
  | { kind: "and"; filters: readonly CheckedFilter[] }
  | { kind: "or"; filters: readonly CheckedFilter[] }
  | { kind: "not"; filter: CheckedFilter }
  | { kind: "minShould"; filters: readonly CheckedFilter[]; count: number }
  | { kind: "ids"; ids: readonly PointId[] }
  | { kind: "hasVector"; name: string }
  | CheckedCondition
  | { kind: "nested"; path: string; at: Path; filter: CheckedFilter };

export interface CheckedCondition {
  kind: "field";
  /** From the payload's root, also inside `nested`. */
  path: string;
  /** From the payload's root, or from the element inside `nested`. */
  at: Path;
  /** The declaration of the path, when there is one and it decides what the condition means. */
  declared: PayloadField | undefined;
  test: FieldTest;
}

export type FieldTest =
  | { operator: "exists" | "isNull" | "isEmpty"; expected: boolean }
  /** uuids in canonical form and datetimes as microseconds, when the field is declared as such; else as they came. */
  | { operator: "in"; values: readonly (string | number | boolean)[] }
  | { operator: "notIn"; values: readonly (string | number | boolean)[] }
  | { operator: "valuesCount"; bounds: Bounds }
  /** `loose`: datetimes are read as `parseLooseDatetime` does. */
  | { operator: "range"; of: "number" | "datetime"; loose: boolean; bounds: Bounds }
  | { operator: "geoRadius"; circle: GeoRadius }
  | { operator: "geoBox"; box: GeoBox }
  | { operator: "geoPolygon"; polygon: GeoPolygon }
  | { operator: "match"; query: string; mode: "all" | "any" | "phrase" }
  /** A string that begins with the query, or holds one of these. */
  | { operator: "prefix"; query: string }
  | { operator: "substring"; queries: readonly string[] };

/** Whether a test looks at what lies at the path as it is, not at its values. */
export function isPresence(
  test: FieldTest,
): test is Extract<FieldTest, { operator: "exists" | "isNull" | "isEmpty" }> {
  return test.operator === "exists" || test.operator === "isNull" || test.operator === "isEmpty";
}

/** Numbers, or microseconds since 1970. A bound not given is an infinity, inclusive. */
export interface Bounds {
  low: number;
  lowInclusive: boolean;
  high: number;
  highInclusive: boolean;
}

export function isInBounds(value: number, bounds: Bounds): boolean {
  const aboveLow = bounds.lowInclusive ? value >= bounds.low : value > bounds.low;
  return aboveLow && (bounds.highInclusive ? value <= bounds.high : value < bounds.high);
}
