/**
 * Random filters over the points of arbitrary-points.ts: every operator on every kind of field, declared or not.
 */
import fc from "fast-check";
import type { Filter } from "../../src/model/filter.ts";
import {
  datetimes,
  idArbitrary,
  keywords,
  numbers,
  places,
  textArbitrary,
  uuids,
  weights,
} from "./arbitrary-points.ts";

const range = <V extends string | number | Date>(
  value: fc.Arbitrary<V>,
): fc.Arbitrary<{ gt?: V; gte?: V; lt?: V; lte?: V }> =>
  fc
    .record({ gt: value, gte: value, lt: value, lte: value }, { requiredKeys: [] })
    .filter((bounds) => Object.keys(bounds).length > 0);
const presence = fc.oneof(
  fc.record({ exists: fc.boolean() }),
  fc.record({ isNull: fc.boolean() }),
  fc.record({ isEmpty: fc.boolean() }),
  fc.record({ valuesCount: range(fc.constantFrom(0, 1, 2, 3)) }),
);
const equality = <V>(value: fc.Arbitrary<V>): fc.Arbitrary<object> =>
  fc.oneof(
    fc.record({ eq: value }),
    fc.record({ in: fc.array(value, { maxLength: 3 }) }),
    fc.record({ notIn: fc.array(value, { maxLength: 2 }) }),
  );
function ringOf(...corners: [lat: number, lon: number][]): { lat: number; lon: number }[] {
  return [...corners, corners[0]!].map(([lat, lon]) => ({ lat, lon }));
}
const geoPoint = fc.constantFrom(...places);
const geo = fc.oneof(
  fc.record({
    geoRadius: fc.record(
      { center: geoPoint, radiusMeters: fc.constantFrom(0, 1000, 2e6, 3e7), edgeOut: fc.boolean() },
      { requiredKeys: ["center", "radiusMeters"] },
    ),
  }),
  fc.record({
    geoPolygon: fc.constantFrom(
      { exterior: ringOf([-5, -5], [-5, 60], [60, 60], [60, -5]) },
      {
        exterior: ringOf([-90, -180], [90, -180], [90, 180], [-90, 180]),
        interiors: [ringOf([-1, -1], [1, -1], [1, 1], [-1, 1]), ringOf([10, 10], [40, 10], [20, 40])],
      },
      { exterior: ringOf([0, 0], [10, 5], [0, 10], [5, 5]) },
    ),
  }),
  fc.record({
    geoBox: fc.constantFrom(
      { topLeft: { lat: 10, lon: -10 }, bottomRight: { lat: -10, lon: 10 } },
      { topLeft: { lat: 0, lon: 170 }, bottomRight: { lat: -20, lon: -170 } },
      { topLeft: { lat: 90, lon: -180 }, bottomRight: { lat: -90, lon: 180 } },
      { topLeft: { lat: 1, lon: 170 }, bottomRight: { lat: -1, lon: 180 } },
    ),
  }),
);
const match = fc.record({
  match: fc.oneof(
    textArbitrary,
    fc.record(
      {
        query: textArbitrary,
        mode: fc.constantFrom("all", "any", "phrase", "prefix", "substring"),
        undeclared: fc.constantFrom("words", "substring"),
      },
      { requiredKeys: ["query"] },
    ),
    fc.record({
      query: fc.constantFrom(
        "run fox",
        "fox run",
        "fox fox",
        "the running fox",
        "東京大学",
        "fox東京",
        "x1 don't",
      ),
      mode: fc.constant("phrase"),
    }),
  ),
});
const dates = fc.constantFrom<string | Date>(...datetimes, new Date("2024-01-01T00:00:00Z"));
const unknownScalar = fc.constantFrom<string | number | boolean>("red", "1", 1, 0, true, "true", "run fox");

const operators: { [field: string]: fc.Arbitrary<object> } = {
  tag: fc.oneof(
    equality(fc.constantFrom(...keywords)),
    fc.record({
      match: fc.record({
        query: fc.constantFrom("", ...keywords.map((one) => one.slice(0, 2))),
        mode: fc.constantFrom("prefix", "substring"),
      }),
    }),
  ),
  count: fc.oneof(
    equality(fc.constantFrom(...numbers)),
    fc.record({ range: range(fc.constantFrom(...numbers, 1.5, Infinity)) }),
  ),
  weight: fc.oneof(
    equality(fc.constantFrom(...weights)),
    fc.record({ range: range(fc.constantFrom(...weights)) }),
  ),
  flag: equality(fc.boolean()),
  when: fc.oneof(equality(dates), fc.record({ range: range(dates) })),
  key: equality(fc.constantFrom(...uuids, `urn:uuid:${uuids[0]}`)),
  place: geo,
  body: fc.oneof(match, match, equality(textArbitrary)),
  title: fc.oneof(match, equality(textArbitrary)),
  "author.name": equality(fc.constantFrom(...keywords)),
  "items.price": fc.record({ range: range(fc.constantFrom(...weights)) }),
};
const undeclaredOperators = fc.oneof(
  equality(unknownScalar),
  fc.record({ range: range(fc.constantFrom(0, 1, 2)) }),
  fc.record({ range: range(dates) }),
  geo,
  match,
);
const undeclared = [
  "free",
  "free.b",
  "w",
  "w.a",
  "w.a.b",
  "author",
  "items",
  "items.size",
  "absent",
  "constructor",
];

const condition: fc.Arbitrary<Filter> = fc.oneof(
  ...Object.entries(operators).map(([field, operator]) =>
    conditionOn(field, fc.oneof(operator, operator, presence)),
  ),
  ...undeclared.map((field) => conditionOn(field, fc.oneof(undeclaredOperators, presence))),
  fc.record({ ids: fc.array(idArbitrary, { maxLength: 4 }) }),
);

function conditionOn(field: string, operator: fc.Arbitrary<object>): fc.Arbitrary<Filter> {
  return operator.map((one) => ({ field, ...one }) as Filter);
}

const insideItems: fc.Arbitrary<Filter> = combined(
  fc.oneof(
    conditionOn("price", fc.oneof(operators["items.price"]!, presence)),
    conditionOn("size", fc.oneof(equality(fc.constantFrom<string | number>(1, 2, "L")), presence)),
  ),
);
const insideAuthor: fc.Arbitrary<Filter> = combined(
  conditionOn("name", fc.oneof(operators["author.name"]!, presence)),
);

export const filterArbitrary: fc.Arbitrary<Filter> = combined(
  fc.oneof(
    { weight: 8, arbitrary: condition },
    { weight: 1, arbitrary: fc.record({ nested: fc.constant("items"), filter: insideItems }) },
    { weight: 1, arbitrary: fc.record({ nested: fc.constant("author"), filter: insideAuthor }) },
  ),
);

function combined(leaf: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> {
  const combine = (inner: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> =>
    fc.oneof(
      { weight: 5, arbitrary: leaf },
      { weight: 1, arbitrary: fc.record({ and: fc.array(inner, { maxLength: 3 }) }) },
      { weight: 1, arbitrary: fc.record({ or: fc.array(inner, { maxLength: 3 }) }) },
      { weight: 1, arbitrary: fc.record({ not: inner }) },
      {
        weight: 1,
        arbitrary: fc.record({
          minShould: fc.record({ filters: fc.array(inner, { maxLength: 4 }), count: fc.nat({ max: 3 }) }),
        }),
      },
    );
  return combine(combine(leaf));
}
