/** Ranking, paging, counting. */
import { z } from "zod";
import type { QueryRequest, ScrollRequest } from "../../../model/query.ts";
import type { CollectionSchema } from "../../../model/schema.ts";
import type { CountRequest, FacetRequest } from "../../../store.ts";
import { described, ref } from "./described.ts";
import { hit, selection, storedPoint } from "./points.ts";
import { filter, pointId } from "./values.ts";

const limit = z.int().min(1).max(1_048_576).optional();
const nearest = described("Nearest", {
  description: "A vector, or the stored point whose vector it is.",
  oneOf: [
    ref("Vector"),
    { type: "object", properties: { id: ref("PointId") }, required: ["id"], additionalProperties: false },
  ],
});
const ranking = {
  nearest: nearest.optional(),
  field: z.string().optional(),
  text: z.string().optional(),
  fields: z.array(z.string()).optional(),
};
const fusion = z
  .strictObject({
    legs: z.array(
      z.strictObject({
        ...ranking,
        name: z.string().optional(),
        weight: z.number().optional(),
        limit,
      }),
    ),
    method: z.literal("rrf").optional(),
    k: z.number().optional(),
  })
  .meta({ id: "Fusion" });

/** Which of its members go together is checked by the Store. */
export const query: z.ZodType<QueryRequest> = z
  .strictObject({
    ...ranking,
    fusion: fusion.optional(),
    filter: filter.optional(),
    limit,
    offset: z.int().min(0).max(1_048_576).optional(),
    scoreThreshold: z.number().optional(),
    select: selection.optional(),
    params: z
      .strictObject({
        exact: z.boolean().optional(),
        ef: z.int().min(1).optional(),
        plan: z.enum(["auto", "exact", "codes", "graph"]).optional(),
      })
      .optional(),
    recall: z.number().gt(0).max(1).optional(),
    explain: z.boolean().optional(),
  })
  .meta({
    id: "QueryRequest",
    description: "Exactly one of nearest, text and fusion ranks the points.",
  }) as z.ZodType as z.ZodType<QueryRequest>;

const warning = z
  .object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()).optional() })
  .meta({ id: "Warning" });
const warnings = z.array(warning);

export const queryResult: z.ZodType = z
  .object({
    hits: z.array(hit),
    shortfall: z
      .object({
        reason: z.enum(["filter", "threshold", "candidates", "collection"]),
        matched: z.int().min(0),
        message: z.string(),
      })
      .optional(),
    warnings,
    explain: described("Explanation", {
      type: "object",
      description: "Steps, nested: docs/planner.md.",
    }).optional(),
  })
  .meta({ id: "QueryResult" });

export const scroll: z.ZodType<ScrollRequest> = z.strictObject({
  filter: filter.optional(),
  limit,
  after: pointId.optional(),
  select: selection.optional(),
});
export const scrollPage: z.ZodType = z.object({
  points: z.array(storedPoint),
  next: pointId.optional(),
  warnings,
});

export const count: z.ZodType<CountRequest<CollectionSchema>> = z.strictObject({ filter: filter.optional() });
export const counted: z.ZodType = z.object({ count: z.int().min(0), warnings });

export const facet: z.ZodType<FacetRequest<CollectionSchema>> = z.strictObject({
  field: z.string(),
  filter: filter.optional(),
  limit,
});
export const facetResult: z.ZodType = z.object({
  values: z.array(z.object({ value: z.union([z.string(), z.number(), z.boolean()]), count: z.int().min(1) })),
  warnings,
});

export const stats: z.ZodType = described("CollectionStats", {
  type: "object",
  description: "Counts, bytes, recall: docs/memory.md and docs/recall.md.",
  required: ["points", "lsn", "vectors", "slots", "segments", "deadBytes", "diskBytes", "warnings"],
});
