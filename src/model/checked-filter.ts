/**
 * Filters after the border: every operator known, every path split, every value in the form in which it is compared.
 * Made by validate-filter.ts only; what reads it need not check anything again.
 */
import type { GeoBox, GeoRadius } from "./filter.ts";
import type { PointId } from "./id.ts";
import type { PayloadField } from "./schema.ts";

export type CheckedFilter =
  | { kind: "and"; filters: readonly CheckedFilter[] }
  | { kind: "or"; filters: readonly CheckedFilter[] }
  | { kind: "not"; filter: CheckedFilter }
  | { kind: "ids"; ids: readonly PointId[] }
  | CheckedCondition
  | { kind: "nested"; path: string; keys: readonly string[]; filter: CheckedFilter };

export interface CheckedCondition {
  kind: "field";
  /** From the payload's root, also inside `nested`. */
  path: string;
  /** From the payload's root, or from the element inside `nested`. */
  keys: readonly string[];
  /** The declaration of the path, when there is one. */
  declared: PayloadField | undefined;
  test: FieldTest;
}

export type FieldTest =
  | { operator: "exists" | "isNull" | "isEmpty"; expected: boolean }
  /** uuids in canonical form and datetimes as microseconds, when the field is declared as such; else as they came. */
  | { operator: "in"; values: readonly (string | number | boolean)[] }
  | { operator: "range"; of: "number" | "datetime"; bounds: Bounds }
  | { operator: "geoRadius"; circle: GeoRadius }
  | { operator: "geoBox"; box: GeoBox }
  | { operator: "match"; query: string; mode: "all" | "any" | "phrase" };

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
