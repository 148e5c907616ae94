/** What a collection is declared to hold, and what is told of it. */
import { z } from "zod";
import type { CollectionSchema, VectorField } from "../../../model/schema.ts";
import type { CollectionInfo, SchemaChange } from "../../../store.ts";
import { described } from "./described.ts";

const vectorField = z.strictObject({
  dimension: z.int().min(1).max(65_536),
  metric: z.enum(["cosine", "dot", "euclidean", "manhattan"]).optional(),
  index: z.enum(["hnsw", "flat"]).optional(),
  hnsw: z
    .strictObject({
      m: z.int().min(2).max(64).optional(),
      efConstruction: z.int().min(1).optional(),
      seed: z.int().min(0).optional(),
    })
    .optional(),
  model: described<NonNullable<VectorField["model"]>>("ModelIdentity", {
    type: "object",
    description: "The model that writes this field.",
  }).optional(),
});

const payloadField = z.union([
  z.strictObject({ type: z.enum(["keyword", "integer", "float", "bool", "datetime", "uuid", "geo"]) }),
  z.strictObject({
    type: z.literal("text"),
    language: z.enum(["english", "none"]).optional(),
    k1: z.number().min(0).optional(),
    b: z.number().min(0).max(1).optional(),
  }),
]);

const payloadFields = z.record(z.string(), payloadField);

export const collectionSchema: z.ZodType<CollectionSchema> = z
  .strictObject({ vectors: z.record(z.string(), vectorField), payload: payloadFields.optional() })
  .meta({ id: "CollectionSchema" });

export const creation: z.ZodType<{ schema: CollectionSchema; ifExists?: "error" | "open" }> = z.strictObject({
  schema: collectionSchema,
  ifExists: z.enum(["error", "open"]).optional(),
});
export const change: z.ZodType<SchemaChange> = z.strictObject({
  addPayload: payloadFields.optional(),
  dropPayload: z.array(z.string()).optional(),
});

export const collectionInfo: z.ZodType<CollectionInfo> = z
  .object({
    name: z.string(),
    aliases: z.array(z.string()),
    schema: collectionSchema,
    points: z.int().min(0),
  })
  .meta({ id: "CollectionInfo" });
