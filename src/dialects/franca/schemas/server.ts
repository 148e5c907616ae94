/** What the server tells of itself: its name, aliases, statistics, progress, errors. */
import * as z from "zod";
import { type ErrorCode, errorCodes } from "../../../errors.ts";
import type { CalibrationStats, RecallEstimate } from "../../../model/result.ts";
import type { Abilities, CollectionStats, OptimizeProgress, StoreLimits } from "../../../store.ts";
import { warningSchema } from "./result.ts";
import { named, noted, objectOf } from "./schema.ts";

interface ErrorReply {
  error: { code: ErrorCode; message: string; details: { [key: string]: unknown } };
}

export const errorSchema: z.ZodType<ErrorReply> = named(
  "Error",
  "What was expected, what came, and how to mend it.",
  objectOf<ErrorReply>({
    error: objectOf<ErrorReply["error"]>({
      code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
      message: z.string(),
      details: noted(z.record(z.string(), z.unknown()), "The same, for programs."),
    }),
  }),
);

interface ServerReply {
  name: "franca";
  version: string;
  abilities: Abilities;
}

export const serverReplySchema: z.ZodType<ServerReply> = named(
  "Server",
  "Which server this is, and what its store can do.",
  objectOf<ServerReply>({
    name: z.literal("franca"),
    version: z.string(),
    abilities: objectOf<Abilities>({
      name: z.string(),
      text: z.boolean(),
      fusion: z.boolean(),
      explain: z.boolean(),
      aliases: z.boolean(),
      limits: noted(
        objectOf<StoreLimits>({
          metrics: z.array(z.enum(["cosine", "dot", "euclidean", "manhattan"])).optional(),
          payloadFields: z
            .array(z.enum(["keyword", "integer", "float", "bool", "datetime", "uuid", "geo", "text"]))
            .optional(),
          ids: z.array(z.enum(["unsigned", "negative", "uuid", "string"])).optional(),
          dimension: z.number().optional(),
          vectorKinds: z.array(z.enum(["sparse", "multi"])).optional(),
          texts: z.enum(["analysis"]).optional(),
          names: objectOf<NonNullable<StoreLimits["names"]>>({
            pattern: z.string(),
            expected: z.string(),
          }).optional(),
        }).optional(),
        "What it cannot hold of all that there is.",
      ),
    }),
  }),
);

export const collectionListSchema: z.ZodType<{ collections: string[] }> = named(
  "CollectionList",
  "Names of the collections, in order.",
  objectOf<{ collections: string[] }>({ collections: z.array(z.string()) }),
);

export const aliasListSchema: z.ZodType<{ aliases: { [alias: string]: string } }> = named(
  "AliasList",
  "Names of collections by alias.",
  objectOf<{ aliases: { [alias: string]: string } }>({ aliases: z.record(z.string(), z.string()) }),
);

export const aliasBodySchema: z.ZodType<{ collection: string }> = named(
  "SetAlias",
  "Where the alias is to point.",
  objectOf<{ collection: string }>({ collection: z.string().min(1).max(255) }),
);

export const aliasReplySchema: z.ZodType<{ alias: string; collection: string }> = named(
  "Alias",
  "An alias, and the collection it points at.",
  objectOf<{ alias: string; collection: string }>({ alias: z.string(), collection: z.string() }),
);

const progressSchema: z.ZodType<OptimizeProgress> = named(
  "OptimizeProgress",
  "build: points of a field brought into its index; reclaim: dead ones taken out; compact: bytes of files rewritten.",
  objectOf<OptimizeProgress>({
    stage: z.enum(["build", "reclaim", "compact"]),
    field: z.string().optional(),
    done: z.number(),
    total: z.number(),
  }),
);

export const optimizeLineSchema: z.ZodType<unknown> = named(
  "OptimizeLine",
  'A line of the stream: progress, and at last {"done": true}, or an error.',
  z.union([progressSchema, objectOf<{ done: true }>({ done: z.literal(true) }), errorSchema]),
);

const count = z.int().min(0);
const filterClass = z.enum(["none", "broad", "narrow"]);

const recallSchema: z.ZodType<RecallEstimate> = named(
  "RecallEstimate",
  "Recall of queries that were answered approximately, by a sample that was repeated exactly.",
  objectOf<RecallEstimate>({
    field: z.string(),
    filter: filterClass,
    k: count,
    recall: z.number(),
    low: noted(z.number(), "Bounds of its 95 % confidence interval."),
    high: z.number(),
    samples: count,
  }),
);

const calibrationSchema: z.ZodType<CalibrationStats> = named(
  "CalibrationStats",
  "Recall over effort as it was measured.",
  objectOf<CalibrationStats>({
    field: z.string(),
    filter: filterClass,
    k: count,
    made: count,
    asked: count,
    isDue: z.boolean(),
    curve: z.array(
      objectOf<CalibrationStats["curve"][number]>({ ef: count, recall: z.number(), low: z.number() }),
    ),
  }),
);

type Memory = NonNullable<CollectionStats["memory"]>;

export const statsSchema: z.ZodType<CollectionStats> = named(
  "CollectionStats",
  "What a collection takes, and how well it is searched.",
  objectOf<CollectionStats>({
    points: count,
    lsn: noted(count, "Of the last write."),
    vectors: noted(
      z.record(
        z.string(),
        objectOf<CollectionStats["vectors"][string]>({ count, indexed: count, memoryBytes: count }),
      ),
      "By field.",
    ),
    slots: noted(
      objectOf<CollectionStats["slots"]>({ given: count, free: count, dead: count }),
      "Places for points: ever needed at once, free again, and not given back yet.",
    ),
    segments: noted(count, "Files of the log."),
    deadBytes: noted(count, "Of the log: what was deleted or replaced."),
    diskBytes: noted(count, "All files."),
    memory: noted(
      objectOf<Memory>({
        vectors: count,
        unbuiltGraphs: count,
        slotTable: count,
        ids: count,
        payloadIndexes: count,
        checkpoint: count,
        files: count,
        mappedBytes: count,
      }).optional(),
      "Bytes held in memory by what they are for, and bytes read from mapped files instead.",
    ),
    recall: z.array(recallSchema).optional(),
    calibrations: z.array(calibrationSchema).optional(),
    warnings: z.array(warningSchema),
  }),
);

export const documentSchema: z.ZodType<{ [key: string]: unknown }> = named(
  "OpenApiDocument",
  "This document.",
  z.record(z.string(), z.unknown()),
);

export const pageSchema: z.ZodType<string> = named("Page", "HTML, complete in itself.", z.string());
