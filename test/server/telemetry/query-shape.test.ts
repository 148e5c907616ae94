/** The shape of a query, whatever the query is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { queryShape } from "../../../src/server/telemetry/query-shape.ts";

describe("the shape of a query", () => {
  it("names rankings, fields, operators and sizes", () => {
    expect(
      queryShape({ nearest: [1], field: "body", limit: 5, offset: 2, params: { ef: 99, exact: true } }),
    ).toBe("nearest body, limit 5, offset 2, exact, ef 99");
    expect(queryShape({ text: "secret", fields: ["title", "text"], recall: 0.9, scoreThreshold: 3 })).toBe(
      "text title, text, score threshold, recall 0.9",
    );
    expect(
      queryShape({ nearest: { id: 7 }, filter: { field: "place", geoRadius: { center: { lat: 1 } } } }),
    ).toBe("nearest to a point, filter place geoRadius");
  });

  it("is short, however large and deep the query is", () => {
    let filter: unknown = { field: "x", eq: 1 };
    for (let i = 0; i < 10_000; i++) filter = { not: filter };
    const wide = { and: Array.from({ length: 10_000 }, () => ({ field: "y".repeat(1000), in: [1] })) };
    for (const one of [filter, wide, { and: [wide, wide, wide] }]) {
      expect(queryShape({ nearest: [1], filter: one }).length).toBeLessThan(1100);
    }
  });

  it("never throws, and tells no value of what it is given", () => {
    const marked = fc.anything({
      maxDepth: 4,
      values: [fc.constant("marzipan"), fc.integer(), fc.constant(null)],
    });
    const part = fc.dictionary(
      fc.constantFrom(
        "and",
        "or",
        "not",
        "ids",
        "nested",
        "filter",
        "eq",
        "in",
        "range",
        "match",
        "marzipan",
      ),
      marked,
    );
    const request = fc.record(
      {
        nearest: marked,
        text: marked,
        fusion: marked,
        limit: marked,
        filter: fc.oneof(part, marked),
        params: marked,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(request, marked), (query) => {
        // The names of fields are told, and "nested" holds one.
        const shape = queryShape(query).replaceAll(/marzipan\[/g, "[");
        expect(shape).not.toContain("marzipan");
      }),
    );
  });
});
