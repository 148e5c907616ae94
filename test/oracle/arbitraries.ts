/**
 * Random schemas' worth of trouble: points, filters, changes and queries drawn from small pools, so that they meet
 * each other often, with every awkward value the documentation speaks of.
 */
import fc from "fast-check";
import type { Filter } from "../../src/model/filter.ts";
import type { PointId } from "../../src/model/id.ts";
import type { JsonValue, Payload } from "../../src/model/payload.ts";
import type { FusionLeg, QueryRequest, ScrollRequest } from "../../src/model/query.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { PointChange, PointSelector } from "../../src/store.ts";
import type { OraclePoint } from "./oracle.ts";

export const schema: CollectionSchema = {
  vectors: {
    angle: { dimension: 3, metric: "cosine" },
    dot: { dimension: 3, metric: "dot" },
    straight: { dimension: 2, metric: "euclidean" },
    blocks: { dimension: 5, metric: "manhattan" },
  },
  payload: {
    tag: { type: "keyword" },
    count: { type: "integer" },
    weight: { type: "float" },
    flag: { type: "bool" },
    when: { type: "datetime" },
    key: { type: "uuid" },
    place: { type: "geo" },
    body: { type: "text" },
    title: { type: "text", language: "none", k1: 0.9, b: 0.4 },
    "author.name": { type: "keyword" },
    "items.price": { type: "float" },
  },
};

const ids: PointId[] = [
  0,
  1,
  2,
  3,
  -5,
  10,
  2 ** 53,
  2n ** 64n - 1n,
  "1",
  "a",
  "b",
  "Z",
  "ü",
  "\u{1d4b3}",
  "\uffff",
];
export const idArbitrary: fc.Arbitrary<PointId> = fc.constantFrom(...ids.filter((id) => id !== 2 ** 53));

/** Few enough that two or three of them stand side by side in some texts and apart in others. */
const words = [
  "run",
  "running",
  "the",
  "Fox",
  "fox",
  "état",
  "ﬁne",
  "東京",
  "東京大学",
  "大学",
  "ที่นี่",
  "水",
  "x1",
  "don't",
];
const textArbitrary = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(" ", " ", ", ", "")), { maxLength: 7 })
  .map((parts) => parts.flat().join(""));

const keywords = ["red", "green", "", "1", "Red", "é", "constructor"];
const numbers = [-1, 0, 1, 2, 3, 1e9];
const weights = [-1.5, 0, 0.1, 2, 1e-9, 1e300];
const datetimes = [
  "2024-01-01T00:00:00Z",
  "2024-01-01T01:00:00+01:00",
  "2024-01-01t00:00:00.000001z",
  "1969-12-31 23:59:59.9-00:30",
  "2024-02-29T12:00:00.5Z",
];
const uuids = [
  "123e4567-e89b-12d3-a456-426614174000",
  "123E4567-E89B-12D3-A456-426614174000",
  "123e4567e89b12d3a456426614174000",
  "00000000-0000-0000-0000-000000000001",
];
const places = [
  { lat: 0, lon: 0 },
  { lat: 0, lon: 180 },
  { lat: 0, lon: -180 },
  { lat: 90, lon: 12 },
  { lat: 48.2, lon: 16.4 },
  { lat: -17.7, lon: 178 },
  { lat: -13.8, lon: -171.8 },
];

/** A value, null, or an array of such, nested up to twice. */
function held(value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> {
  const one = fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) });
  return fc.oneof(
    { weight: 4, arbitrary: one },
    { weight: 2, arbitrary: fc.array(one, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(fc.array(one, { maxLength: 2 }), { maxLength: 2 }) },
  );
}

const anything: fc.Arbitrary<JsonValue> = held(
  fc.oneof(
    fc.constantFrom<JsonValue>("red", "1", 1, 0, true, false, "true", {}, { b: 1 }, { b: "red", lat: 1 }),
    fc.constantFrom<JsonValue>(...datetimes, ...places, "run fox"),
  ),
);

const author = fc.oneof(
  held(
    fc.record({ name: held(fc.constantFrom(...keywords)) }, { requiredKeys: [] }) as fc.Arbitrary<JsonValue>,
  ),
  fc.constantFrom<JsonValue>(5, "name"),
);
const items = held(
  fc.record(
    { price: held(fc.constantFrom(...weights)), size: held(fc.constantFrom<JsonValue>(1, 2, "L")) },
    { requiredKeys: [] },
  ) as fc.Arbitrary<JsonValue>,
);

export const payloadArbitrary: fc.Arbitrary<Payload> = fc.record(
  {
    tag: held(fc.constantFrom(...keywords)),
    count: held(fc.constantFrom(...numbers)),
    weight: held(fc.constantFrom(...weights)),
    flag: held(fc.boolean()),
    when: held(fc.constantFrom(...datetimes)),
    key: held(fc.constantFrom(...uuids)),
    place: held(fc.constantFrom<JsonValue>(...places)),
    body: held(textArbitrary),
    title: held(textArbitrary),
    author,
    items,
    free: anything,
    w: fc.record({ a: anything }, { requiredKeys: [] }) as fc.Arbitrary<JsonValue>,
  },
  { requiredKeys: [] },
);

/** Small integers: sums of them are exact in any order, so equal scores are equal to the last bit. */
function vectorOf(dimension: number): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: -2, max: 2 }), { minLength: dimension, maxLength: dimension });
}
/** Cosine of zero is no similarity to speak of. */
const angle = vectorOf(3).map((vector) => (vector.every((x) => x === 0) ? [1, 0, 0] : vector));
const vectorArbitraries = { angle, dot: vectorOf(3), straight: vectorOf(2), blocks: vectorOf(5) };
type FieldName = keyof typeof vectorArbitraries;

