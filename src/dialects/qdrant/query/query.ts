/** The universal query, alone and in batches. */
import type { Filter } from "../../../model/filter.ts";
import type { Hit } from "../../../model/result.ts";
import type { Store } from "../../../store.ts";
import { type Opened, opened } from "../collections/opened.ts";
import { formatError } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { type Record, recordOf } from "../points/record.ts";
import { type Selected, selected, withPayload, withVector } from "../points/select.ts";
import { isList, objectAt, optional, unsigned } from "../requests/shape.ts";
import { expectBatch, expectReadable } from "../strict/reads.ts";
import { rankedOf, requestOf } from "./build.ts";
import { resolve } from "./resolve.ts";
import { type Query, readStage, type Stage } from "./stage.ts";

export interface ScoredPoint extends Record {
  version: number;
  score: number;
}

export const queryPoints: Handler<{ points: ScoredPoint[] }> = async (store, params, given, { signal }) => {
  const read = readRequest(given, "");
  const to = await opened(store, params);
  return { points: await answered(store, to, read, signal) };
};

export const queryBatch: Handler<{ points: ScoredPoint[] }[]> = async (store, params, given, { signal }) => {
  const reads = searchesIn(given).map((one, i) => readRequest(one, `searches[${i}]`));
  const to = await opened(store, params);
  expectBatch(to, reads.length);
  const answers = await Promise.all(reads.map((read) => answered(store, to, read, signal)));
  return answers.map((points) => ({ points }));
};

export function searchesIn(given: unknown): unknown[] {
  const { searches } = objectAt(given, "");
  if (!isList(searches)) throw formatError("missing field `searches`");
  return Array.from(searches);
}

export interface QueryRead {
  readonly stage: Stage;
  readonly offset: number;
  readonly with_payload?: ReturnType<typeof withPayload>;
  readonly with_vector?: ReturnType<typeof withVector>;
  /** As it came. */
  readonly given: { [name: string]: unknown };
}

/** Everything but what the collection decides. @throws FrancaError invalid_argument */
export function readRequest(given: unknown, path: string): QueryRead {
  const request = objectAt(given ?? {}, path);
  return {
    stage: readStage(request, path),
    offset: optional(unsigned())(request.offset, "offset") ?? 0,
    with_payload: withPayload(request.with_payload, "with_payload"),
    with_vector: withVector(request.with_vector, "with_vector"),
    given: request,
  };
}

export async function answered(
  store: Store,
  to: Opened,
  read: QueryRead,
  signal: AbortSignal,
): Promise<ScoredPoint[]> {
  const { stage, offset, given, ...asked } = read;
  expectReadable(to, { ...given, limit: stage.limit });
  const selection = selected(asked, to);
  if (stage.query === undefined && stage.prefetch.length === 0 && stage.score_threshold === undefined)
    return scrolled(to, read, selection, signal);
  const resolved = await resolve(store, stage, to, signal);
  const ranked = rankedOf(stage, resolved, to);
  const isUnstable = stage.query?.kind === "sample" && stage.prefetch.length === 0;
  const { hits } = await to.collection.query(
    requestOf(ranked, {
      filter: without(resolved.excluded),
      ...(offset > 0 && !isUnstable && { offset }),
      select: selection.select,
      signal,
    }),
  );
  return hits.map((hit) => scoredOf(hit, selection, to, stage.query?.kind));
}

/** A query without a query: points in the order of their ids. */
async function scrolled(
  to: Opened,
  { stage, offset }: QueryRead,
  selection: Selected,
  signal: AbortSignal,
): Promise<ScoredPoint[]> {
  const { points } = await to.collection.scroll({
    ...(stage.filter && { filter: stage.filter }),
    limit: stage.limit + offset,
    select: selection.select,
    signal,
  });
  return points.slice(offset).map((point) => ({ ...recordOf(point, selection, to), version: 0, score: 1 }));
}

export function without(ids: readonly (string | number | bigint)[]): Filter | undefined {
  return ids.length === 0 ? undefined : { not: { ids } };
}

/** @param by the kind of the query; where it orders by a value, that is the hit's score in the model */
export function scoredOf(
  hit: Hit,
  selection: Selected,
  from: Opened,
  by: Query["kind"] | undefined,
): ScoredPoint {
  const { id, ...record } = recordOf(hit, selection, from);
  if (by === "order_by") return { id, version: 0, score: 1, ...record, order_value: hit.score };
  return { id, version: 0, score: hit.score, ...record };
}
