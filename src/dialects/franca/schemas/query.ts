/** What a reader asks: queries, pages, counts, facets, points by id. */
import * as z from "zod";
import type { PointId } from "../../../model/id.ts";
import type { QueryRequest, ScrollRequest, Selection } from "../../../model/query.ts";
import type { CollectionSchema } from "../../../model/schema.ts";
import type { CountRequest, FacetRequest } from "../../../store.ts";
import { filterSchema } from "./filter.ts";
import { idSchema, idsSchema } from "./point.ts";
import {
  mostHits,
  oneRanking,
  paramsSchema,
  prefetchSchema,
  type RankingBody,
  rankingMembers,
} from "./ranking.ts";
import { checkedByStore, named, noted, objectOf, optional } from "./schema.ts";

/** A signal is the connection's business. */
type Asked<T> = Omit<T, "signal">;

const names = z.array(z.string());
const filter = optional(checkedByStore(filterSchema));

export const selectionSchema: z.ZodType<Selection> = named(
  "Selection",
  "Which parts of points to return.",
  objectOf<Selection>({
    payload: noted(z.union([z.boolean(), names]).optional(), "All, none, or these paths.", { default: true }),
    vectors: noted(z.union([z.boolean(), names]).optional(), "All, none, or these fields, of any kind.", {
      default: false,
    }),
  }),
);

const select = optional(checkedByStore(selectionSchema));

type Page = Pick<
  Asked<QueryRequest>,
  "prefetch" | "filter" | "limit" | "offset" | "scoreThreshold" | "select" | "params" | "recall" | "explain"
>;
export type QueryBody = RankingBody & Page;

export const queryBodySchema: z.ZodType<QueryBody> = named(
  "QueryRequest",
  "One ranking, under a filter.",
  objectOf<QueryBody>({
    ...rankingMembers,
    prefetch: noted(
      optional(checkedByStore(prefetchSchema)),
      "The ranking ranks only what these bring, at most 64 deep.",
    ),
    filter,
    limit: noted(z.int().min(1).max(mostHits).optional(), "Hits.", { default: 10 }),
    offset: noted(z.int().min(0).max(mostHits).optional(), "Hits to skip.", { default: 0 }),
    scoreThreshold: noted(
      z.number().optional(),
      "Hits worse than this are left out: scores below it, or, for euclidean and manhattan, distances above it.",
    ),
    select,
    params: optional(checkedByStore(paramsSchema)),
    recall: noted(
      z.number().gt(0).max(1).optional(),
      "The share of the true nearest to reach, on average, by the least effort; 1 is an exact scan. Instead of params.",
    ),
    explain: noted(z.boolean().optional(), "Adds what was planned and what happened.", { default: false }),
  }),
  oneRanking,
);

export type ScrollBody = Asked<ScrollRequest>;

export const scrollBodySchema: z.ZodType<ScrollBody> = named(
  "ScrollRequest",
  "A page of points, in the order of ids.",
  objectOf<ScrollBody>({
    filter,
    limit: noted(z.int().min(1).max(mostHits).optional(), "Points.", { default: 100 }),
    after: noted(optional(checkedByStore(idSchema)), "Starts after this id: the `next` of the page before."),
    select,
  }),
);

export type CountBody = Asked<CountRequest<CollectionSchema>>;

export const countBodySchema: z.ZodType<CountBody> = named(
  "CountRequest",
  "Which points to count.",
  objectOf<CountBody>({ filter }),
);

export type FacetBody = Asked<FacetRequest<CollectionSchema>>;

export const facetBodySchema: z.ZodType<FacetBody> = named(
  "FacetRequest",
  "Which values to count.",
  objectOf<FacetBody>({
    field: noted(z.string(), "Path of a declared field."),
    filter,
    limit: noted(z.int().min(1).optional(), "Values.", { default: 10 }),
  }),
);

export interface GetBody {
  ids: PointId[];
  select?: Selection;
}

export const getBodySchema: z.ZodType<GetBody> = named(
  "GetRequest",
  "Which points to read.",
  objectOf<GetBody>({ ids: checkedByStore(idsSchema), select }),
);
