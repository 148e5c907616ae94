/** Ways to rank points, alone or below each other. The Store checks them; here they are described. */
import * as z from "zod";
import type { Expression } from "../../../model/formula.ts";
import type {
  DiscoverRanking,
  Example,
  ExamplePair,
  FeedbackRanking,
  FusionLeg,
  FusionRanking,
  NearestRanking,
  OrderByRanking,
  RecommendRanking,
  SampleRanking,
  SearchParams,
  SubQuery,
} from "../../../model/ranking.ts";
import { filterSchema, geoPointSchema } from "./filter.ts";
import { idSchema, multiVectorSchema, sparseVectorSchema, vectorSchema } from "./point.ts";
import { checkedByStore, named, noted, objectOf, optional } from "./schema.ts";

export const mostHits = 1_048_576;

const kinds = [
  ...(["nearest", "text", "fusion", "recommend", "discover", "context", "feedback"] as const),
  ...(["orderBy", "sample", "formula"] as const),
];

/** Every member of every kind of ranking. */
type Members<T> = { [K in T extends unknown ? keyof T : never]?: unknown };
export type RankingBody = Members<import("../../../model/ranking.ts").Ranking>;

/** Exactly one kind. */
export const oneRanking: { readonly [keyword: string]: unknown } = {
  oneOf: kinds.map((kind) => ({ required: [kind] })),
};

const exampleSchema: z.ZodType<Example> = named(
  "Example",
  "A vector of the field's kind, or the id of a stored point, which is then left out of the answer.",
  z.union([vectorSchema, sparseVectorSchema, multiVectorSchema, z.strictObject({ id: idSchema })]),
);

const examples = z.array(exampleSchema);
const pairs = z.array(objectOf<ExamplePair>({ positive: exampleSchema, negative: exampleSchema }));

type Mmr = NonNullable<NearestRanking["mmr"]>;
const mmrSchema: z.ZodType<Mmr> = named(
  "Mmr",
  "Maximal marginal relevance: of the nearest, one after the other the one that is near and unlike those chosen before.",
  objectOf<Mmr>({
    diversity: noted(z.number().min(0).max(1).optional(), "From 0, relevance alone, to 1.", { default: 0.5 }),
    candidates: noted(z.int().min(1).max(16_384).optional(), "Of so many nearest. Default offset + limit."),
  }),
);

const recommendSchema: z.ZodType<RecommendRanking["recommend"]> = named(
  "Recommend",
  "Examples of what is wanted, and what is not.",
  objectOf<RecommendRanking["recommend"]>({
    positive: noted(examples.optional(), 'At least one with "average".'),
    negative: examples.optional(),
    strategy: noted(
      z.enum(["average", "best", "sum"]).optional(),
      "By the mean of the examples, by the most similar one, or by the sum of the similarities.",
      { default: "average" },
    ),
  }),
);

const discoverSchema: z.ZodType<DiscoverRanking["discover"]> = named(
  "Discover",
  "A target, and pairs that say where to look for it.",
  objectOf<DiscoverRanking["discover"]>({ target: exampleSchema, context: pairs.optional() }),
);

const contextSchema: z.ZodType<ExamplePair[]> = named(
  "ExamplePairs",
  "What is more wanted than what.",
  pairs,
);

type Feedback = FeedbackRanking["feedback"];
const feedbackSchema: z.ZodType<Feedback> = named(
  "Feedback",
  "A target, and answers with the scores of a better judge: a · s(target) + Σ (difference of scores)^b · c · (s(better) − s(worse)).",
  objectOf<Feedback>({
    target: exampleSchema,
    examples: z.array(objectOf<Feedback["examples"][number]>({ example: exampleSchema, score: z.number() })),
    a: z.number(),
    b: z.number(),
    c: z.number(),
  }),
);

