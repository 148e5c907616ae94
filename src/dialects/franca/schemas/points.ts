/** Writing points, and reading them by id. */
import { z } from "zod";
import type { PointId } from "../../../model/id.ts";
import type { Point } from "../../../model/point.ts";
import type { Selection } from "../../../model/query.ts";
import type { WriteResult } from "../../../model/result.ts";
import type { CollectionSchema } from "../../../model/schema.ts";
import type { PointChange, PointSelector } from "../../../store.ts";
import { described, ref } from "./described.ts";
import { filter, payload, pointId, vector } from "./values.ts";

type AnySelector = PointSelector<CollectionSchema>;

/** Checked by the Store, point by point. */
const point = described("Point", {
  type: "object",
  properties: {
    id: ref("PointId"),
    vector: { ...ref("Vector"), description: "In a collection with exactly one vector field." },
    vectors: { type: "object", additionalProperties: ref("Vector") },
    payload: ref("Payload"),
  },
  required: ["id"],
  additionalProperties: false,
});

const points = described<Point[]>("Points", { type: "array", items: ref("Point") });
export const upsert: z.ZodType<{ points: Point[] }> = z.strictObject({ points });

const ids = described<PointId[]>("PointIds", { type: "array", items: ref("PointId") });
const selector = z.union([z.strictObject({ ids }), z.strictObject({ filter })]).meta({ id: "PointSelector" });
export const update: z.ZodType<{ selector: AnySelector; change: PointChange<CollectionSchema> }> =
  z.strictObject({
    selector,
    change: z
      .strictObject({
        overwritePayload: payload.optional(),
        deletePayload: z.array(z.string()).optional(),
        setPayload: payload.optional(),
        setVectors: z.record(z.string(), vector).optional(),
      })
      .meta({ id: "PointChange" }),
  });
export const deletion: z.ZodType<AnySelector> = selector;

export const selection: z.ZodType<Selection> = z
  .strictObject({
    payload: z.union([z.boolean(), z.array(z.string())]).optional(),
    vectors: z.union([z.boolean(), z.array(z.string())]).optional(),
  })
  .meta({ id: "Selection" });
export const reading: z.ZodType<{ ids: PointId[]; select?: Selection }> = z.strictObject({
  ids,
  select: selection.optional(),
});

const stored = { id: pointId, payload: payload.optional(), vectors: z.record(z.string(), vector).optional() };
export const storedPoint: z.ZodType = z.object(stored).meta({ id: "StoredPoint" });
export const hit: z.ZodType = z
  .object({
    ...stored,
    score: z.number(),
    legs: z.record(z.string(), z.object({ score: z.number(), rank: z.int() })).optional(),
  })
  .meta({ id: "Hit" });
export const pointsRead: z.ZodType = z.object({ points: z.array(storedPoint.nullable()) });
export const writeResult: z.ZodType<WriteResult> = z
  .object({ lsn: z.int().min(0), count: z.int().min(0) })
  .meta({ id: "WriteResult" });

/** Parts that only descriptions refer to. */
export const named: readonly z.ZodType[] = [point, pointId, vector, payload];
