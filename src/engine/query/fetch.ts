/**
 * From slots to points as they were asked for: ids, payloads whole or by path, vectors.
 */

import type { CheckedSelection } from "../../model/checked-query.ts";
import type { StoredPoint } from "../../model/point.ts";
import { projection } from "../../model/projection.ts";
import type { CollectionView, Slot } from "../view.ts";
import { createPauser } from "./pause.ts";

/** Points put together between two looks at the clock. */
const pointsPerStep = 256;

/** @throws FrancaError data_loss, cancelled, deadline_exceeded */
export async function fetchPoints(
  view: CollectionView,
  slots: readonly Slot[],
  select: CheckedSelection,
  signal?: AbortSignal,
): Promise<StoredPoint[]> {
  if (slots.length === 0) return [];
  const fields = byKind(view, select.vectors);
  const inEntries = fields.sparse.length + fields.multi.length > 0;
  const [entries, payloads, ...vectors] = await Promise.all([
    inEntries ? view.entries(slots, signal) : undefined,
    inEntries || select.payload === false ? undefined : view.payloads(slots, signal),
    ...fields.dense.map((field) => view.vectors(field, slots, signal)),
  ]);
  const project = typeof select.payload === "boolean" ? undefined : projection(select.payload, view.paths);
  const pause = createPauser("the fetch", signal);
  const points: StoredPoint[] = [];
  for (const [i, slot] of slots.entries()) {
    if (i % pointsPerStep === 0) await pause();
    const point: StoredPoint = { id: view.idOf(slot) };
    const payload = select.payload === false ? undefined : (entries?.[i]?.payload ?? payloads?.[i]);
    if (payload !== undefined) point.payload = project === undefined ? payload : project(payload);
    if (fields.dense.length > 0) {
      point.vectors = {};
      for (const [at, field] of fields.dense.entries()) {
        const vector = vectors[at]![i];
        if (vector !== undefined) point.vectors[field] = vector;
      }
    }
    if (fields.sparse.length > 0) point.sparse = only(entries![i]!.vectors.sparse, fields.sparse);
    if (fields.multi.length > 0) point.multi = only(entries![i]!.vectors.multi, fields.multi);
    points.push(point);
  }
  return points;
}

function byKind({ sparseFields, multiFields }: CollectionView, names: readonly string[]) {
  const sparse = names.filter((name) => Object.hasOwn(sparseFields, name));
  const multi = names.filter((name) => Object.hasOwn(multiFields, name));
  const dense = names.filter((name) => !sparse.includes(name) && !multi.includes(name));
  return { dense, sparse, multi };
}

function only<T>(vectors: { [field: string]: T }, fields: readonly string[]): { [field: string]: T } {
  return Object.fromEntries(
    fields.flatMap((field) => (Object.hasOwn(vectors, field) ? [[field, vectors[field]!]] : [])),
  );
}
