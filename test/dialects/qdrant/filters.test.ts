/**
 * Qdrant's filters mean here what they mean there: each condition against what its server decides, and thousands of random
 * ones against the local mode of its makers' Python client, where that decides as the server does.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFilter } from "../../../src/dialects/qdrant/filter/filter.ts";
import { compilePredicate } from "../../../src/engine/query/predicate.ts";
import type { PointId } from "../../../src/model/id.ts";
import type { Payload } from "../../../src/model/payload.ts";
import { checkFilter } from "../../../src/model/validate-filter.ts";
import { root } from "../../rules/sources.ts";
import { seed } from "../../seed.ts";
import { python, withoutPython } from "../../wire/python.ts";
import { filterArbitrary, payloadArbitrary } from "./arbitrary-filters.ts";

/** Even slots have the vector "image". */
const vectors = {
  slotOf: (id: PointId) => Number(id),
  slotsWithVector: () => new Uint32Array([0x55555555, 0x55555555]),
  vectorFields: { image: { dimension: 1, metric: "cosine" as const } },
  sparseFields: {},
  multiFields: {},
};

function holds(filter: unknown, payload: Payload, id: PointId = 0): boolean {
  const checked = checkFilter(readFilter(filter, "filter"), { payloadFields: {}, paths: "explicit" });
  return compilePredicate(checked, vectors)(payload, id);
}

const must = (condition: object): object => ({ must: [condition] });
const at = (key: string, test: object): object => must({ key, ...test });

