/** Filters, for the document: the Store checks them itself, and says better what is wrong. */
import * as z from "zod";
import type {
  AnyCondition,
  Filter,
  GeoBox,
  GeoPolygon,
  GeoRadius,
  Range,
  TextMatch,
  ValuesCount,
} from "../../../model/filter.ts";
import type { GeoPoint } from "../../../model/payload.ts";
import { idSchema } from "./point.ts";
import { named, noted, objectOf } from "./schema.ts";

const path = noted(
  z.string().min(1),
  "Dots walk objects, lists are visited element by element; of explicit paths, only where they say so (`items[].price`).",
);

export const geoPointSchema: z.ZodType<GeoPoint> = named(
  "GeoPoint",
  "Degrees, WGS 84.",
  objectOf<GeoPoint>({ lat: z.number().min(-90).max(90), lon: z.number().min(-180).max(180) }),
);

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const bound = z.union([z.number(), z.string()]).optional();

const range: z.ZodType<Range<number | string>> = named(
  "Range",
  "All bounds given must hold: numbers, or RFC 3339 datetimes.",
  objectOf<Range<number | string>>({ gt: bound, gte: bound, lt: bound, lte: bound }),
  { minProperties: 1 },
);

const edgeOut = noted(z.boolean().optional(), "Whether edges are left out.", { default: false });

const geoRadius: z.ZodType<GeoRadius> = named(
  "GeoRadius",
  "Within a great-circle distance, inclusive unless the edge is out.",
  objectOf<GeoRadius>({ center: geoPointSchema, radiusMeters: z.number().min(0), edgeOut }),
);

const geoBox: z.ZodType<GeoBox> = named(
  "GeoBox",
  "Edges included; may cross the antimeridian (then topLeft.lon > bottomRight.lon).",
  objectOf<GeoBox>({ topLeft: geoPointSchema, bottomRight: geoPointSchema, edgeOut }),
);

const ring = z.array(geoPointSchema).min(4);
const geoPolygon: z.ZodType<GeoPolygon> = named(
  "GeoPolygon",
  "On the plane of longitude and latitude, without its edges. Rings are closed: the last point is the first.",
  objectOf<GeoPolygon>({ exterior: ring, interiors: z.array(ring).optional() }),
);

const many = z.int().min(0).optional();
const valuesCount: z.ZodType<ValuesCount> = named(
  "ValuesCount",
  "How many values there are; all bounds given must hold.",
  objectOf<ValuesCount>({ gt: many, gte: many, lt: many, lte: many }),
  { minProperties: 1 },
);

const textMatch: z.ZodType<TextMatch> = named(
  "TextMatch",
  "Words, after the field's analysis.",
  objectOf<TextMatch>({
    query: z.string(),
    mode: noted(
      z.enum(["all", "any", "phrase", "prefix", "substring"]).optional(),
      "phrase: in this order, side by side. prefix, substring: signs, not words.",
      { default: "all" },
    ),
    undeclared: noted(
      z.enum(["words", "substring"]).optional(),
      "Where the field is not declared as text: its English words, or whether it holds the query as it stands.",
      { default: "words" },
    ),
  }),
);

export const conditionSchema: z.ZodType<AnyCondition> = named(
  "FieldCondition",
  "One condition on one field. It holds when any value of the path satisfies it; a missing field satisfies only `exists: false` and `isEmpty: true`.",
  z.union([
    z.strictObject({ field: path, eq: scalar }),
    z.strictObject({ field: path, in: z.array(scalar) }),
    z.strictObject({
      field: path,
      notIn: noted(z.array(scalar), "One of its values is not null and none of these."),
    }),
    z.strictObject({ field: path, range }),
    z.strictObject({ field: path, match: z.union([z.string(), textMatch]) }),
    z.strictObject({ field: path, geoRadius }),
    z.strictObject({ field: path, geoBox }),
    z.strictObject({ field: path, geoPolygon }),
    z.strictObject({ field: path, valuesCount }),
    z.strictObject({ field: path, exists: noted(z.boolean(), "The path has a value, null included.") }),
    z.strictObject({ field: path, isNull: noted(z.boolean(), "One of its values is null.") }),
    z.strictObject({
      field: path,
      isEmpty: noted(z.boolean(), "It is missing, null, or a list without a value that is not null."),
    }),
  ]),
);

export const filterSchema: z.ZodType<Filter> = named(
  "Filter",
  "One condition, or conditions combined by and, or and not. `nested`: all of `filter` holds for one and the same element of the list of objects there, and paths in it are relative to the element.",
  z.lazy(() =>
    z.union([
      conditionSchema,
      z.strictObject({ and: z.array(filterSchema) }),
      z.strictObject({ or: z.array(filterSchema) }),
      z.strictObject({ not: filterSchema }),
      z.strictObject({
        minShould: z.strictObject({ filters: z.array(filterSchema), count: z.int().min(0) }),
      }),
      z.strictObject({ ids: z.array(idSchema) }),
      z.strictObject({ hasVector: z.string() }),
      z.strictObject({ nested: path, filter: filterSchema }),
    ]),
  ),
  {
    examples: [
      {
        and: [
          { field: "lang", eq: "en" },
          { field: "year", range: { gte: 2020 } },
        ],
      },
    ],
  },
);
