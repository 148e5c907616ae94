/** Ids, vectors, payloads and points. */
import * as z from "zod";
import type { PointId } from "../../../model/id.ts";
import type { Payload } from "../../../model/payload.ts";
import type { MultiVectorInput, Point, SparseVectorInput, VectorInput } from "../../../model/point.ts";
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

export const sparseVectorSchema: z.ZodType<SparseVectorInput> = named(
  "SparseVector",
  "Distinct indices from 0 to 2^32 − 1 in any order, and as many values, each finite as float32. Read back in the order of indices.",
  objectOf<SparseVectorInput>({
    indices: z.array(z.int().min(0).max(4_294_967_295)),
    values: z.array(z.number()),
  }),
);

export const multiVectorSchema: z.ZodType<MultiVectorInput> = named(
  "MultiVector",
  "At least one row, each of the field's dimension.",
  z.array(vectorSchema).min(1),
);

export const sparseVectorsSchema: z.ZodType<{ [field: string]: SparseVectorInput }> = named(
  "SparseVectors",
  "Sparse vectors by the names of their fields.",
  z.record(z.string(), sparseVectorSchema),
);

export const multiVectorsSchema: z.ZodType<{ [field: string]: MultiVectorInput }> = named(
  "MultiVectors",
  "Lists of vectors by the names of their fields.",
  z.record(z.string(), multiVectorSchema),
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
    sparse: noted(optional(sparseVectorsSchema), "By field name."),
    multi: noted(optional(multiVectorsSchema), "By field name."),
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
  sparse?: { [field: string]: SparseVectorInput };
  multi?: { [field: string]: MultiVectorInput };
}

/** Of points as they are read: hits have more of them. */
export const readPointMembers: { readonly [K in keyof ReadPoint]-?: z.ZodType<ReadPoint[K]> } = {
  id: idSchema,
  payload: noted(optional(payloadSchema), "Present when selected."),
  vectors: noted(optional(vectorsSchema), "Present when selected; only fields that the point has."),
  sparse: noted(optional(sparseVectorsSchema), "Present when a sparse field is selected."),
  multi: noted(optional(multiVectorsSchema), "Present when a multi field is selected."),
};

export const readPointSchema: z.ZodType<ReadPoint> = named(
  "StoredPoint",
  "A point as it is read back.",
  objectOf<ReadPoint>(readPointMembers),
);
