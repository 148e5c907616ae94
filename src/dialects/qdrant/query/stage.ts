/**
 * A query as it was asked, read and within bounds: one stage ranks points, of the collection or of those that the stages below
 * it bring. Points that stand for their vectors are ids still.
 */
import type { Filter } from "../../../model/filter.ts";
import type { Expression } from "../../../model/formula.ts";
import type { PointId } from "../../../model/id.ts";
import { readFilter } from "../filter/filter.ts";
import type { AnyVector } from "../points/vector-shapes.ts";
import {
  boolean,
  isList,
  number,
  object,
  objectAt,
  optional,
  type Reader,
  string,
  unsigned,
} from "../requests/shape.ts";
import { readQuery } from "./read-query.ts";

export interface Stage {
  readonly prefetch: readonly Stage[];
  readonly query?: Query | undefined;
  /** Name of the vector; "" for the one without. */
  readonly using: string;
  readonly filter?: Filter | undefined;
  readonly score_threshold?: number | undefined;
  readonly limit: number;
  readonly params?: SearchParams | undefined;
  readonly lookup_from?: Lookup | undefined;
}

export type Query =
  | { readonly kind: "nearest"; readonly nearest: Input; readonly mmr?: Mmr | undefined }
  | {
      readonly kind: "recommend";
      readonly positive: readonly Input[];
      readonly negative: readonly Input[];
      readonly strategy: "average_vector" | "best_score" | "sum_scores";
    }
  | { readonly kind: "discover"; readonly target: Input; readonly context: readonly Pair[] }
  | { readonly kind: "context"; readonly context: readonly Pair[] }
  | {
      readonly kind: "feedback";
      readonly target: Input;
      readonly feedback: readonly { readonly example: Input; readonly score: number }[];
      readonly a: number;
      readonly b: number;
      readonly c: number;
    }
  | ({ readonly kind: "order_by" } & OrderBy)
  | {
      readonly kind: "fusion";
      readonly method: "rrf" | "dbsf";
      readonly k?: number | undefined;
      readonly weights?: readonly number[] | undefined;
    }
  | { readonly kind: "formula"; readonly formula: Expression }
  | { readonly kind: "sample" };

/** The vector of a point, or a vector. */
export type Input = { readonly id: PointId } | AnyVector;
export interface Pair {
  readonly positive: Input;
  readonly negative: Input;
}
export interface Mmr {
  readonly diversity?: number | undefined;
  readonly candidates_limit?: number | undefined;
}
export interface OrderBy {
  readonly key: string;
  readonly direction?: "asc" | "desc" | undefined;
  readonly start_from?: number | string | undefined;
}
export interface Lookup {
  readonly collection: string;
  readonly vector?: string | undefined;
}
export interface SearchParams {
  readonly hnsw_ef?: number | undefined;
  readonly exact?: boolean | undefined;
}

export const searchParams: Reader<SearchParams | undefined> = optional(
  object({
    hnsw_ef: optional(unsigned()),
    exact: optional(boolean),
    indexed_only: optional(boolean),
    quantization: optional(
      object({
        ignore: optional(boolean),
        rescore: optional(boolean),
        oversampling: optional(number(1)),
      }),
    ),
    acorn: optional(object({ enable: optional(boolean), max_selectivity: optional(number(0, 1)) })),
  }),
);

export const lookupFrom: Reader<Lookup | undefined> = optional(
  object({ collection: string, vector: optional(string) }),
);

/** A prefetch, or a request as far as it is like one. */
export function readStage(given: unknown, path: string, defaultLimit = 10): Stage {
  const { prefetch, query, using, filter, score_threshold, limit, params, lookup_from } = objectAt(
    given,
    path,
  );
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const stages =
    prefetch === undefined || prefetch === null ? [] : isList(prefetch) ? Array.from(prefetch) : [prefetch];
  return {
    prefetch: stages.map((stage, i) => readStage(stage, `${at("prefetch")}[${i}]`)),
    query: optional(readQuery)(query, at("query")),
    using: optional(string)(using, at("using")) ?? "",
    filter: optional(readFilter)(filter, at("filter")),
    score_threshold: optional(number())(score_threshold, at("score_threshold")),
    limit: optional(unsigned(1))(limit, at("limit")) ?? defaultLimit,
    params: searchParams(params, at("params")),
    lookup_from: lookupFrom(lookup_from, at("lookup_from")),
  };
}
