/**
 * Vectors by the names that clients know them by, and the fields that hold them. A vector that joined a collection when it
 * had points is held as a list of one: it is compared as a vector is, and needs no place in those points.
 */
import type { FrancaError } from "../../../errors.ts";
import type { JsonValue } from "../../../model/payload.ts";
import type { CollectionSchema, Metric } from "../../../model/schema.ts";
import { wrongInput } from "../errors.ts";
import { type QdrantSettings, unnamedIn } from "./settings.ts";

export interface HeldVector {
  /** "" for the one without. */
  readonly name: string;
  readonly field: string;
  /** What the field holds. */
  readonly kind: "dense" | "multi" | "sparse";
  /** Of a multi field: one vector, for the client. */
  readonly isSingle: boolean;
  /** Components; 0 of a sparse vector. */
  readonly dimension: number;
  readonly metric: Metric;
  readonly datatype: JsonValue | undefined;
}

/** As much of a collection as is needed here. */
export interface Described {
  readonly collection: { readonly schema: CollectionSchema };
  readonly settings: QdrantSettings;
}

/** @throws FrancaError invalid_argument where there is none of this name */
export function heldVector(name: string, to: Described): HeldVector {
  const unnamed = unnamedIn(to.collection.schema, to.settings);
  const field = name === "" ? unnamed : name === unnamed ? undefined : name;
  const found = field === undefined ? undefined : heldIn(field, to);
  if (found === undefined) throw noSuchVector(name);
  return found;
}

/** Undefined where the client knows of none: it was deleted. */
export function heldIn(field: string, { collection, settings }: Described): HeldVector | undefined {
  const { vectors, multi = {}, sparse = {} } = collection.schema;
  if (settings.dropped?.includes(field)) return undefined;
  const name = field === unnamedIn(collection.schema, settings) ? "" : field;
  const datatype = settings.vectors?.[field]?.datatype;
  const isSingle = settings.single?.includes(field) ?? false;
  const dense = Object.hasOwn(vectors, field) ? vectors[field] : undefined;
  const rows = Object.hasOwn(multi, field) ? multi[field] : undefined;
  if (dense !== undefined || rows !== undefined) {
    const { dimension, metric = "cosine" } = (dense ?? rows)!;
    return {
      name,
      field,
      kind: dense === undefined ? "multi" : "dense",
      isSingle,
      dimension,
      metric,
      datatype,
    };
  }
  if (!Object.hasOwn(sparse, field)) return undefined;
  return { name, field, kind: "sparse", isSingle: false, dimension: 0, metric: "dot", datatype };
}

export function noSuchVector(name: string): FrancaError {
  return wrongInput(`Not existing vector name error: ${name}`);
}
