/** Ids, vectors, payloads, filters: the words of every body. */
import type { z } from "zod";
import type { Filter } from "../../../model/filter.ts";
import type { PointId } from "../../../model/id.ts";
import type { Payload } from "../../../model/payload.ts";
import type { VectorInput } from "../../../model/point.ts";
import { described, ref } from "./described.ts";

export const pointId: z.ZodType<PointId> = described("PointId", {
  description: 'A string of 1 to 1,024 bytes, or an integer from −2^63 to 2^64 − 1, exact. 1 is not "1".',
  oneOf: [
    { type: "string", minLength: 1, maxLength: 1024 },
    { type: "integer", minimum: -(2 ** 63), maximum: 2 ** 64 },
  ],
});

export const vector: z.ZodType<VectorInput> = described("Vector", {
  description: "As many finite numbers as its field has dimensions; kept as float32.",
  type: "array",
  items: { type: "number" },
  minItems: 1,
  maxItems: 65_536,
});

export const payload: z.ZodType<Payload> = described("Payload", {
  description: "Any JSON object; declared fields have their declared type.",
  type: "object",
  additionalProperties: true,
});

const scalar = { oneOf: [{ type: "string" }, { type: "number" }, { type: "boolean" }] };
const bound = { oneOf: [{ type: "number" }, { type: "string", format: "date-time" }] };
const geoPoint = {
  type: "object",
  properties: {
    lat: { type: "number", minimum: -90, maximum: 90 },
    lon: { type: "number", minimum: -180, maximum: 180 },
  },
  required: ["lat", "lon"],
  additionalProperties: false,
};

const object = (properties: object, required: readonly string[] = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const onField = (name: string, operand: object) =>
  object({ field: { type: "string", minLength: 1 }, [name]: operand });

export const filter: z.ZodType<Filter> = described("Filter", {
  description: "One condition on one field, combined by and, or, not. docs/filters.md says what each means.",
  oneOf: [
    object({ and: { type: "array", items: ref("Filter") } }),
    object({ or: { type: "array", items: ref("Filter") } }),
    object({ not: ref("Filter") }),
    object({ ids: { type: "array", items: ref("PointId") } }),
    object({ nested: { type: "string", minLength: 1 }, filter: ref("Filter") }),
    onField("exists", { type: "boolean" }),
    onField("isNull", { type: "boolean" }),
    onField("isEmpty", { type: "boolean" }),
    onField("eq", scalar),
    onField("in", { type: "array", items: scalar }),
    onField("range", { ...object({ gt: bound, gte: bound, lt: bound, lte: bound }, []), minProperties: 1 }),
    onField("geoRadius", object({ center: geoPoint, radiusMeters: { type: "number", minimum: 0 } })),
    onField("geoBox", object({ topLeft: geoPoint, bottomRight: geoPoint })),
    onField("match", {
      oneOf: [
        { type: "string" },
        object({ query: { type: "string" }, mode: { enum: ["all", "any", "phrase"] } }, ["query"]),
      ],
    }),
  ],
});
