/** Distances between points of a sample: for each its nearest among the others. */
import type { PointId } from "../model/id.ts";
import { idKey } from "../model/id.ts";
import type { Collection } from "../store.ts";

export interface MatrixRequest {
  /** The sample, in the order of its ids; each has a vector in `field`. */
  readonly ids: readonly PointId[];
  /** Of vectors, of any kind. */
  readonly field: string;
  /** Neighbours of each, at most. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** By the order of the sample. */
export type Neighbours = { readonly id: PointId; readonly score: number }[][];

/** Exact. */
export function matrixOf(collection: Collection, request: MatrixRequest): Promise<Neighbours> {
  const { ids, field, limit, signal } = request;
  return Promise.all(
    ids.map(async (id) => {
      const { hits } = await collection.query({
        nearest: { id },
        field,
        filter: { ids: ids.filter((other) => idKey(other) !== idKey(id)) },
        limit,
        select: { payload: false },
        params: { exact: true },
        ...(signal && { signal }),
      });
      return hits.map((hit) => ({ id: hit.id, score: hit.score }));
    }),
  );
}
