/**
 * Ways to rank points, best first: by a vector, by words, by examples that are liked and disliked, and several of them fused.
 * A ranking stands alone in a query, or below another one that ranks only what it brings.
 */
import type { Filter } from "./filter.ts";
import type { Expression } from "./formula.ts";
import type { PointId } from "./id.ts";
import type { MultiVectorInput, SparseVectorInput, VectorInput } from "./point.ts";
import type { CollectionSchema, FieldPathOf, MultiName, SparseName, VectorName } from "./schema.ts";

/** What similarity is measured to: a vector of the field's kind, or the one of a stored point, which is then left out of the answer. */
export type Example = VectorInput | SparseVectorInput | MultiVectorInput | { id: PointId };

/** Names of vector fields of any kind. */
export type AnyVectorName<S extends CollectionSchema> = VectorName<S> | SparseName<S> | MultiName<S>;

/** One way to rank points, best first. */
export type Ranking<S extends CollectionSchema = CollectionSchema> =
  | NearestRanking<S>
  | TextRanking<S>
  | FusionRanking<S>
  | RecommendRanking<S>
  | DiscoverRanking<S>
  | ContextRanking<S>
  | FeedbackRanking<S>
  | OrderByRanking<S>
  | SampleRanking
  | FormulaRanking<S>;

interface OfField<S extends CollectionSchema> {
  /** Vector field of any kind; may be left out when the collection has exactly one. */
  field?: AnyVectorName<S>;
}

/**
 * By distance to a vector, or to the vector of a stored point. In a sparse field only points with a component at one of the
 * example's indices are ranked. In a multi field one vector is a list of one row.
 */
export interface NearestRanking<S extends CollectionSchema = CollectionSchema> extends OfField<S> {
  nearest: Example;
  /**
   * Maximal marginal relevance: of the nearest, one after the other the one that is near and unlike those chosen before
   * (Carbonell and Goldstein, SIGIR 1998). Scores are told as without it; they do not fall in order.
   */
  mmr?: {
    /** From 0, relevance alone, to 1. Default 0.5. */
    diversity?: number;
    /** Of so many nearest; 1 … 16,384. Default offset + limit. */
    candidates?: number;
  };
}

/** By BM25 over declared text fields; a point must hold at least one of the words. Fields' scores are added. */
export interface TextRanking<S extends CollectionSchema = CollectionSchema> {
  text: string;
  /** Default: every declared text field. */
  fields?: readonly FieldPathOf<S, "text">[];
}

/**
 * By examples of what is wanted and what is not.
 *
 * The similarity s that strategies other than "average" reckon with: cosine and dot product as scores tell them, euclidean
 * minus the squared distance, manhattan minus the distance.
 */
export interface RecommendRanking<S extends CollectionSchema = CollectionSchema> extends OfField<S> {
  recommend: {
    /** At least one with "average". */
    positive?: readonly Example[];
    negative?: readonly Example[];
    /**
     * "average" (default): nearest to mean(positive) + (mean(positive) − mean(negative)).
     * "best": σ(max s to a positive) where that is above the most similar negative's, else −σ(max s to a negative), with
     * σ(s) = (s / (1 + |s|) + 1) / 2.
     * "sum": Σ s to the positives − Σ s to the negatives.
     */
    strategy?: "average" | "best" | "sum";
  };
}

export interface ExamplePair {
  positive: Example;
  negative: Example;
}

/**
 * By similarity to a target, inside of where the context's pairs lead: the score is, for every pair, 1 for what is more
 * similar to its positive, −1 to its negative, and σ(s to the target) beside. σ and s as in RecommendRanking.
 */
export interface DiscoverRanking<S extends CollectionSchema = CollectionSchema> extends OfField<S> {
  discover: { target: Example; context?: readonly ExamplePair[] };
}

/**
 * By the context's pairs alone: the score is Σ over the pairs of f(min(s to the positive − s to the negative − ε, 0)), with
 * f(x) = x / (1 + |x|): near 0 for what is on the right side of every pair.
 */
