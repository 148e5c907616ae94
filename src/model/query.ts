/**
 * What a reader asks: how to rank, what to filter, how much to return.
 */
import type { Filter } from "./filter.ts";
import type { PointId } from "./id.ts";
import type { AnyVectorName, Ranking, SearchParams, SubQuery } from "./ranking.ts";
import type { CollectionSchema, FieldPath } from "./schema.ts";

export interface Selection<S extends CollectionSchema = CollectionSchema> {
  /** true (default): all; false: none; or the paths to return. */
  payload?: boolean | readonly (FieldPath<S> | (string & {}))[];
  /** false (default), true: all, or names of fields of any kind. */
  vectors?: boolean | readonly AnyVectorName<S>[];
}

export type QueryRequest<S extends CollectionSchema = CollectionSchema> = Ranking<S> & {
  /** The ranking ranks only what these bring, at most 64 deep. */
  prefetch?: readonly SubQuery<S>[];
  filter?: Filter<S>;
  /** 1 … 1,048,576, default 10. */
  limit?: number;
  /** Hits to skip, default 0. */
  offset?: number;
  /** Hits worse than this are left out: scores below it, or, for euclidean and manhattan, distances above it. */
  scoreThreshold?: number;
  select?: Selection<S>;
  params?: SearchParams;
  /**
   * Recall to reach, above 0 and at most 1: the share of the true `offset + limit` nearest that a search finds, on average.
   * The engine finds the least effort for it by a calibration that it keeps; 1 is an exact scan. For every nearest leg
   * of a fusion. Instead of params.
   */
  recall?: number;
  /** Adds what was planned and what happened to the answer. */
  explain?: boolean;
  /** See ReadOptions. */
  signal?: AbortSignal;
};

export interface ReadOptions {
  /**
   * When it is aborted the call stops computing and rejects with cancelled, or, where its reason is a deadline
   * (AbortSignal.timeout), with deadline_exceeded.
   */
  signal?: AbortSignal;
}

export interface ScrollRequest<S extends CollectionSchema = CollectionSchema> extends ReadOptions {
  filter?: Filter<S>;
  /** 1 … 1,048,576, default 100. */
  limit?: number;
  /** Starts after this id; the `next` of the page before. */
  after?: PointId;
  select?: Selection<S>;
}
