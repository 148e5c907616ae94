/** Counters and histograms as text, against a naive count. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CounterFamily, HistogramFamily } from "../../../src/server/telemetry/families.ts";
import { lint, parseMetrics, sampleOf } from "./prometheus-text.ts";

const page = (family: CounterFamily | HistogramFamily) => parseMetrics([...family.text()].join(""));

describe("a family of metrics", () => {
  it("tells of each bucket how many values were at most its bound", () => {
    const value = fc.oneof(fc.constantFrom(0, 0.1, 1, 10, 11), fc.double({ min: 0, max: 20, noNaN: true }));
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const bounds = [0.1, 1, 10];
        const family = new HistogramFamily("a_seconds", "A.", bounds);
        const series = family.series({ of: "x" });
        for (const one of values) series.observe(one);
        const parsed = page(family);
        expect(lint(parsed)).toEqual([]);
        for (const le of bounds) {
          const atMost = values.filter((one) => one <= le).length;
          expect(sampleOf(parsed, "a_seconds_bucket", { le: String(le) })).toBe(atMost);
        }
        expect(sampleOf(parsed, "a_seconds_count", { of: "x" })).toBe(values.length);
        expect(sampleOf(parsed, "a_seconds_sum")).toBeCloseTo(
          values.reduce((sum, one) => sum + one, 0),
          6,
        );
      }),
    );
  });

  it("tells every label as it was given, whatever is in it", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: "grapheme" }), { minLength: 1 }), (names) => {
        const family = new CounterFamily("a_total", "A.");
        for (const [i, name] of names.entries()) family.series({ name, other: "x" }).add(i + 1);
        const parsed = page(family);
        expect(lint(parsed)).toEqual([]);
        for (const [i, name] of names.entries()) expect(sampleOf(parsed, "a_total", { name })).toBe(i + 1);
      }),
    );
  });

  it("tells no more of a series that has ended", () => {
    const family = new CounterFamily("a_total", "A.");
    family.end(family.series({ name: "x" }));
    family.series({}).add();
    expect([...family.text()].join("")).toBe("# HELP a_total A.\n# TYPE a_total counter\na_total 1\n");
  });
});
