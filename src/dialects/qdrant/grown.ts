/** What the model is about to grow (sparse and multi vectors, settings), until it has: then this file goes. */
import type { Point, StoredPoint, VectorInput } from "../../model/point.ts";
import type { CollectionSchema, Metric } from "../../model/schema.ts";
import type { JsonObject } from "./requests/shape.ts";

export type SparseVectorInput = { indices: readonly number[]; values: VectorInput };
export type MultiVectorInput = readonly VectorInput[];
export type SparseField = { modifier?: "none" | "idf" };
export type MultiField = { dimension: number; metric?: Metric };
export type GrownSchema = CollectionSchema & {
  sparse?: { readonly [name: string]: SparseField };
  multi?: { readonly [name: string]: MultiField };
  settings?: JsonObject;
};
export type GrownStored = StoredPoint & {
  sparse?: { [name: string]: { indices: Uint32Array; values: Float32Array } | undefined };
  multi?: { [name: string]: Float32Array[] | undefined };
};
export type GrownPoint = Point & {
  sparse?: { [name: string]: SparseVectorInput };
  multi?: { [name: string]: MultiVectorInput };
};

export function grown(schema: CollectionSchema): GrownSchema {
  return schema;
}
