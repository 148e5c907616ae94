/** Filters as Qdrant's: what each condition becomes, what is refused and why, and that explicit paths come back as they went. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFilter } from "../../../src/dialects/qdrant/filter/filter.ts";
import { compilePredicate } from "../../../src/engine/query/predicate.ts";
import type { Filter } from "../../../src/model/filter.ts";
import type { PointId } from "../../../src/model/id.ts";
import type { Payload } from "../../../src/model/payload.ts";
import type { CollectionSchema } from "../../../src/model/schema.ts";
import { checkFilter } from "../../../src/model/validate-filter.ts";
import { wireFilter } from "../../../src/stores/qdrant/filter/filter.ts";
import { type Layout, layoutOf } from "../../../src/stores/qdrant/layout.ts";
import { filterArbitrary, payloadArbitrary } from "../../dialects/qdrant/arbitrary-filters.ts";

function layoutFor(schema: CollectionSchema): Layout {
  return layoutOf("c", schema, { unnamed: undefined, hasForeignIds: false });
}

const implicit = layoutFor({
  vectors: { image: { dimension: 2 } },
  payload: {
    year: { type: "integer" },
    price: { type: "float" },
    tag: { type: "keyword" },
    "author.name": { type: "keyword" },
    when: { type: "datetime" },
    shop: { type: "geo" },
    flag: { type: "bool" },
    text: { type: "text" },
  },
});
const explicit = layoutFor({ vectors: { image: { dimension: 1 } }, paths: "explicit" });

function translated(filter: Filter, layout: Layout = implicit): unknown {
  return wireFilter(checkFilter(filter, layout.fields), layout);
}

const must = (condition: object): object => ({ must: [condition] });

describe("a filter for a Qdrant", () => {
  it.each<[string, Filter, object]>([
    ["a number of an integer field", { field: "year", eq: 7 }, must({ key: "year", match: { value: 7 } })],
    [
      "no integer is broken",
      { field: "year", eq: 7.5 },
      must({ key: "year", range: { gte: 7.5, lte: 7.5 } }),
    ],
    [
      "floats are compared by ranges",
      { field: "price", eq: 7 },
      must({ key: "price", range: { gte: 7, lte: 7 } }),
    ],
    ["several", { field: "tag", in: ["a", "b"] }, must({ key: "tag", match: { any: ["a", "b"] } })],
    ["none of none", { field: "tag", in: [] }, must({ has_id: [] })],
    [
      "a path has arrays on its way, or not",
      { field: "author.name", eq: "x" },
      {
        should: [
          { key: "author.name", match: { value: "x" } },
          { key: "author[].name", match: { value: "x" } },
        ],
      },
    ],
    [
      "an instant",
      { field: "when", range: { gt: new Date(0) } },
      must({ key: "when", range: { gt: "1970-01-01T00:00:00.000Z" } }),
    ],
    [
      "infinite bounds",
      { field: "price", range: { lt: Infinity, gt: 1 } },
      must({ key: "price", range: { gt: 1 } }),
    ],
    [
      "what is above all",
      { field: "price", range: { gt: Infinity } },
      must({ key: "price", range: { gt: Number.MAX_VALUE } }),
    ],
    [
      "an edge inside of a circle",
      { field: "shop", geoRadius: { center: { lat: 1, lon: 2 }, radiusMeters: 1 } },
      must({ key: "shop", geo_radius: { center: { lat: 1, lon: 2 }, radius: 1 + 2 ** -52 } }),
    ],
    [
      "an edge outside of it",
      { field: "shop", geoRadius: { center: { lat: 1, lon: 2 }, radiusMeters: 1, edgeOut: true } },
      must({ key: "shop", geo_radius: { center: { lat: 1, lon: 2 }, radius: 1 } }),
    ],
    [
      "ids",
      { ids: [1, "6f1d2a0b-5c8e-4f37-9a41-d370e296b814"] },
      must({ has_id: [1, "6f1d2a0b-5c8e-4f37-9a41-d370e296b814"] }),
    ],
    ["a vector", { hasVector: "image" }, must({ has_vector: "image" })],
    ["a vector of no field", { hasVector: "other" }, must({ has_id: [] })],
    ["not", { not: { field: "flag", eq: true } }, { must_not: [{ key: "flag", match: { value: true } }] }],
    ["nothing more to say", { and: [] }, { must: [] }],
    [
      "keys that are no words",
      { field: "a b.c", in: ["x"] },
      {
        should: ['"a b"', '"a b"[]', '"a b"[][]'].flatMap((first) =>
          ["c", "c[]", "c[][]"].map((last) => ({ key: `${first}.${last}`, match: { value: "x" } })),
        ),
      },
    ],
  ])("%s", (_, filter, expected) => {
    expect(translated(filter)).toEqual(expected);
  });

  it.each<[Filter, RegExp]>([
    [{ field: "text", match: "words" }, /cuts, folds and stems/],
    [{ field: "tag", match: { query: "a", mode: "prefix" } }, /prefix/],
    [{ field: "loose", range: { gt: new Date(0) } }, /declare the field as datetime/],
    [{ field: "loose", exists: true }, /declare the field/],
    [{ field: "loose", notIn: ["a"] }, /except/],
    [{ field: "tag", valuesCount: { gte: 2 } }, /nulls of an array/],
    [{ nested: "items", filter: { not: { field: "a", eq: 1 } } }, /paths: "explicit"/],
    [{ field: 'a"b', eq: 1 }, /quotes/],
  ])("%j is refused, with the reason", (filter, reason) => {
    expect(() => translated(filter)).toThrow(reason);
    expect(() => translated(filter)).toThrow(expect.objectContaining({ code: "unimplemented" }));
  });

  it("over explicit paths decides as the filter that it was made of", () => {
    const vectors = {
      slotOf: (id: PointId) => Number(id),
      slotsWithVector: () => new Uint32Array([0x55555555]),
      vectorFields: { image: { dimension: 1, metric: "cosine" as const } },
      sparseFields: {},
      multiFields: {},
    };
    const decide = (filter: Filter, payload: Payload, id: number): boolean =>
      compilePredicate(checkFilter(filter, explicit.fields), vectors)(payload, id);
    fc.assert(
      fc.property(
        filterArbitrary,
        fc.array(payloadArbitrary, { minLength: 10, maxLength: 10 }),
        (wire, payloads) => {
          const filter = readFilter(wire, "filter");
          const again = readFilter(translated(filter, explicit), "filter");
          for (const [id, payload] of payloads.entries())
            expect(decide(again, payload as Payload, id)).toBe(decide(filter, payload as Payload, id));
        },
      ),
      { numRuns: process.env.FRANCA_SLOW ? 20_000 : 1_000 },
    );
  });
});
