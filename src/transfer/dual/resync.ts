/** The secondary gets what the primary has of some points, under their turn: whole points, and deletions of those not there. */
import type { PointId } from "../../model/id.ts";
import type { Point } from "../../model/point.ts";
import type { Collection } from "../../store.ts";

export interface Resynced {
  written: number;
  deleted: number;
}

const batchSize = 500;

/** @throws FrancaError of both collections; it may be done again */
export async function resync(
  primary: Collection,
  secondary: Collection,
  ids: readonly PointId[],
): Promise<Resynced> {
  const done: Resynced = { written: 0, deleted: 0 };
  for (let from = 0; from < ids.length; from += batchSize) {
    const batch = ids.slice(from, from + batchSize);
    const points = await primary.get(batch, { payload: true, vectors: true });
    const there = points.filter((point) => point !== undefined) as Point[];
    const gone = batch.filter((_, i) => points[i] === undefined);
    if (there.length > 0) done.written += (await secondary.upsert(there)).count;
    if (gone.length > 0) done.deleted += (await secondary.delete({ ids: gone })).count;
  }
  return done;
}
