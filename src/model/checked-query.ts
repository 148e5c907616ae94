/**
 * Requests to read after the border: every default filled in, every name known. Made by validate-query.ts only.
 */
import type { CheckedFilter } from "./checked-filter.ts";
import type { PointId } from "./id.ts";
import type { PathSyntax } from "./path.ts";
import type { MultiVector, SparseVector } from "./point.ts";
import type { Metric } from "./schema.ts";
import type { PayloadFields } from "./validate-filter.ts";

export interface CheckedFields {
  vectorFields: { readonly [name: string]: { readonly dimension: number; readonly metric: Metric } };
  sparseFields: { readonly [name: string]: { readonly modifier: "none" | "idf" } };
  multiFields: { readonly [name: string]: { readonly dimension: number; readonly metric: Metric } };
  payloadFields: PayloadFields;
  /** How paths are read; default "implicit". */
  paths?: PathSyntax;
}

export interface CheckedQuery {
  ranking: CheckedRanking;
  filter: CheckedFilter | undefined;
  limit: number;
  offset: number;
  scoreThreshold: number | undefined;
  select: CheckedSelection;
  exact: boolean;
  ef: number;
  /** Undefined: the cheapest. */
  plan: "exact" | "codes" | "graph" | undefined;
  /** Target for every nearest ranking, above 0 and at most 1. */
  recall: number | undefined;
  explain: boolean;
  signal: AbortSignal | undefined;
}

export type CheckedRanking = CheckedLeg | { kind: "fusion"; k: number; legs: readonly CheckedFusionLeg[] };
export type CheckedLeg = CheckedNearest | CheckedText;

export interface CheckedNearest {
  kind: "nearest";
  field: string;
  from: CheckedExample;
}

/** A vector of the field's kind, or the point that has it. */
export type CheckedExample = { vector: ExampleVector } | { id: PointId };
export type ExampleVector = Float32Array | SparseVector | MultiVector;

export interface CheckedText {
  kind: "text";
  text: string;
  fields: readonly string[];
}

export interface CheckedFusionLeg {
  ranking: CheckedLeg;
  name: string;
  weight: number;
  limit: number;
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
