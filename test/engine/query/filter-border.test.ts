/** Malformed filters and requests are refused, and the message says where the mistake is. */
import { describe, expect, it } from "vitest";
import { checkFilter } from "../../../src/model/validate-filter.ts";
import { checkQuery, checkScroll } from "../../../src/model/validate-query.ts";

const payloadFields = {
  year: { type: "integer" },
  tag: { type: "keyword" },
  when: { type: "datetime" },
  key: { type: "uuid" },
  place: { type: "geo" },
  body: { type: "text" },
  "items.price": { type: "float" },
} as const;
const fields = {
  payloadFields,
  vectorFields: { v: { dimension: 2, metric: "cosine" } },
  sparseFields: {},
  multiFields: {},
} as const;

describe("a malformed filter is refused at its place", () => {
  const deep = Array.from({ length: 100 }).reduce<unknown>((inner) => ({ not: inner }), { ids: [] });
  const cases: [filter: unknown, where: string][] = [
    [null, "filter"],
    [[], "filter"],
    [{}, "filter"],
    [{ xor: [] }, "filter"],
    [{ and: [], or: [] }, "filter"],
    [{ and: {} }, "filter.and"],
    [{ and: [{ ids: [1] }, { field: "year", range: { gte: "2020" } }] }, "filter.and[1].range.gte"],
    [{ or: [{ not: { field: "tag", eq: 5 } }] }, "filter.or[0].not.eq"],
    [{ field: "" }, "filter.field"],
    [{ field: "a..b", eq: 1 }, "filter.field"],
    [{ field: "tag" }, "filter"],
    [{ field: "tag", eq: "a", in: ["b"] }, "filter"],
    [{ field: "tag", like: "a" }, "filter.like"],
    [{ field: "tag", eq: undefined }, "filter.eq"],
    [{ field: "free", eq: null }, "filter.eq"],
    [{ field: "free", eq: Number.NaN }, "filter.eq"],
    [{ field: "tag", in: "a" }, "filter.in"],
    [{ field: "tag", in: ["a", 1] }, "filter.in[1]"],
    [{ field: "tag", range: { gt: 1 } }, "filter.range"],
    [{ field: "tag", match: "a" }, "filter.match"],
    [{ field: "place", eq: "a" }, "filter.eq"],
    [{ field: "year", range: {} }, "filter.range"],
    [{ field: "year", range: { from: 1 } }, "filter.range.from"],
    [{ field: "when", range: { gte: "2024-02-30T00:00:00Z" } }, "filter.range.gte"],
    [{ field: "when", eq: "2024-01-01" }, "filter.eq"],
    [{ field: "free", range: { gte: 1, lt: "2024-01-01T00:00:00Z" } }, "filter.range.gte"],
    [{ field: "key", eq: "no-uuid" }, "filter.eq"],
    [{ field: "year", exists: 1 }, "filter.exists"],
    [
      { field: "place", geoRadius: { center: { lat: 91, lon: 0 }, radiusMeters: 1 } },
      "filter.geoRadius.center.lat",
    ],
    [
      { field: "place", geoRadius: { center: { lat: 1, lon: 0 }, radiusMeters: -1 } },
      "filter.geoRadius.radiusMeters",
    ],
    [
      { field: "place", geoBox: { topLeft: { lat: 0, lon: 0 }, bottomRight: { lat: 1, lon: 1 } } },
      "filter.geoBox",
    ],
    [{ field: "body", match: { query: "a", mode: "some" } }, "filter.match.mode"],
    [{ ids: [1.5] }, "filter.ids[0]"],
    [{ nested: "items", filter: { ids: [1] } }, "filter.filter.ids"],
    [{ nested: "items", filter: { field: "price", eq: "1" } }, "filter.filter.eq"],
    [deep, `filter${".not".repeat(65)}`],
  ];
  for (const [filter, where] of cases) {
    it(`${JSON.stringify(filter)?.slice(0, 60)} at ${where.slice(0, 40)}`, () => {
      expect(() => checkFilter(filter, { payloadFields })).toThrowError(
        expect.objectContaining({ code: "invalid_argument", details: expect.objectContaining({ where }) }),
      );
    });
  }
});

describe("a malformed request is refused at its place", () => {
  const cases: [request: unknown, where: string][] = [
    [undefined, "query"],
    [{ limit: 1 }, "query"],
    [{ nearest: [1, 2], text: "a" }, "query"],
    [{ nearest: [1, 2], limti: 5 }, "query.limti"],
    [{ nearest: [1, 2], limit: 0 }, "query.limit"],
    [{ nearest: [1, 2], limit: 2 ** 21 }, "query.limit"],
    [{ nearest: [1, 2], offset: -1 }, "query.offset"],
    [{ nearest: [1, 2], params: { ef: 0 } }, "query.params.ef"],
    [{ nearest: [1, 2], scoreThreshold: Number.NaN }, "query.scoreThreshold"],
    [{ nearest: [1] }, "query.nearest"],
    [{ nearest: [1, 1e39] }, "query.nearest[1]"],
    [{ nearest: [1, "2"] }, "query.nearest[1]"],
    [{ nearest: { key: 1 } }, "query.nearest.key"],
    [{ nearest: [1, 2], field: "w" }, "query.field"],
    [{ nearest: [1, 2], fields: ["body"] }, "query.fields"],
    [{ nearest: [1, 2], select: { payload: ["a."] } }, "select.payload[0]"],
    [{ nearest: [1, 2], select: { vectors: ["w"] } }, "select.vectors[0]"],
    [{ nearest: [1, 2], signal: {} }, "query.signal"],
    [{ text: "a", fields: ["tag"] }, "query.fields[0]"],
    [{ text: 5 }, "query.text"],
    [{ fusion: { legs: [] } }, "query.fusion.legs"],
    [{ fusion: { legs: [{ text: "a" }, { text: "b" }] } }, "query.fusion.legs"],
    [{ fusion: { legs: [{ text: "a", weight: -1 }] } }, "query.fusion.legs[0].weight"],
    [{ fusion: { legs: [{ text: "a" }], method: "sum" } }, "query.fusion.method"],
  ];
  for (const [request, where] of cases) {
    it(`${JSON.stringify(request)?.slice(0, 60)} at ${where}`, () => {
      expect(() => checkQuery(request, fields)).toThrowError(
        expect.objectContaining({ code: "invalid_argument", details: expect.objectContaining({ where }) }),
      );
    });
  }

  it("text without a declared text field says to declare one", () => {
    expect(() => checkQuery({ text: "a" }, { ...fields, payloadFields: {} })).toThrowError(/declare/);
  });

  it("scroll takes no key that it does not know", () => {
    expect(() => checkScroll({ offset: 1 }, fields)).toThrowError(/scroll\.offset/);
  });
});

describe("bounds", () => {
  it("of two bounds on one side the tighter counts, and at equal values the exclusive one", () => {
    const bounds = (range: object) => {
      const filter = checkFilter({ field: "year", range }, { payloadFields });
      return filter.kind === "field" && filter.test.operator === "range" ? filter.test.bounds : undefined;
    };
    expect(bounds({ gt: 1, gte: 1 })).toMatchObject({ low: 1, lowInclusive: false });
    expect(bounds({ gt: 1, gte: 2 })).toMatchObject({ low: 2, lowInclusive: true });
    expect(bounds({ lt: 5, lte: 5 })).toMatchObject({ high: 5, highInclusive: false });
    expect(bounds({ lt: 6, lte: 5 })).toMatchObject({ high: 5, highInclusive: true });
  });
});
