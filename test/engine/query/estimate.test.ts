/**
 * Estimates: sane whatever the filter, close where an index counts, and better for having seen conditions together.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadKernel } from "../../../src/engine/kernel/load.ts";
import { estimateMatches } from "../../../src/engine/query/estimate.ts";
import { selectSlots } from "../../../src/engine/query/select-slots.ts";
import { ShareNear } from "../../../src/engine/query/share-near.ts";
import type { Filter } from "../../../src/model/filter.ts";
import { defineSchema } from "../../../src/model/schema.ts";
import { checkFilter } from "../../../src/model/validate-filter.ts";
import { filterArbitrary } from "../../oracle/arbitrary-filters.ts";
import { schema as oracleSchema, payloadArbitrary } from "../../oracle/arbitrary-points.ts";
import "../../seed.ts";
import { ArrayView } from "./array-view.ts";

const kernel = await loadKernel();
const schema = defineSchema({
  vectors: {},
  payload: {
    colour: { type: "keyword" },
    size: { type: "integer" },
    double: { type: "integer" },
    place: { type: "geo" },
    text: { type: "text" },
  },
});

function shelf(points: number): ArrayView {
  const view = new ArrayView(schema, kernel);
  for (let i = 0; i < points; i++) {
    view.upsert({
      id: i,
      payload: {
        colour: i % 10 === 0 ? "red" : "blue",
        size: i % 100,
        double: 2 * (i % 100),
        place: { lat: (i % 180) - 90, lon: (i % 360) - 180 },
        text: i % 4 === 0 ? "a quiet harbour" : "a loud harbour",
        loose: i % 5,
      },
    });
  }
  return view;
}

function estimate(view: ArrayView, filter: Filter): number {
  return estimateMatches(checkFilter(filter, view), view);
}

describe("estimates", () => {
  it("lie between nothing and everything, for any filter over any points", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(payloadArbitrary, { maxLength: 12 }),
        fc.array(filterArbitrary, { minLength: 1, maxLength: 6 }),
        async (payloads, filters) => {
          const view = new ArrayView(oracleSchema, kernel);
          for (const [id, payload] of payloads.entries()) view.upsert({ id, payload });
          for (const filter of filters) {
            // Once before and once after something was learnt of it.
            for (let round = 0; round < 2; round++) {
              const found = estimate(view, filter);
              expect(found).toBeGreaterThanOrEqual(0);
              expect(found).toBeLessThanOrEqual(view.points);
              const { count, explain } = await selectSlots(view, filter);
              expect(explain.actual).toBe(count);
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each<[string, Filter, number]>([
    ["a keyword", { field: "colour", eq: "red" }, 300],
    ["keywords", { field: "colour", in: ["red", "blue"] }, 3000],
    ["a number", { field: "size", eq: 7 }, 30],
    ["a range", { field: "size", range: { gte: 10, lt: 30 } }, 600],
    [
      "a box",
      { field: "place", geoBox: { topLeft: { lat: 90, lon: -180 }, bottomRight: { lat: 0, lon: 180 } } },
      1500,
    ],
    ["a word", { field: "text", match: "quiet" }, 750],
    ["presence", { field: "size", exists: true }, 3000],
    ["absence", { not: { field: "colour", eq: "red" } }, 2700],
    [
      "independent conditions",
      {
        and: [
          { field: "text", match: "quiet" },
          { field: "size", range: { lt: 50 } },
        ],
      },
      375,
    ],
    [
      "either of two",
      {
        or: [
          { field: "colour", eq: "red" },
          { field: "size", range: { lt: 50 } },
        ],
      },
      1650,
    ],
  ])("of %s are near the truth", (_, filter, truth) => {
    expect(estimate(shelf(3000), filter)).toBeGreaterThan(truth * 0.8);
    expect(estimate(shelf(3000), filter)).toBeLessThan(truth * 1.25);
  });

  it("stay near the truth while points come and go", () => {
    const view = shelf(3000);
    for (let i = 0; i < 3000; i += 2) view.delete(i);
    const found = estimate(view, { field: "size", range: { lt: 50 } });
    expect(found).toBeGreaterThan(600);
    expect(found).toBeLessThan(900);
  });

  it("of conditions that go together are corrected once they were seen together", async () => {
    const view = shelf(3000);
    const both = (below: number): Filter => ({
      and: [
        { field: "size", range: { lt: below } },
        { field: "double", range: { lt: 2 * below } },
      ],
    });
    expect(estimate(view, both(10))).toBeLessThan(60);
    for (let round = 0; round < 3; round++) await selectSlots(view, both(10));
    expect(estimate(view, both(10))).toBeGreaterThan(200);
    expect(estimate(view, both(20))).toBeGreaterThan(300);
  });

  it("of undeclared fields are what was seen of them", async () => {
    const view = shelf(3000);
    for (let round = 0; round < 3; round++) await selectSlots(view, { field: "loose", eq: 1 });
    expect(estimate(view, { field: "loose", eq: 3 })).toBeCloseTo(600, -1);
  });
});

describe("an index's statistics", () => {
  const view = shelf(3000);
  const of = (path: string) => view.indexes.field(path)!.index.statistics();

  it("are the most common values of keywords, with their counts", () => {
    expect(of("colour")).toEqual({
      entries: 3000,
      distinct: 2,
      mostCommon: [
        { value: "blue", count: 2700 },
        { value: "red", count: 300 },
      ],
    });
  });

  it("are ranges of numbers that hold equally many", () => {
    const { entries, histogram } = of("size");
    expect(entries).toBe(3000);
    expect(histogram![0]).toBe(0);
    expect(histogram!.at(-1)).toBe(99);
    expect(histogram![16]).toBeGreaterThanOrEqual(48);
    expect(histogram![16]).toBeLessThanOrEqual(51);
  });
});

it("a conjunction begins with what leaves least, and leaves the rest to few payloads or to none", async () => {
  const view = shelf(40_000);
  const broad: Filter = { field: "size", range: { lt: 99 } };
  const few = await selectSlots(view, { and: [broad, { ids: [1, 2, 3] }] });
  expect(few.count).toBe(3);
  expect(few.explain.steps![0]!.choice).toBe("ids");
  const none = await selectSlots(view, { and: [broad, { field: "colour", eq: "green" }] });
  expect(none.count).toBe(0);
  expect(none.explain.steps!.length).toBe(1);
});

describe("how filters lie near queries", () => {
  it("is learnt by their shape, and forgotten by those least recently used", () => {
    const near = new ShareNear();
    expect(near.expected("a", 0.1)).toBeCloseTo(0.1);
    for (let i = 0; i < 30; i++) near.record("a", 0.1, 0.9, true, false);
    expect(near.expected("a", 0.1)).toBeGreaterThan(0.8);
    expect(near.hope("a")).toBeGreaterThan(0.9);
    for (let i = 0; i < 300; i++) near.record(`other ${i}`, 0.5, 0.5, true, true);
    expect(near.expected("a", 0.1)).toBeCloseTo(0.1);
  });
});
