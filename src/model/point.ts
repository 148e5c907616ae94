/**
 * Points: an id, a vector in each of some vector fields, and a payload.
 */
import type { PointId } from "./id.ts";
import type { JsonValue, Payload } from "./payload.ts";
import type { CollectionSchema, Declared, PayloadOf, VectorName } from "./schema.ts";

export type VectorInput = Float32Array | readonly number[];

export interface Point<S extends CollectionSchema = CollectionSchema> {
  id: PointId;
  /** The vector, in a collection with exactly one vector field. */
  vector?: VectorInput;
  /** Vectors by field name; a point may lack some or all of them. */
  vectors?: { [K in VectorName<S>]?: VectorInput };
  payload?: PayloadOf<S>;
}

/** A point as it is read back. */
export interface StoredPoint<S extends CollectionSchema = CollectionSchema> {
  id: PointId;
  /** Present when selected. Dates come back as the ISO 8601 strings they were stored as. */
  payload?: ReadPayload<S>;
  /** Present when selected; only fields that the point has. */
  vectors?: { [K in VectorName<S>]?: Float32Array };
}

export type ReadPayload<S extends CollectionSchema> = string extends keyof Declared<S>
  ? Payload
  : DatesAsStrings<PayloadOf<S>>;
/** JSON has no Dates; to walk into its recursive type would never end. */
type DatesAsStrings<T> = T extends JsonValue
  ? T
  : T extends Date
    ? string
    : T extends object
      ? { [K in keyof T]: DatesAsStrings<T[K]> }
      : T;