export const pointArbitrary: fc.Arbitrary<OraclePoint> = fc.record({
  id: idArbitrary,
  payload: payloadArbitrary,
  vectors: fc.record(vectorArbitraries, { requiredKeys: [] }) as fc.Arbitrary<OraclePoint["vectors"]>,
});

// ---- filters ----

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
);
const equality = <V>(value: fc.Arbitrary<V>): fc.Arbitrary<object> =>
  fc.oneof(fc.record({ eq: value }), fc.record({ in: fc.array(value, { maxLength: 3 }) }));
const geoPoint = fc.constantFrom(...places);
const geo = fc.oneof(
  fc.record({
    geoRadius: fc.record({ center: geoPoint, radiusMeters: fc.constantFrom(0, 1000, 2e6, 3e7) }),
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
      { query: textArbitrary, mode: fc.constantFrom("all", "any", "phrase") },
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
  tag: equality(fc.constantFrom(...keywords)),
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
    );
  return combine(combine(leaf));
}

// ---- queries and writes ----

const fieldNames: FieldName[] = ["angle", "dot", "straight", "blocks"];
const nearest = fc.oneof(
  ...fieldNames.map((field) =>
    fc.record({
      field: fc.constant(field),
      nearest: fc.oneof(
        { weight: 3, arbitrary: vectorArbitraries[field] as fc.Arbitrary<QueryVector> },
        { weight: 1, arbitrary: fc.record({ id: idArbitrary }) },
      ),
    }),
  ),
);
type QueryVector = number[] | { id: PointId };
const text = fc.record(
  { text: textArbitrary, fields: fc.constantFrom(["body"], ["title"], ["title", "body"]) },
  { requiredKeys: ["text"] },
);
const leg = fc
  .tuple(
    fc.oneof(nearest, text),
    fc.record({ weight: fc.constantFrom(0, 0.3, 2), limit: fc.constantFrom(1, 3) }, { requiredKeys: [] }),
  )
  .map(([ranking, options]) => ({ ...ranking, ...options }));
const fusion = fc
  .record(
    { legs: fc.array(leg, { minLength: 1, maxLength: 3 }), k: fc.constantFrom(0, 1, 60) },
    { requiredKeys: ["legs"] },
  )
  .map(({ legs, ...rest }) => ({
    fusion: { ...rest, legs: legs.map((one, i) => ({ ...one, name: `leg${i}` })) as FusionLeg[] },
  }));

export const queryArbitrary: fc.Arbitrary<QueryRequest> = fc
  .tuple(
    fc.oneof(nearest, text, fusion),
    fc.record(
      {
        filter: filterArbitrary,
        limit: fc.constantFrom(1, 2, 3, 50),
        offset: fc.constantFrom(0, 1, 4),
        scoreThreshold: fc.constantFrom(-1.03, 0.011, 0.5003, 2.503),
        params: fc.constantFrom({}, { exact: true }, { ef: 5 }),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([ranking, common]) => ({ ...ranking, ...common }) as QueryRequest);

const selector: fc.Arbitrary<PointSelector<CollectionSchema>> = fc.oneof(
  fc.record({ ids: fc.array(idArbitrary, { maxLength: 4 }) }),
  fc.record({ filter: filterArbitrary }),
);
const change: fc.Arbitrary<PointChange<CollectionSchema>> = fc
  .record(
    {
      overwritePayload: payloadArbitrary,
      deletePayload: fc.subarray(["tag", "body", "author.name", "items.price", "free", "w.a.b"], {
        maxLength: 2,
      }),
      setPayload: payloadArbitrary,
      setVectors: fc.record(vectorArbitraries, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  )
  .map((one) => one as PointChange<CollectionSchema>);

export const facetFields: readonly string[] = ["tag", "count", "weight", "flag", "author.name"];

export type Step =
  | { upsert: OraclePoint[] }
  | { update: PointSelector<CollectionSchema>; change: PointChange<CollectionSchema> }
  | { delete: PointSelector<CollectionSchema> }
  | { count: Filter }
  | { query: QueryRequest }
  | { scroll: ScrollRequest }
  | { facet: string; filter?: Filter };

const upsert = fc.record({ upsert: fc.array(pointArbitrary, { minLength: 1, maxLength: 6 }) });
const readStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ query: queryArbitrary }) },
  { weight: 3, arbitrary: fc.record({ count: filterArbitrary }) },
  {
    weight: 1,
    arbitrary: fc.record({
      scroll: fc.record(
        { filter: filterArbitrary, limit: fc.constantFrom(1, 3, 100) },
        { requiredKeys: [] },
      ) as fc.Arbitrary<ScrollRequest>,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      { facet: fc.constantFrom(...facetFields), filter: filterArbitrary },
      { requiredKeys: ["facet"] },
    ),
  },
);
const writeStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: upsert },
  { weight: 1, arbitrary: fc.record({ update: selector, change }) },
  { weight: 1, arbitrary: fc.record({ delete: selector }) },
);

/** A program: some points, then writes and reads in turn. */
export const programArbitrary: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.record({ upsert: fc.array(pointArbitrary, { minLength: 4, maxLength: 12 }) }),
    fc.array(fc.tuple(writeStep, readStep, readStep), { minLength: 1, maxLength: 5 }),
  )
  .map(([first, rest]) => [first, ...rest.flat()]);
