/**
 * What a reader asks: how to rank, what to filter, how much to return.
 */
import type { Filter } from "./filter.ts";
import type { PointId } from "./id.ts";
import type { MultiVectorInput, SparseVectorInput, VectorInput } from "./point.ts";
import type {
  CollectionSchema,
  FieldPath,
  FieldPathOf,
  MultiName,
  SparseName,
  VectorName,
} from "./schema.ts";

/** What similarity is measured to: a vector of the field's kind, or the one of a stored point. */
export type Example = VectorInput | SparseVectorInput | MultiVectorInput | { id: PointId };

/** One way to rank points, best first. */
export type Ranking<S extends CollectionSchema = CollectionSchema> =
  | NearestRanking<S>
  | TextRanking<S>
  | FusionRanking<S>;

/** Names of vector fields of any kind. */
export type AnyVectorName<S extends CollectionSchema> = VectorName<S> | SparseName<S> | MultiName<S>;

/**
 * By distance to a vector, or to the vector of a stored point (which is then left out of the answer). In a sparse field only
 * points with a component at one of the example's indices are ranked. In a multi field one vector is a list of one row.
 */
export interface NearestRanking<S extends CollectionSchema = CollectionSchema> {
  nearest: Example;
  /** Vector field of any kind; may be left out when the collection has exactly one. */
  field?: AnyVectorName<S>;
}

/** By BM25 over declared text fields; a point must hold at least one of the words. Fields' scores are added. */
export interface TextRanking<S extends CollectionSchema = CollectionSchema> {
  text: string;
  /** Default: every declared text field. */
  fields?: readonly FieldPathOf<S, "text">[];
}

/** Several rankings run concurrently under the same filter and fused into one. */
export interface FusionRanking<S extends CollectionSchema = CollectionSchema> {
  fusion: {
    legs: readonly FusionLeg<S>[];
    /** Reciprocal rank fusion, Σ wᵢ / (k + rankᵢ + 1), ranks from 0 (Cormack et al., SIGIR 2009). The only method yet. */
    method?: "rrf";
    /** Default 60. */
    k?: number;
  };
}

export type FusionLeg<S extends CollectionSchema = CollectionSchema> = (
  | NearestRanking<S>
  | TextRanking<S>
) & {
  /** Name in the answer's `legs`. Default "vector" or "keyword". Names are distinct. */
  name?: string;
  /** Default 1. */
  weight?: number;
  /** Candidates this leg brings. Default max(100, offset + limit). */
  limit?: number;
};

export interface Selection<S extends CollectionSchema = CollectionSchema> {
  /** true (default): all; false: none; or the paths to return. */
  payload?: boolean | readonly (FieldPath<S> | (string & {}))[];
  /** false (default), true: all, or names of fields of any kind. */
  vectors?: boolean | readonly AnyVectorName<S>[];
}

export type QueryRequest<S extends CollectionSchema = CollectionSchema> = Ranking<S> & {
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

export interface SearchParams {
  /** Scan exactly, whatever it costs. Default false. */
  exact?: boolean;
  /** Pool width of the graph search: more is slower and finds more. Default max(64, 2 × (offset + limit)). */
  ef?: number;
  /**
   * Takes one way of searching whatever it costs, for measurements: "exact" as `exact`; "codes" scans the quantised
   * vectors of all matches; "graph" walks the graph. Default "auto": the cheapest by what searches have cost so far.
   */
  plan?: "auto" | "exact" | "codes" | "graph";
}

export interface ScrollRequest<S extends CollectionSchema = CollectionSchema> extends ReadOptions {
  filter?: Filter<S>;
  /** 1 … 1,048,576, default 100. */
  limit?: number;
  /** Starts after this id; the `next` of the page before. */
  after?: PointId;
  select?: Selection<S>;
}
