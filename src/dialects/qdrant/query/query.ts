/** The universal query. */
import { opened } from "../collections/opened.ts";
import { unnamedField } from "../collections/settings.ts";
import { readFilter } from "../filter/filter.ts";
import type { Handler } from "../handler.ts";
import { type Record, recordOf } from "../points/record.ts";
import { selected, withPayload, withVector } from "../points/select.ts";
import { anyVector } from "../points/vector-shapes.ts";
import { denseOf } from "../points/vectors-in.ts";
import { object, optional, unsigned } from "../requests/shape.ts";

export interface ScoredPoint extends Record {
  version: number;
  score: number;
}

const queryRequest = object({
  query: (given: unknown, path: string) => anyVector(given, path),
  filter: optional(readFilter),
  limit: optional(unsigned(1)),
  with_payload: withPayload,
  with_vector: withVector,
});

export const queryPoints: Handler<{ points: ScoredPoint[] }> = async (store, params, given, { signal }) => {
  const { query, filter, limit = 10, ...asked } = queryRequest(given, "");
  const from = await opened(store, params);
  const selection = selected(asked, from);
  const field = from.collection.schema.vectors[unnamedField]!;
  const { hits } = await from.collection.query({
    nearest: denseOf(query, field.dimension),
    ...(filter && { filter }),
    limit,
    select: selection.select,
    signal,
  });
  return {
    points: hits.map((hit) => ({ ...recordOf(hit, selection, from), version: 0, score: hit.score })),
  };
};
