/**
 * Filters as plain data: one condition on one field, combined by and, or, not.
 *
 * Meaning (the oracle in test/oracle decides):
 *  - A path walks objects by dots, and arrays by visiting each element: "author.name" on
 *    `{author: [{name: "a"}, {name: "b"}]}` has the values "a" and "b". An array at the end of a path is its elements.
 *    In collections of `paths: "explicit"` arrays are walked only where the path says so: "author[].name".
 *  - A condition holds when any value of the path satisfies it. A missing field satisfies none but `exists: false` and `isEmpty: true`.
 *  - `eq` and `in` compare type and value ("1" is not 1; uuids and datetimes of declared fields by what they denote).
 *  - `not` is the complement: every point that does not match, those that lack the field included.
 */
import type { PointId } from "./id.ts";
import type { GeoPoint } from "./payload.ts";
import type { CollectionSchema, Declared, FieldPath, PayloadFieldType, ValueOf } from "./schema.ts";

/** All bounds given must hold. Numbers, or datetimes (RFC 3339 strings or Dates). */
export interface Range<V> {
  gt?: V;
  gte?: V;
  lt?: V;
  lte?: V;
}

export interface GeoRadius {
  center: GeoPoint;
  /** Great-circle distance (haversine, Earth radius 6,371,008.8 m), inclusive. */
  radiusMeters: number;
  /** Whether the edge is left out; default false. */
  edgeOut?: boolean;
}

/** Inclusive; may cross the antimeridian (then topLeft.lon > bottomRight.lon). */
export interface GeoBox {
  topLeft: GeoPoint;
  bottomRight: GeoPoint;
  /** Whether the edges are left out; default false. Longitudes are then compared as they are, −180 and 180 as two. */
  edgeOut?: boolean;
}

/**
 * On the plane of longitude and latitude. Edges do not belong to it, nor do those of its holes. Rings are closed: at least
 * four points, the last one the first.
 */
export interface GeoPolygon {
  exterior: readonly GeoPoint[];
  interiors?: readonly (readonly GeoPoint[])[];
}

/** Whole numbers from 0; all bounds given must hold. */
export interface ValuesCount {
  gt?: number;
  gte?: number;
  lt?: number;
  lte?: number;
}

/**
 * Words of a query, after the field's analysis: "all" of them (default), "any", or as a "phrase" in this order side by side.
 * "prefix" and "substring" compare signs, not words: a string that begins with the query, or holds it.
 */
export interface TextMatch {
  query: string;
  mode?: "all" | "any" | "phrase" | "prefix" | "substring";
  /**
   * Where the field is not declared as text: "words" (default) after English analysis, or "substring": the query is held as
   * it stands, for "any" one of its parts between spaces.
   */
  undeclared?: "words" | "substring";
}

export type Filter<S extends CollectionSchema = CollectionSchema> =
  | { and: readonly Filter<S>[] }
  | { or: readonly Filter<S>[] }
  | { not: Filter<S> }
  /** At least `count` of the filters hold. */
  | { minShould: { filters: readonly Filter<S>[]; count: number } }
  | { ids: readonly PointId[] }
  /** The point has a vector in this field, of any kind. A name of no field is one that no point has. */
  | { hasVector: string }
  | FieldCondition<S>
  | NestedCondition<S>;

/** All of `filter` holds for one and the same element of the array of objects at `nested`; paths inside are relative to the element. */
export interface NestedCondition<S extends CollectionSchema> {
  nested: FieldPath<S> | (string & {});
  filter: Filter<CollectionSchema>;
}

export type FieldCondition<S extends CollectionSchema> = string extends keyof Declared<S>
  ? AnyCondition
  : { [K in keyof Declared<S> & string]: ConditionOn<K, Declared<S>[K]["type"]> }[keyof Declared<S> & string];

/** The conditions that a field of type T knows. */
export type ConditionOn<K extends string, T extends PayloadFieldType> = { field: K } & (
  | PresenceOperator
  | (T extends "geo"
      ? GeoOperator
      : T extends "text"
        ? { match: string | TextMatch } | EqualOperator<string>
        : ScalarOperator<T> | (T extends "keyword" ? { match: TextMatch } : never))
);

type ScalarOperator<T extends PayloadFieldType> =
  | EqualOperator<ValueOf<T>>
  | (T extends "integer" | "float" | "datetime" ? { range: Range<ValueOf<T>> } : never);
/** notIn: one of its values is not null and none of these, whatever its type. */
type EqualOperator<V> = { eq: V } | { in: readonly V[] } | { notIn: readonly V[] };
type GeoOperator = { geoRadius: GeoRadius } | { geoBox: GeoBox } | { geoPolygon: GeoPolygon };
/**
 * exists: the path has a value, null included. isNull: one of its values is null. isEmpty: it is missing, null, or an
 * array without a value that is not null. valuesCount: how many values that are not null it has.
 * Explicit paths: what lies there counts as it is, an array as one: isNull: null lies there; isEmpty: nothing, or nothing but
 * null and []; valuesCount: of what lies there, one has so many elements (null 0, what is no array 1), which what is
 * missing never has.
 */
type PresenceOperator =
  | { exists: boolean }
  | { isNull: boolean }
  | { isEmpty: boolean }
  | { valuesCount: ValuesCount };

export type Scalar = string | number | boolean;
export type AnyCondition = { field: string } & (
  | PresenceOperator
  | EqualOperator<Scalar | Date>
  | { range: Range<number | string | Date> }
  | GeoOperator
  | { match: string | TextMatch }
);
