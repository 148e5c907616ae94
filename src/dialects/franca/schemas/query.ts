/** What a reader asks: queries, pages, counts, facets, points by id. */
import * as z from "zod";
import type { PointId } from "../../../model/id.ts";
import type {
  FusionLeg,
  FusionRanking,
  NearestRanking,
  QueryRequest,
  ScrollRequest,
  SearchParams,
  Selection,
  TextRanking,
} from "../../../model/query.ts";
import type { CollectionSchema } from "../../../model/schema.ts";
import type { CountRequest, FacetRequest } from "../../../store.ts";
import { filterSchema } from "./filter.ts";
import { idSchema, idsSchema, multiVectorSchema, sparseVectorSchema, vectorSchema } from "./point.ts";
import { checkedByStore, named, noted, objectOf, optional } from "./schema.ts";

/** A signal is the connection's business. */
type Asked<T> = Omit<T, "signal">;
type NearestOrText = Partial<NearestRanking & TextRanking>;

const mostHits = 1_048_576;
const names = z.array(z.string());
const filter = optional(checkedByStore(filterSchema));
const oneRanking = (kinds: readonly string[]) => ({ oneOf: kinds.map((kind) => ({ required: [kind] })) });

const nearestTo: z.ZodType<NearestRanking["nearest"]> = named(
  "NearestTo",
  "A vector of the field's kind, or the id of a stored point, which is then left out of the answer.",
  z.union([vectorSchema, sparseVectorSchema, multiVectorSchema, z.strictObject({ id: idSchema })]),
);

const rankingMembers: { readonly [K in keyof NearestOrText]-?: z.ZodType<NearestOrText[K]> } = {
  nearest: noted(optional(checkedByStore(nearestTo)), "Rank by distance to this."),
  field: noted(
    z.string().optional(),
    "With nearest: the vector field of any kind, where the collection has several.",
  ),
  text: noted(z.string().optional(), "Rank by BM25 over declared text fields."),
  fields: noted(names.optional(), "With text: which fields. Default: every declared text field."),
};

const fusionLeg: z.ZodType<Partial<FusionLeg & NearestOrText>> = named(
  "FusionLeg",
  "One of the rankings of a fusion: nearest, or text.",
  objectOf<Partial<FusionLeg & NearestOrText>>({
    ...rankingMembers,
    name: noted(
      z.string().min(1).optional(),
      'In the answer\'s `legs`. Names are distinct. Default "vector" or "keyword".',
    ),
    weight: noted(z.number().min(0).optional(), "In the sum.", { default: 1 }),
    limit: noted(
      z
        .int()
        .min(1)
        .max(2 * mostHits)
        .optional(),
      "Candidates this leg brings. Default max(100, offset + limit).",
    ),
  }),
  oneRanking(["nearest", "text"]),
);

type Fusion = FusionRanking["fusion"];
const fusion: z.ZodType<Fusion> = named(
  "Fusion",
  "Several rankings under the same filter, fused by reciprocal ranks: Σ weight / (k + rank + 1), ranks from 0.",
  objectOf<Fusion>({
    legs: z
      .array(fusionLeg as unknown as z.ZodType<FusionLeg>)
      .min(1)
      .max(16),
    method: z.literal("rrf").optional(),
    k: noted(z.number().min(0).optional(), "How much ranks further down count.", { default: 60 }),
  }),
);

const params: z.ZodType<SearchParams> = named(
  "SearchParams",
  "How to search, whatever it costs.",
  objectOf<SearchParams>({
    exact: noted(z.boolean().optional(), "Scan exactly.", { default: false }),
    ef: noted(
      z.int().min(1).max(mostHits).optional(),
      "Pool width of the graph search. Default max(64, 2 × (offset + limit)).",
    ),
    plan: noted(z.enum(["auto", "exact", "codes", "graph"]).optional(), "One way of searching.", {
      default: "auto",
    }),
  }),
);

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

export type QueryBody = Partial<Asked<QueryRequest & NearestOrText & FusionRanking>>;

export const queryBodySchema: z.ZodType<QueryBody> = named(
  "QueryRequest",
  "One ranking (nearest, text or fusion), under a filter.",
  objectOf<QueryBody>({
    ...rankingMembers,
    fusion: noted(optional(checkedByStore(fusion)), "Rank by several rankings at once."),
    filter,
    limit: noted(z.int().min(1).max(mostHits).optional(), "Hits.", { default: 10 }),
    offset: noted(z.int().min(0).max(mostHits).optional(), "Hits to skip.", { default: 0 }),
    scoreThreshold: noted(
      z.number().optional(),
      "Hits worse than this are left out: scores below it, or, for euclidean and manhattan, distances above it.",
    ),
    select,
    params: optional(checkedByStore(params)),
    recall: noted(
      z.number().gt(0).max(1).optional(),
      "The share of the true nearest to reach, on average, by the least effort; 1 is an exact scan. Instead of params.",
    ),
    explain: noted(z.boolean().optional(), "Adds what was planned and what happened.", { default: false }),
  }),
  oneRanking(["nearest", "text", "fusion"]),
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
