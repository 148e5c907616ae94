/** Vectors of a point as they come, by name or without one, to the collection's fields. */
import type { MultiVectorInput, SparseVectorInput, VectorInput } from "../../../model/point.ts";
import type { Opened } from "../collections/opened.ts";
import { heldVector } from "../collections/vector-field.ts";
import { wrongInput } from "../errors.ts";
import { isList, objectAt, within } from "../requests/shape.ts";
import { asDatatype } from "./datatype.ts";
import { type AnyVector, anyVector } from "./vector-shapes.ts";

export interface FieldVectors {
  vectors?: { [field: string]: VectorInput };
  sparse?: { [field: string]: SparseVectorInput };
  multi?: { [field: string]: MultiVectorInput };
}

/** @throws FrancaError invalid_argument, in Qdrant's words */
export function vectorsIn(given: unknown, to: Opened, path: string): FieldVectors {
  const found: FieldVectors = {};
  if (isList(given)) {
    put(found, "", anyVector(given, path), to);
    return found;
  }
  const named = objectAt(given, path);
  if (typeof named.model === "string") anyVector(named, path);
  for (const [name, vector] of Object.entries(named))
    if (vector !== null) put(found, name, anyVector(vector, within(path, name)), to);
  return found;
}

function put(found: FieldVectors, name: string, given: AnyVector, to: Opened): void {
  const { field, kind, datatype, metric, ...held } = heldVector(name, to);
  if (kind === "sparse") {
    if (!("sparse" in given)) throw wrongInput("Wrong usage of sparse vectors");
    found.sparse = { ...found.sparse, [field]: given.sparse };
  } else if (kind === "dense") {
    const vector = denseOf(given, held.dimension);
    found.vectors = { ...found.vectors, [field]: asDatatype(vector, datatype, metric) };
  } else {
    const rows = held.isSingle ? [denseOf(given, held.dimension)] : multiOf(given, held.dimension);
    found.multi = { ...found.multi, [field]: rows.map((row) => asDatatype(row, datatype, metric)) };
  }
}

export function denseOf(given: AnyVector, dimension: number): VectorInput {
  if ("sparse" in given) throw wrongInput("Wrong usage of sparse vectors");
  if ("multi" in given) throw wrongInput("Wrong usage of multi vectors");
  expectDimension(given.dense, dimension);
  return given.dense;
}

/** A single vector is as good as a list of one. */
export function multiOf(given: AnyVector, dimension: number): readonly VectorInput[] {
  if ("sparse" in given) throw wrongInput("Wrong usage of multi vectors");
  const rows = "multi" in given ? given.multi : [given.dense];
  for (const row of rows) expectDimension(row, dimension);
  return rows;
}

function expectDimension({ length }: VectorInput, dimension: number): void {
  if (length === dimension) return;
  throw wrongInput(`Vector dimension error: expected dim: ${dimension}, got ${length}`);
}