export const paramsSchema: z.ZodType<SearchParams> = named(
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

type Order = Exclude<OrderByRanking["orderBy"], "id">;
const orderBySchema: z.ZodType<OrderByRanking["orderBy"]> = named(
  "OrderBy",
  "The values of a declared integer, float or datetime field, or the ids.",
  z.union([
    z.literal("id"),
    objectOf<Order>({
      path: z.string(),
      direction: noted(z.enum(["asc", "desc"]).optional(), "Which come first.", { default: "asc" }),
      startFrom: noted(
        z.union([z.number(), z.string()]).optional() as z.ZodType<Order["startFrom"]>,
        "The first value, or where it should stand.",
      ),
      scores: noted(
        z.enum(["value", "one"]).optional(),
        "one: the score is 1 for every point, for rankings that reckon with it.",
        { default: "value" },
      ),
    }),
  ]),
);

const numberAt = { default: z.unknown().optional() };
const expressionSchema: z.ZodType<Expression> = named(
  "Expression",
  "A number, or arithmetic over the scores of what is prefetched and the payload. What comes out as no finite number fails the query.",
  z.lazy(() =>
    z.union([
      z.number(),
      z.strictObject({ score: noted(z.int().min(0), "Which prefetched ranking, from 0."), ...numberAt }),
      z.strictObject({ value: noted(z.string(), "A path to a number."), ...numberAt }),
      z.strictObject({ condition: filterSchema }),
      z.strictObject({
        distance: z.strictObject({ from: geoPointSchema, to: z.string() }),
        ...numberAt,
      }),
      z.strictObject({ datetime: z.string() }),
      z.strictObject({ datetimeValue: z.string(), ...numberAt }),
      z.strictObject({ sum: z.array(expressionSchema) }),
      z.strictObject({ product: z.array(expressionSchema) }),
      ...unary.map((kind) => z.strictObject({ [kind]: expressionSchema })),
      z.strictObject({
        quotient: z.strictObject({
          of: expressionSchema,
          by: expressionSchema,
          byZero: z.number().optional(),
        }),
      }),
      z.strictObject({ power: z.strictObject({ base: expressionSchema, exponent: expressionSchema }) }),
      z.strictObject({
        decay: z.strictObject({
          kind: z.enum(["linear", "exponential", "gaussian"]),
          of: expressionSchema,
          target: expressionSchema.optional(),
          midpoint: z.number().optional(),
          scale: z.number().optional(),
        }),
      }),
    ]),
  ) as unknown as z.ZodType<Expression>,
);
const unary = ["negated", "absolute", "root", "exp", "log10", "ln"];

type Sample = SampleRanking["sample"];
const sampleSchema: z.ZodType<Sample> = named(
  "Sample",
  "Which points chance takes.",
  objectOf<Sample>({
    seed: noted(
      z.int().min(0).max(4_294_967_295).optional(),
      "The same seed gives the same sample of the same points.",
    ),
  }),
);

type Fusion = FusionRanking["fusion"];
const fusionSchema: z.ZodType<Fusion> = named(
  "Fusion",
  "Several rankings under the same filter, fused: by reciprocal ranks, Σ weight / (k + rank + 1), ranks from 0, or by their scores.",
  z.lazy(() =>
    objectOf<Fusion>({
      legs: z.array(fusionLegSchema).min(1).max(64),
      method: noted(
        z.enum(["rrf", "dbsf"]).optional(),
        "Reciprocal ranks, or scores by their distribution.",
        {
          default: "rrf",
        },
      ),
      k: noted(z.number().min(0).optional(), "Of rrf: how much ranks further down count.", { default: 60 }),
      weigh: noted(
        z.enum(["scores", "ranks"]).optional(),
        "Of rrf: whether weights multiply the summands, or 1 / ((rank + 1) / weight + k − 1).",
        { default: "scores" },
      ),
      asTold: noted(
        z.boolean().optional(),
        "Of dbsf: distances are not negated, so that what is far counts more, as Qdrant does.",
        { default: false },
      ),
    }),
  ),
);

export const rankingMembers: { readonly [K in keyof RankingBody]-?: z.ZodType<unknown> } = {
  nearest: noted(optional(checkedByStore(exampleSchema)), "Rank by distance to this."),
  mmr: noted(optional(checkedByStore(mmrSchema)), "With nearest: hits unlike each other."),
  text: noted(z.string().optional(), "Rank by BM25 over declared text fields."),
  fields: noted(
    z.array(z.string()).optional(),
    "With text: which fields. Default: every declared text field.",
  ),
  recommend: noted(optional(checkedByStore(recommendSchema)), "Rank by examples."),
  discover: noted(optional(checkedByStore(discoverSchema)), "Rank by a target and where to look for it."),
  context: noted(optional(checkedByStore(contextSchema)), "Rank by pairs of examples alone."),
  feedback: noted(optional(checkedByStore(feedbackSchema)), "Rank by a target and judged answers."),
  field: noted(
    z.string().optional(),
    "With a ranking by vectors: the vector field of any kind, where the collection has several.",
  ),
  orderBy: noted(optional(checkedByStore(orderBySchema)), "Rank by values, which are told as scores."),
  formula: noted(optional(checkedByStore(expressionSchema)), "Rank what is prefetched by a formula."),
  sample: noted(optional(checkedByStore(sampleSchema)), "Take points at random."),
  fusion: noted(optional(checkedByStore(fusionSchema)), "Rank by several rankings at once."),
};

type StageBody = Members<SubQuery>;
const stageMembers = (): { readonly [K in keyof StageBody]-?: z.ZodType<unknown> } => ({
  ...rankingMembers,
  prefetch: optional(checkedByStore(prefetchSchema)),
  filter: optional(checkedByStore(filterSchema)),
  limit: noted(
    z
      .int()
      .min(1)
      .max(2 * mostHits)
      .optional(),
    "Candidates it brings. Default max(100, offset + limit).",
  ),
  scoreThreshold: noted(z.number().optional(), "What is worse is not brought."),
  params: optional(checkedByStore(paramsSchema)),
});

const subQuerySchema: z.ZodType<SubQuery> = named(
  "SubQuery",
  "A ranking below another one, with what it brings.",
  z.lazy(() =>
    z.strictObject(stageMembers() as { [key: string]: z.ZodType }),
  ) as unknown as z.ZodType<SubQuery>,
  oneRanking,
);

const fusionLegSchema: z.ZodType<FusionLeg> = named(
  "FusionLeg",
  "One of the rankings of a fusion.",
  z.lazy(() =>
    z.strictObject({
      ...(stageMembers() as { [key: string]: z.ZodType }),
      name: noted(
        z.string().min(1).optional(),
        'In the answer\'s `legs`. Names are distinct. Default "vector", "keyword", or the kind of ranking.',
      ),
      weight: noted(z.number().min(0).optional(), "In the sum.", { default: 1 }),
    }),
  ) as unknown as z.ZodType<FusionLeg>,
  oneRanking,
);

export const prefetchSchema: z.ZodType<SubQuery[]> = named(
  "Prefetch",
  "Rankings that bring what the one above them ranks. Filters above hold for them too.",
  z.array(subQuerySchema).min(1).max(64),
);
