/** Arithmetic over the scores that prefetched rankings gave a point and over its payload. */
import type { Filter } from "./filter.ts";
import type { GeoPoint, JsonValue } from "./payload.ts";
import type { CollectionSchema, FieldPath } from "./schema.ts";

type AnyPath<S extends CollectionSchema> = FieldPath<S> | (string & {});

/**
 * A number, or one of these. What comes out as infinite, or as no number (the root of −1), fails the query; so does a payload
 * that has not exactly one value where one is needed, and no default.
 */
export type Expression<S extends CollectionSchema = CollectionSchema> =
  | number
  /** Of the prefetched ranking with this index, from 0; where it did not bring the point `default`, else 0. */
  | { score: number; default?: JsonValue }
  /** The number at a path. */
  | { value: AnyPath<S>; default?: JsonValue }
  /** 1 where the filter holds, else 0. */
  | { condition: Filter<S> }
  /** Meters along the great circle to the geo point at a path. */
  | { distance: { from: GeoPoint; to: AnyPath<S> }; default?: JsonValue }
  /** Seconds since 1970 of an RFC 3339 string. */
  | { datetime: string | Date }
  /** The same of the string at a path. */
  | { datetimeValue: AnyPath<S>; default?: JsonValue }
  | { sum: readonly Expression<S>[] }
  /** 0 as soon as a factor is 0; what follows it is not looked at. */
  | { product: readonly Expression<S>[] }
  | { negated: Expression<S> }
  | { absolute: Expression<S> }
  /** 0 where the dividend is 0; `byZero` where the divisor alone is. */
  | { quotient: { of: Expression<S>; by: Expression<S>; byZero?: number } }
  | { root: Expression<S> }
  | { power: { base: Expression<S>; exponent: Expression<S> } }
  | { exp: Expression<S> }
  | { log10: Expression<S> }
  | { ln: Expression<S> }
  | { decay: Decay<S> };

/**
 * From 1 at the target down to `midpoint` at a distance of `scale`: linear max(0, 1 − (1 − m) / s · |x − t|), exponential
 * exp(ln m / s · |x − t|), gaussian exp(ln m / s² · (x − t)²).
 */
export interface Decay<S extends CollectionSchema = CollectionSchema> {
  kind: "linear" | "exponential" | "gaussian";
  of: Expression<S>;
  /** Default 0. */
  target?: Expression<S>;
  /** Between 0 and 1, which linear decay allows too. Default 0.5. */
  midpoint?: number;
  /** Above 0. Default 1. */
  scale?: number;
}