export interface ContextRanking<S extends CollectionSchema = CollectionSchema> extends OfField<S> {
  context: readonly ExamplePair[];
}

/**
 * By similarity to a target, corrected by what a better judge said of some answers: a · s to the target +
 * Σ cᵇᵖ · c · (s to i − s to j) over the pairs with scoreᵢ > scoreⱼ, where cp = scoreᵢ − scoreⱼ.
 */
export interface FeedbackRanking<S extends CollectionSchema = CollectionSchema> extends OfField<S> {
  feedback: {
    target: Example;
    /** Answers with the judge's scores, larger is better. */
    examples: readonly { example: Example; score: number }[];
    a: number;
    b: number;
    c: number;
  };
}

/**
 * By the values of a declared integer, float or datetime field, which are told as scores (datetimes as microseconds since
 * 1970); a point stands once for each of its values, and points without one are left out. "id": in the order of ids, with the
 * score 1.
 */
export interface OrderByRanking<S extends CollectionSchema = CollectionSchema> {
  orderBy:
    | "id"
    | {
        path: FieldPathOf<S, "integer" | "float" | "datetime">;
        /** Default "asc". */
        direction?: "asc" | "desc";
        /** The first value, or where it should stand: a number, or an RFC 3339 string or Date for datetimes. */
        startFrom?: number | string | Date;
        /** "one": the score is 1 for every point, for rankings that reckon with it. Default "value". */
        scores?: "value" | "one";
      };
}

/** At random, with the score 1. */
export interface SampleRanking {
  sample: {
    /** The same integer gives the same sample of the same points. Default: another each time. */
    seed?: number;
  };
}

/** What is prefetched, by a formula: larger is better. Scores are rounded to float32. */
export interface FormulaRanking<S extends CollectionSchema = CollectionSchema> {
  formula: Expression<S>;
}

/** Several rankings run concurrently under the same filter and fused into one. */
export interface FusionRanking<S extends CollectionSchema = CollectionSchema> {
  fusion: {
    legs: readonly FusionLeg<S>[];
    /**
     * "rrf" (default): reciprocal rank fusion, Σ wᵢ / (k + rankᵢ + 1), ranks from 0 (Cormack et al., SIGIR 2009).
     * "dbsf": Σ wᵢ · (scoreᵢ − lowᵢ) / (highᵢ − lowᵢ), low and high three standard deviations from the mean of a leg's scores; a
     * leg without any spread counts 0.5.
     */
    method?: "rrf" | "dbsf";
    /** Of rrf. Default 60. */
    k?: number;
    /**
     * What rrf's weights multiply. "scores" (default): the summands. "ranks": how fast they fall, 1 / ((rankᵢ + 1) / wᵢ + k − 1);
     * a leg of weight 0 adds nothing.
     */
    weigh?: "scores" | "ranks";
    /**
     * Of dbsf, where smaller scores are better: true reckons with them as they are told, so that what is far counts more, as
     * Qdrant does. Default false: they are negated first.
     */
    asTold?: boolean;
  };
}

export type FusionLeg<S extends CollectionSchema = CollectionSchema> = SubQuery<S> & {
  /** Name in the answer's `legs`. Default "vector", "keyword", or the kind of ranking. Names are distinct. */
  name?: string;
  /** Default 1. */
  weight?: number;
};

/** A ranking below another one, with what it brings. */
export type SubQuery<S extends CollectionSchema = CollectionSchema> = Ranking<S> & {
  /** It ranks only what these bring. */
  prefetch?: readonly SubQuery<S>[];
  /** Holds beside the filters above, and for what is prefetched here. */
  filter?: Filter<S>;
  /** Candidates it brings. Default max(100, offset + limit). */
  limit?: number;
  /** What is worse is not brought. See QueryRequest. */
  scoreThreshold?: number;
  params?: SearchParams;
};

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
