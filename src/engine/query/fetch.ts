/**
 * From slots to points as they were asked for: ids, payloads whole or by path, vectors.
 */

import type { CheckedSelection } from "../../model/checked-query.ts";
import { type PathSyntax, splitPath } from "../../model/path.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import type { StoredPoint } from "../../model/point.ts";
import type { CollectionView, Slot } from "../view.ts";
import { explicitProjection } from "./explicit-projection.ts";
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

type Tree = Map<string, Tree | true>;

/** Keeps what lies on the paths: objects with the keys named, arrays with their elements that hold any of them. */
export function projection(
  paths: readonly string[],
  syntax: PathSyntax = "implicit",
): (payload: Payload) => Payload {
  if (syntax === "explicit") return explicitProjection(paths);
  const tree: Tree = new Map();
  for (const path of paths) {
    let node = tree;
    const keys = splitPath(path);
    for (const [depth, key] of keys.entries()) {
      const next = node.get(key);
      // A path that is asked for whole covers the paths below it.
      if (next === true) break;
      if (depth === keys.length - 1) node.set(key, true);
      else {
        const child: Tree = next ?? new Map();
        node.set(key, child);
        node = child;
      }
    }
  }
  return (payload) => (project(payload, tree) ?? {}) as Payload;
}

function project(value: JsonValue, tree: Tree): JsonValue | undefined {
  if (Array.isArray(value)) {
    const kept = value.map((element) => project(element, tree)).filter((element) => element !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (value === null || typeof value !== "object") return undefined;
  const entries: [string, JsonValue][] = [];
  for (const [key, child] of Object.entries(value)) {
    const below = tree.get(key);
    const kept = below === undefined || below === true ? below && child : project(child, below);
    if (kept !== undefined) entries.push([key, kept]);
  }
  // fromEntries, since assigning a key "__proto__" would set the prototype.
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
