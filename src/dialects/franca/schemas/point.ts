/** Ids, vectors, payloads and points. */
import * as z from "zod";
import type { PointId } from "../../../model/id.ts";
import type { Payload } from "../../../model/payload.ts";
import type { Point, VectorInput } from "../../../model/point.ts";
import { named, noted, objectOf, optional } from "./schema.ts";

export const idSchema: z.ZodType<PointId> = named(
  "PointId",
  'A string of 1 to 1,024 bytes, or an integer from −2^63 to 2^64 − 1. `1` is not `"1"`. Integers beyond ±(2^53 − 1) are digits as well: read them with a parser that keeps them.',
  z.union([z.string().min(1).max(1024), z.int().meta({ minimum: undefined, maximum: undefined })]),
);

export const idsSchema: z.ZodType<PointId[]> = named("PointIds", "Which points.", z.array(idSchema));

export const vectorSchema: z.ZodType<VectorInput> = named(
  "Vector",
  'As many numbers as the field\'s dimension, each finite as float32. In a frame: {"$f32": [offset, length]}.',
  z.array(z.number()).min(1).max(65_536),
);

export const vectorsSchema: z.ZodType<{ [field: string]: VectorInput }> = named(
  "Vectors",
  "Vectors by the names of their fields.",
  z.record(z.string(), vectorSchema),
);

export const payloadSchema: z.ZodType<Payload> = named(
  "Payload",
  "Any JSON object. Declared fields are of their type, null, or lists of it; datetimes are RFC 3339 strings.",
  z.record(z.string(), z.unknown()) as unknown as z.ZodType<Payload>,
  { examples: [{ title: "Harbour lights", year: 2026 }] },
);

export const pointSchema: z.ZodType<Point> = named(
  "Point",
  "An id, a vector in each of some vector fields, and a payload.",
  objectOf<Point>({
    id: idSchema,
    vector: noted(optional(vectorSchema), "The vector, in a collection with exactly one vector field."),
    vectors: noted(optional(vectorsSchema), "By field name; a point may lack some or all of them."),
    payload: optional(payloadSchema),
  }),
);

export const pointsSchema: z.ZodType<Point[]> = named(
  "Points",
  "All or none of them are written. Of an id that occurs twice the last one counts.",
  z.array(pointSchema),
);

export interface ReadPoint {
  id: PointId;
  payload?: Payload;
  vectors?: { [field: string]: VectorInput };
}

/** Of points as they are read: hits have more of them. */
export const readPointMembers: { readonly [K in keyof ReadPoint]-?: z.ZodType<ReadPoint[K]> } = {
  id: idSchema,
  payload: noted(optional(payloadSchema), "Present when selected."),
  vectors: noted(optional(vectorsSchema), "Present when selected; only fields that the point has."),
};

export const readPointSchema: z.ZodType<ReadPoint> = named(
  "StoredPoint",
  "A point as it is read back.",
  objectOf<ReadPoint>(readPointMembers),
);
