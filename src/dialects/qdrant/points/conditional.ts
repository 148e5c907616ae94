/** Which points a conditional write may touch. */
import type { Filter } from "../../../model/filter.ts";
import type { PointId } from "../../../model/id.ts";
import type { Collection } from "../../../store.ts";
import { selectedIds } from "./selected-points.ts";

export type UpdateMode = "upsert" | "insert_only" | "update_only";

/** All but those that are there and do not match. */
export async function notExcluded(
  collection: Collection,
  ids: readonly PointId[],
  filter: Filter,
  signal: AbortSignal,
): Promise<Set<PointId>> {
  const excluded = await selectedIds(
    collection,
    { filter: { and: [{ ids }, { not: filter }] } as Filter },
    signal,
  );
  const kept = new Set(ids);
  for (const id of excluded) kept.delete(id);
  return kept;
}

export async function allowed(
  collection: Collection,
  ids: readonly PointId[],
  mode: UpdateMode,
  filter: Filter | undefined,
  signal: AbortSignal,
): Promise<Set<PointId>> {
  const kept =
    filter === undefined || mode === "insert_only"
      ? new Set(ids)
      : await notExcluded(collection, ids, filter, signal);
  if (mode === "upsert") return kept;
  const asked = [...kept];
  const points = await collection.get(asked, { payload: false }, { signal });
  return new Set(asked.filter((_, i) => (points[i] !== undefined) === (mode === "update_only")));
}