describe("conditions of a Qdrant filter", () => {
  it.each<[string, object, Payload, boolean]>([
    ["a value is compared with its type", at("a", { match: { value: "1" } }), { a: 1 }, false],
    ["a value is one of an array", at("a", { match: { value: 2 } }), { a: [1, 2] }, true],
    ["an array in an array is no value", at("a", { match: { value: 2 } }), { a: [[2]] }, false],
    ["an array in an array is named by []", at("a[]", { match: { value: 2 } }), { a: [[2]] }, true],
    ["arrays on the way are not walked", at("a.b", { match: { value: 1 } }), { a: [{ b: 1 }] }, false],
    ["[] walks an array", at("a[].b", { match: { value: 1 } }), { a: [{ b: 1 }] }, true],
    ["[0] takes an element", at("a[1]", { match: { value: 1 } }), { a: [1, 2] }, false],
    ["quoted keys hold dots", at('"a.b".c', { match: { value: 1 } }), { "a.b": { c: 1 } }, true],
    ["except: something else is there", at("a", { match: { except: ["x"] } }), { a: ["x", "y"] }, true],
    ["except: another type is something else", at("a", { match: { except: ["x"] } }), { a: 7 }, true],
    ["except: null is nothing", at("a", { match: { except: ["x"] } }), { a: null }, false],
    ["except: missing is nothing", at("a", { match: { except: ["x"] } }), {}, false],
    ["text is a substring", at("a", { match: { text: "el wo" } }), { a: "hello world" }, false],
    [
      "text is a substring, spaces included",
      at("a", { match: { text: "lo wo" } }),
      { a: "hello world" },
      true,
    ],
    [
      "text_any: one part is a substring",
      at("a", { match: { text_any: "zz wor" } }),
      { a: "hello world" },
      true,
    ],
    ["a range of numbers sees no strings", at("a", { range: { gte: 0 } }), { a: "1" }, false],
    [
      "a datetime without offset is UTC",
      at("a", { range: { gte: "2024-05-01" } }),
      { a: "2024-05-01 00:00" },
      true,
    ],
    [
      "a datetime with one",
      at("a", { range: { lt: "2024-05-01T00:00:00Z" } }),
      { a: "2024-05-01T01:00:00+0200" },
      true,
    ],
    ["a count of an array", at("a", { values_count: { gte: 2 } }), { a: [1, null] }, true],
    ["a count of null is 0", at("a", { values_count: { lt: 1 } }), { a: null }, true],
    ["a count of a scalar is 1", at("a", { values_count: { gt: 0, lt: 2 } }), { a: "x" }, true],
    ["what is missing has no count", at("a", { values_count: { lt: 5 } }), {}, false],
    ["[] is empty", must({ is_empty: { key: "a" } }), { a: [] }, true],
    ["[null] is not empty", must({ is_empty: { key: "a" } }), { a: [null] }, false],
    ["missing is empty", must({ is_empty: { key: "a.b" } }), { a: 1 }, true],
    ["null is null", must({ is_null: { key: "a" } }), { a: null }, true],
    ["[null] is not null", must({ is_null: { key: "a" } }), { a: [null] }, false],
    ["[null] is null to a field condition", at("a", { is_null: true }), { a: [null] }, true],
    ["missing is not null", must({ is_null: { key: "a" } }), {}, false],
    [
      "nested looks at one element at a time",
      must({
        nested: {
          key: "a",
          filter: {
            must: [
              { key: "b", match: { value: 1 } },
              { key: "c", match: { value: 2 } },
            ],
          },
        },
      }),
      {
        a: [
          { b: 1, c: 1 },
          { b: 2, c: 2 },
        ],
      },
      false,
    ],
    [
      "a lone object is no array of one",
      must({ nested: { key: "a", filter: must({ key: "b", match: { value: 1 } }) } }),
      { a: { b: 1 } },
      false,
    ],
    [
      "elements have no id",
      must({ nested: { key: "a", filter: must({ has_id: [0] }) } }),
      { a: [{}] },
      false,
    ],
    ["ids", must({ has_id: [0, 7] }), {}, true],
    ["vectors by name", must({ has_vector: "image" }), {}, true],
    ["a vector of no such name", must({ has_vector: "other" }), {}, false],
    [
      "an edge is outside of a box",
      at("a", { geo_bounding_box: { top_left: { lon: 0, lat: 2 }, bottom_right: { lon: 2, lat: 0 } } }),
      { a: { lon: 0, lat: 1 } },
      false,
    ],
    ["a clause that is one condition", { must_not: { key: "a", match: { value: 1 } } }, { a: 1 }, false],
    ["a should without conditions says nothing", { should: [] }, {}, true],
    [
      "two of three",
      {
        min_should: {
          min_count: 2,
          conditions: [
            { key: "a", match: { value: 1 } },
            { key: "b", match: { value: 1 } },
            { key: "c", match: { value: 1 } },
          ],
        },
      },
      { a: 1, c: 1 },
      true,
    ],
  ])("%s", (_, filter, payload, expected) => {
    expect(holds(filter, payload)).toBe(expected);
  });

  it.each<[object, RegExp]>([
    [at("a", {}), /At least one field condition/],
    [at("a[", { match: { value: 1 } }), /Invalid json path/],
    [at("a", { match: { value: 1.5 } }), /ValueVariants/],
    [at("a", { match: { any: ["a", 1] } }), /AnyVariants/],
    [at("a", { range: { gte: 1, lt: "2024-01-01" } }), /RangeInterface/],
    [at("a", { geo_radius: { center: { lon: 200, lat: 0 }, radius: 1 } }), /lon/],
    [at("a", { geo_polygon: { exterior: { points: [{ lon: 0, lat: 0 }] } } }), /at least 4 points/],
    [must({ what: 1 }), /untagged enum Condition/],
    [{ might: [] }, /unknown field/],
  ])("%j is refused with the place of the mistake", (filter, message) => {
    expect(() => holds(filter, {})).toThrow(message);
  });
});

describe.skipIf(python === undefined)(`Qdrant's local mode (${withoutPython} otherwise)`, () => {
  it("decides random filters over random payloads as Franca does", () => {
    const programs = fc.sample(
      fc.record({
        payloads: fc.array(payloadArbitrary, { minLength: 20, maxLength: 30 }),
        filters: fc.array(filterArbitrary, { minLength: 200, maxLength: 200 }),
      }),
      { numRuns: 10, seed },
    );
    let compared = 0;
    for (const program of programs) {
      const script = join(root, "test/dialects/qdrant/local-filters.py");
      const input = JSON.stringify(program);
      const verdicts: boolean[][] = JSON.parse(
        execFileSync(python!, [script], { input, maxBuffer: 1e8 }).toString(),
      );
      for (const [f, filter] of program.filters.entries())
        for (const [i, payload] of program.payloads.entries()) {
          compared += 1;
          if (holds(filter, payload as Payload, i) === verdicts[f]![i]) continue;
          const told = `${JSON.stringify(filter)} on ${JSON.stringify(payload)}, id ${i}`;
          expect.fail(`seed ${seed}: ${told}: the local mode says ${verdicts[f]![i]}`);
        }
    }
    expect(compared).toBeGreaterThan(10_000);
  }, 120_000);
});
