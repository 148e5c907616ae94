/**
 * Sparse and multi vectors that a caller wants written, checked, and encoded as they lie in entries.
 */
import { badInput, plainObject } from "../../model/bad-input.ts";
import { checkMulti, checkSparse } from "../../model/validate-sparse.ts";
import { encodeMulti, encodeSparse, type StoredVectors } from "../log/entry-vectors.ts";
import type { CollectionView } from "../view.ts";

export type EntryFields = Pick<CollectionView, "sparseFields" | "multiFields">;

/** @throws FrancaError invalid_argument */
export function validateEntryVectors(
  sparse: unknown,
  multi: unknown,
  { sparseFields, multiFields }: EntryFields,
  where: string,
): StoredVectors {
  return {
    sparse: byField(sparse, sparseFields, "sparse", where, (vector, _, place) =>
      encodeSparse(checkSparse(vector, place)),
    ),
    multi: byField(multi, multiFields, "multi", where, (rows, { dimension }, place) =>
      encodeMulti(checkMulti(rows, dimension, place)),
    ),
  };
}

function byField<F, T>(
  given: unknown,
  fields: { readonly [name: string]: F },
  kind: string,
  where: string,
  encoded: (vector: unknown, field: F, place: string) => T,
): { [field: string]: T } {
  if (given === undefined) return {};
  const stored: { [field: string]: T } = {};
  const vectors = plainObject(given, `${where}: ${kind}`, `an object of ${kind} vectors by field name`);
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector === undefined) continue;
    if (!Object.hasOwn(fields, name)) {
      throw badInput(where, `${kind} vector fields among ${Object.keys(fields).join(", ") || "none"}`, name);
    }
    stored[name] = encoded(vector, fields[name]!, `${where}: ${kind} vector ${JSON.stringify(name)}`);
  }
  return stored;
}

/** Checks encoded vectors again, when the fields are others than when they were given. @throws FrancaError invalid_argument */
export function expectEntryFields(
  { sparse, multi }: StoredVectors,
  { sparseFields, multiFields }: EntryFields,
  where: string,
): void {
  for (const field of Object.keys(sparse))
    if (!Object.hasOwn(sparseFields, field))
      throw badInput(where, "sparse vector fields that there are", field);
  for (const [field, [dimension]] of Object.entries(multi))
    if (!Object.hasOwn(multiFields, field) || multiFields[field]!.dimension !== dimension)
      throw badInput(where, "multi vector fields that there are, of their dimension", field);
}
