/**
 * What a caller wants written, checked and copied: from here on nothing of the caller's is referred to.
 */

import { list, plainObject, rejectKeys } from "../../model/bad-input.ts";
import { normalizeId, type PointId } from "../../model/id.ts";
import type { PathSyntax } from "../../model/path.ts";
import type { Payload } from "../../model/payload.ts";
import type { VectorInput } from "../../model/point.ts";
import { type DeclaredTree, validatePayload } from "../../model/validate-payload.ts";
import { copyVector, type NamedDimension, vectorsByField } from "../../model/validate-vector.ts";
import type { Kernel } from "../kernel.ts";
import { storedVectors, withoutVectors, withVectors } from "../log/entry-vectors.ts";
import type { Steps } from "../steps.ts";
import { type EntryFields, expectEntryFields, validateEntryVectors } from "./validate-entry-vectors.ts";

/** Points side by side, as records hold them. */
export interface CheckedPoints {
  ids: PointId[];
  /** With the sparse and multi vectors, as they lie in entries. */
  payloads: Payload[];
  /** By ordinal: the vectors of the points that have one, in their order, and by point its checksum. */
  vectors: CheckedVectors[];
}

export interface CheckedVectors {
  rows: Float32Array;
  checksums: (number | undefined)[];
}

export interface Shape {
  /** Dense ones. */
  fields: readonly NamedDimension[];
  entryFields: EntryFields;
  declared: DeclaredTree;
  paths: PathSyntax;
  crc32c: Kernel["crc32c"];
}

/** Points looked at in one step. */
const pointsPerStep = 16;

/** The points of an upsert; of those with one id the last. @throws FrancaError invalid_argument */
export function* validatePoints(points: unknown, shape: Shape): Steps<CheckedPoints> {
  const last = new Map<PointId, { point: Record<string, unknown>; where: string }>();
  for (const [index, given] of list(points, "points", "points").entries()) {
    const point = plainObject(given, `points[${index}]`, "a point: {id, vector or vectors, payload}");
    const id = normalizeId(point.id);
    // Deleted first, so that the point stands where it occurs last.
    last.delete(id);
    last.set(id, { point, where: `points[${index}] (id ${show(id)})` });
    if (index % pointsPerStep === pointsPerStep - 1) yield;
  }
  const payloads: Payload[] = [];
  const vectors: (VectorInput | undefined)[][] = [];
  const places: string[] = [];
  for (const { point, where } of last.values()) {
    const { id: _, vector, vectors: byName, sparse, multi, payload, ...rest } = point;
    rejectKeys(rest, where, "`id`, `vector`, `vectors`, `sparse`, `multi` and `payload`");
    const checked = payload === undefined ? {} : validatePayload(payload, shape.declared, where);
    payloads.push(withVectors(checked, validateEntryVectors(sparse, multi, shape.entryFields, where)));
    vectors.push(vectorsByField({ vector, vectors: byName }, shape.fields, where));
    places.push(where);
    if (places.length % pointsPerStep === 0) yield;
  }
  return { ids: [...last.keys()], payloads, vectors: yield* sideBySide(vectors, places, shape) };
}

/** Copies vectors, by point and ordinal, into rows by ordinal. @throws FrancaError invalid_argument */
export function* sideBySide(
  byPoint: readonly (VectorInput | undefined)[][],
  places: readonly string[],
  { fields, crc32c }: Shape,
): Steps<CheckedVectors[]> {
  const checked: CheckedVectors[] = [];
  for (const [ordinal, field] of fields.entries()) {
    const count = byPoint.reduce((sum, vectors) => sum + (vectors[ordinal] === undefined ? 0 : 1), 0);
    const rows = new Float32Array(count * field.dimension);
    const bytes = new Uint8Array(rows.buffer);
    let row = 0;
    const checksums: (number | undefined)[] = [];
    for (const [i, vectors] of byPoint.entries()) {
      if (i % pointsPerStep === pointsPerStep - 1) yield;
      const vector = vectors[ordinal];
      if (vector === undefined) {
        checksums.push(undefined);
        continue;
      }
      const start = row * field.dimension;
      copyVector(vector, rows.subarray(start, start + field.dimension), field, places[i]!);
      row++;
      checksums.push(crc32c(bytes.subarray(start * 4, (start + field.dimension) * 4)));
    }
    checked.push({ rows, checksums });
  }
  return checked;
}

/** Checks payloads again, when the declared fields are others than when they were given. */
export function expectPayloads({ ids, payloads }: CheckedPoints, shape: Shape): void {
  payloads.forEach((payload, i) => {
    const where = `point ${show(ids[i]!)}`;
    validatePayload(withoutVectors(payload), shape.declared, where);
    expectEntryFields(storedVectors(payload), shape.entryFields, where);
  });
}

/** The ids of a selector, each once. @throws FrancaError invalid_argument */
export function validateIds(ids: unknown): PointId[] {
  return [...new Set(list(ids, "ids", "point ids").map((id) => normalizeId(id)))];
}

function show(id: PointId): string {
  return typeof id === "string" ? JSON.stringify(id) : String(id);
}
