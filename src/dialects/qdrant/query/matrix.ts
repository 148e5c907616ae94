/** Distances within a sample of points. */
import type { Filter } from "../../../model/filter.ts";
import type { PointId } from "../../../model/id.ts";
import { compareIds } from "../../../model/id.ts";
import { matrixOf, type Neighbours } from "../../../queries/matrix.ts";
import type { Store } from "../../../store.ts";
import { opened } from "../collections/opened.ts";
import { heldVector } from "../collections/vector-field.ts";
import { readFilter } from "../filter/filter.ts";
import type { Handler, Params } from "../handler.ts";
import { object, optional, string, unsigned } from "../requests/shape.ts";
import { expectReadable } from "../strict/reads.ts";

const matrixRequest = object({
  filter: optional(readFilter),
  sample: optional(unsigned(2)),
  limit: optional(unsigned(1)),
  using: optional(string),
});

interface Matrix {
  ids: PointId[];
  neighbours: Neighbours;
}

async function matrix(store: Store, params: Params, given: unknown, signal: AbortSignal): Promise<Matrix> {
  const { filter, sample = 10, limit = 3, using = "" } = matrixRequest(given ?? {}, "");
  const to = await opened(store, params);
  const { collection } = to;
  expectReadable(to, { ...(given as object), limit: sample });
  const { field } = heldVector(using, to);
  const hasVector: Filter = { hasVector: field };
  const { hits } = await collection.query({
    sample: {},
    filter: filter === undefined ? hasVector : { and: [filter, hasVector] },
    limit: sample,
    select: { payload: false },
    signal,
  });
  // Of one point there is nothing to tell.
  if (hits.length < 2) return { ids: [], neighbours: [] };
  const ids = hits.map(({ id }) => id).sort(compareIds);
  return { ids, neighbours: await matrixOf(collection, { ids, field, limit, signal }) };
}

export const searchMatrixPairs: Handler<{
  pairs: { a: PointId; b: PointId; score: number }[];
}> = async (store, params, given, { signal }) => {
  const { ids, neighbours } = await matrix(store, params, given, signal);
  return {
    pairs: neighbours.flatMap((row, i) => row.map(({ id, score }) => ({ a: ids[i]!, b: id, score }))),
  };
};

export const searchMatrixOffsets: Handler<{
  offsets_row: number[];
  offsets_col: number[];
  scores: number[];
  ids: PointId[];
}> = async (store, params, given, { signal }) => {
  const { ids, neighbours } = await matrix(store, params, given, signal);
  const offsets = new Map(ids.map((id, i) => [id, i]));
  return {
    offsets_row: neighbours.flatMap((row, i) => row.map(() => i)),
    offsets_col: neighbours.flatMap((row) => row.map(({ id }) => offsets.get(id)!)),
    scores: neighbours.flatMap((row) => row.map(({ score }) => score)),
    ids,
  };
};
