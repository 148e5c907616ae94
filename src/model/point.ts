/**
 * Points: an id, a vector in each of some vector fields, and a payload.
 */
import type { PointId } from "./id.ts";
import type { JsonValue, Payload } from "./payload.ts";
import type { CollectionSchema, Declared, MultiName, PayloadOf, SparseName, VectorName } from "./schema.ts";

export type VectorInput = Float32Array | readonly number[];

/** Distinct indices from 0 to 2^32 − 1 in any order, and as many finite values. Read back in the order of indices. */
export interface SparseVectorInput {
  indices: Uint32Array | readonly number[];
  values: Float32Array | readonly number[];
}
export interface SparseVector {
  indices: Uint32Array;
  values: Float32Array;
}

/** At least one row, all of the field's dimension. */
export type MultiVectorInput = readonly VectorInput[];
export type MultiVector = Float32Array[];

export interface Point<S extends CollectionSchema = CollectionSchema> {
  id: PointId;
  /** The vector, in a collection with exactly one vector field. */
  vector?: VectorInput;
  /** Vectors by field name; a point may lack some or all of them. */
  vectors?: { [K in VectorName<S>]?: VectorInput };
  sparse?: { [K in SparseName<S>]?: SparseVectorInput };
  multi?: { [K in MultiName<S>]?: MultiVectorInput };
  payload?: PayloadOf<S>;
}

/** A point as it is read back. */
export interface StoredPoint<S extends CollectionSchema = CollectionSchema> {
  id: PointId;
  /** Present when selected. Dates come back as the ISO 8601 strings they were stored as. */
  payload?: ReadPayload<S>;
  /** Present when selected; only fields that the point has. */
  vectors?: { [K in VectorName<S>]?: Float32Array };
  sparse?: { [K in SparseName<S>]?: SparseVector };
  multi?: { [K in MultiName<S>]?: MultiVector };
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
