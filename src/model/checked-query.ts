/**
 * Requests to read after the border: every default filled in, every name known. Made by validate-query.ts only.
 */
import type { CheckedFilter } from "./checked-filter.ts";
import type { PointId } from "./id.ts";
import type { PathSyntax } from "./path.ts";
import type { MultiVector, SparseVector } from "./point.ts";
import type { Metric } from "./schema.ts";
import type { PayloadFields } from "./validate-filter.ts";
import type { CheckedExpression } from "./validate-formula.ts";

export interface CheckedFields {
  vectorFields: { readonly [name: string]: { readonly dimension: number; readonly metric: Metric } };
  sparseFields: { readonly [name: string]: { readonly modifier: "none" | "idf" } };
  multiFields: { readonly [name: string]: { readonly dimension: number; readonly metric: Metric } };
  payloadFields: PayloadFields;
  /** How paths are read; default "implicit". */
  paths?: PathSyntax;
}

/** A ranking with what it ranks: all that the filters leave, or of them what those below bring. */
export interface CheckedStage {
  ranking: CheckedRanking;
  prefetch: readonly CheckedStage[];
  filter: CheckedFilter | undefined;
  /** Candidates it brings. */
  limit: number;
  scoreThreshold: number | undefined;
  exact: boolean;
  ef: number;
  /** Undefined: the cheapest. */
  plan: "exact" | "codes" | "graph" | undefined;
}

/** `limit` counts the hits after the offset. */
export interface CheckedQuery extends CheckedStage {
  offset: number;
  select: CheckedSelection;
  /** Target for every nearest ranking, above 0 and at most 1. */
  recall: number | undefined;
  explain: boolean;
  signal: AbortSignal | undefined;
}

export type CheckedRanking =
  | CheckedNearest
  | CheckedText
  | CheckedFusion
  | CheckedRecommend
  | CheckedDiscover
  | CheckedContext
  | CheckedFeedback
  | CheckedOrderBy
  | CheckedSample
  | CheckedFormula;

export interface CheckedNearest {
  kind: "nearest";
  field: string;
  from: CheckedExample;
  mmr?: { diversity: number; candidates: number };
}

/** A vector of the field's kind, or the point that has it. */
export type CheckedExample = { vector: ExampleVector } | { id: PointId };
export type ExampleVector = Float32Array | SparseVector | MultiVector;

export interface CheckedText {
  kind: "text";
  text: string;
  fields: readonly string[];
}

export interface CheckedFusion {
  kind: "fusion";
  method: "rrf" | "dbsf";
  k: number;
  weigh: "scores" | "ranks";
  asTold: boolean;
  legs: readonly CheckedFusionLeg[];
}

export interface CheckedFusionLeg extends CheckedStage {
  name: string;
  weight: number;
}

export interface CheckedRecommend {
  kind: "recommend";
  field: string;
  positive: readonly CheckedExample[];
  negative: readonly CheckedExample[];
  strategy: "average" | "best" | "sum";
}

export interface CheckedPair {
  positive: CheckedExample;
  negative: CheckedExample;
}

export interface CheckedDiscover {
  kind: "discover";
  field: string;
  target: CheckedExample;
  context: readonly CheckedPair[];
}

export interface CheckedContext {
  kind: "context";
  field: string;
  context: readonly CheckedPair[];
}

export interface CheckedFeedback {
  kind: "feedback";
  field: string;
  target: CheckedExample;
  examples: readonly { example: CheckedExample; score: number }[];
  a: number;
  b: number;
  c: number;
}

export interface CheckedOrderBy {
  kind: "orderBy";
  /** Of a numeric or datetime index. Undefined: by ids. */
  path: string | undefined;
  descending: boolean;
  /** A number, or microseconds. */
  startFrom: number | undefined;
  scores: "value" | "one";
}

export interface CheckedSample {
  kind: "sample";
  seed: number | undefined;
}

export interface CheckedFormula {
  kind: "formula";
  expression: CheckedExpression;
}

export interface CheckedSelection {
  payload: boolean | readonly string[];
  /** Names of vector fields of any kind. */
  vectors: readonly string[];
}

export interface CheckedScroll {
  filter: CheckedFilter | undefined;
  limit: number;
  after: PointId | undefined;
  select: CheckedSelection;
  signal: AbortSignal | undefined;
}
