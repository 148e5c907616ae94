/** What a reader gets. */
import * as z from "zod";
import type { PointId } from "../../../model/id.ts";
import type { Explanation, Shortfall, Warning } from "../../../model/result.ts";
import type { FacetValue } from "../../../store.ts";
import { idSchema, type ReadPoint, readPointMembers, readPointSchema } from "./point.ts";
import { named, noted, objectOf, optional } from "./schema.ts";

export const warningSchema: z.ZodType<Warning> = named(
  "Warning",
  "What was slow, approximate or wrong, though there is an answer.",
  objectOf<Warning>({
    code: z.enum([
      "undeclared_field",
      "index_unsuited",
      "derived_rebuilt",
      "damaged_points",
      "tail_cut",
      "background_failed",
      "input_truncated",
      "no_searchable_words",
    ]),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
);

const warnings = z.array(warningSchema);

interface ReadHit extends ReadPoint {
  score: number;
  legs?: { [name: string]: { score: number; rank: number } };
}

const hitSchema: z.ZodType<ReadHit> = named(
  "Hit",
  "A point that was found.",
  objectOf<ReadHit>({
    id: readPointMembers.id,
    score: noted(
      z.number(),
      "Best first. Cosine, dot, BM25 and fused scores: larger is better. Euclidean and manhattan: the distance.",
    ),
    payload: readPointMembers.payload,
    vectors: readPointMembers.vectors,
    sparse: readPointMembers.sparse,
    multi: readPointMembers.multi,
    legs: noted(
      z
        .record(z.string(), objectOf<{ score: number; rank: number }>({ score: z.number(), rank: z.int() }))
        .optional(),
      "For fusion: what each leg said of this point.",
    ),
  }),
);

const shortfallSchema: z.ZodType<Shortfall> = named(
  "Shortfall",
  "Why there are fewer hits than `limit`.",
  objectOf<Shortfall>({
    reason: z.enum(["filter", "threshold", "candidates", "collection"]),
    matched: noted(z.int().min(0), "Points that match, exactly."),
    message: z.string(),
  }),
);

const explanationSchema: z.ZodType<Explanation> = named(
  "Explanation",
  "One step of the way an answer took; steps nest.",
  z.lazy(() =>
    objectOf<Explanation>({
      step: z.string(),
      choice: noted(z.string().optional(), "What was chosen, and why."),
      estimate: noted(z.number().optional(), "Points expected."),
      actual: noted(z.number().optional(), "Points found to be."),
      recall: objectOf<NonNullable<Explanation["recall"]>>({
        target: z.number(),
        ef: z.number().optional(),
        calibrated: z.number().optional(),
        low: z.number().optional(),
      }).optional(),
      costsMs: noted(z.record(z.string(), z.number()).optional(), "What each way was expected to take."),
      timeMs: z.number(),
      startMs: noted(z.number().optional(), "From the start of the query."),
      steps: z.array(explanationSchema).optional(),
    }),
  ),
);

interface QueryReply {
  hits: ReadHit[];
  shortfall?: Shortfall;
  warnings: Warning[];
  explain?: Explanation;
}

export const queryReplySchema: z.ZodType<QueryReply> = named(
  "QueryResult",
  "Hits, best first, and what is to be known beside.",
  objectOf<QueryReply>({
    hits: z.array(hitSchema),
    shortfall: noted(optional(shortfallSchema), "Present exactly when there are fewer hits than `limit`."),
    warnings,
    explain: optional(explanationSchema),
  }),
);

interface ScrollReply {
  points: ReadPoint[];
  next?: PointId;
  warnings: Warning[];
}

export const scrollReplySchema: z.ZodType<ScrollReply> = named(
  "ScrollPage",
  "A page of points, in the order of ids.",
  objectOf<ScrollReply>({
    points: z.array(readPointSchema),
    next: noted(optional(idSchema), "Pass it as `after` for the next page; absent on the last."),
    warnings,
  }),
);

export const getReplySchema: z.ZodType<{ points: (ReadPoint | null)[] }> = named(
  "GetResult",
  "One for each id, in their order.",
  objectOf<{ points: (ReadPoint | null)[] }>({
    points: noted(z.array(readPointSchema.nullable()), "null where there is no such point."),
  }),
);

export const countReplySchema: z.ZodType<{ count: number; warnings: Warning[] }> = named(
  "CountResult",
  "How many points match, exactly.",
  objectOf<{ count: number; warnings: Warning[] }>({ count: z.int().min(0), warnings }),
);

interface FacetReply {
  values: FacetValue[];
  warnings: Warning[];
}

export const facetReplySchema: z.ZodType<FacetReply> = named(
  "FacetResult",
  "Values, most frequent first.",
  objectOf<FacetReply>({
    values: z.array(
      objectOf<FacetValue>({
        value: z.union([z.string(), z.number(), z.boolean()]),
        count: noted(z.int().min(1), "Points that hold it."),
      }),
    ),
    warnings,
  }),
);
