/**
 * The routes before the universal query: each request is one of its queries in other words. Their answers are bare lists.
 */

import { formatError } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { isList, object, objectAt, string, unsigned } from "../requests/shape.ts";
import { type PointGroup, queryGroups } from "./groups.ts";
import { queryBatch, queryPoints, type ScoredPoint, searchesIn } from "./query.ts";

type Json = { readonly [name: string]: unknown };
type Rewrite = (request: Json) => Json;

const limited = object({ limit: unsigned(1) });
const named = object({ name: string });

function expectLimit(request: Json): void {
  limited(request, "");
}

/** A vector without a name, or with one. */
const searched: Rewrite = ({ vector, ...others }) => {
  if (vector === undefined) throw formatError("missing field `vector`");
  if (isList(vector)) return { ...others, query: { nearest: vector } };
  const { name } = named(vector, "vector");
  return { ...others, using: name, query: { nearest: objectAt(vector, "vector").vector } };
};

const recommended: Rewrite = ({ positive, negative, strategy, ...others }) => ({
  ...others,
  query: { recommend: { positive, negative, strategy } },
});

const discovered: Rewrite = ({ target, context, ...others }) => ({
  ...others,
  query:
    target === undefined || target === null ? { context: context ?? [] } : { discover: { target, context } },
});

function single(rewrite: Rewrite): Handler<ScoredPoint[]> {
  return async (store, params, given, context) => {
    const request = objectAt(given, "");
    expectLimit(request);
    const { points } = await queryPoints(store, params, rewrite(request), context);
    return points;
  };
}

function batch(rewrite: Rewrite): Handler<ScoredPoint[][]> {
  return async (store, params, given, context) => {
    const searches = searchesIn(given).map((one, i) => {
      const request = objectAt(one, `searches[${i}]`);
      expectLimit(request);
      return rewrite(request);
    });
    const answers = await queryBatch(store, params, { searches }, context);
    return answers.map(({ points }) => points);
  };
}

const grouped = object({ limit: unsigned(1), group_size: unsigned(1) });

function groups(rewrite: Rewrite): Handler<{ groups: PointGroup[] }> {
  return (store, params, given, context) => {
    const request = objectAt(given, "");
    grouped(request, "");
    return queryGroups(store, params, rewrite(request), context);
  };
}

export const searchPoints: Handler<ScoredPoint[]> = single(searched);
export const searchBatch: Handler<ScoredPoint[][]> = batch(searched);
export const searchGroups: Handler<{ groups: PointGroup[] }> = groups(searched);
export const recommendPoints: Handler<ScoredPoint[]> = single(recommended);
export const recommendBatch: Handler<ScoredPoint[][]> = batch(recommended);
export const recommendGroups: Handler<{ groups: PointGroup[] }> = groups(recommended);
export const discoverPoints: Handler<ScoredPoint[]> = single(discovered);
export const discoverBatch: Handler<ScoredPoint[][]> = batch(discovered);
