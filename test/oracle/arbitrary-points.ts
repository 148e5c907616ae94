/**
 * Random points, drawn from small pools so that they meet each other often, with every awkward value the
 * documentation speaks of.
 */
import fc from "fast-check";
import type { PointId } from "../../src/model/id.ts";
import type { JsonValue, Payload } from "../../src/model/payload.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { OraclePoint, OracleSparse } from "./oracle.ts";

export const schema: CollectionSchema = {
  vectors: {
    angle: { dimension: 3, metric: "cosine" },
    dot: { dimension: 3, metric: "dot" },
    straight: { dimension: 2, metric: "euclidean" },
    blocks: { dimension: 5, metric: "manhattan" },
  },
  sparse: { terms: {}, weighed: { modifier: "idf" } },
  multi: {
    rows: { dimension: 2, metric: "dot" },
    angles: { dimension: 2 },
    places: { dimension: 3, metric: "euclidean" },
    steps: { dimension: 2, metric: "manhattan" },
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
  "\ufeffa",
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
export const textArbitrary: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(" ", " ", ", ", "")), { maxLength: 7 })
  .map((parts) => parts.flat().join(""));

export const keywords: readonly string[] = ["red", "green", "", "1", "Red", "é", "constructor"];
export const numbers: readonly number[] = [-1, 0, 1, 2, 3, 1e9];
export const weights: readonly number[] = [-1.5, 0, 0.1, 2, 1e-9, 1e300];
export const datetimes: readonly string[] = [
  "2024-01-01T00:00:00Z",
  "2024-01-01T01:00:00+01:00",
  "2024-01-01t00:00:00.000001z",
  "1969-12-31 23:59:59.9-00:30",
  "2024-02-29T12:00:00.5Z",
];
export const uuids: readonly string[] = [
  "123e4567-e89b-12d3-a456-426614174000",
  "123E4567-E89B-12D3-A456-426614174000",
  "123e4567e89b12d3a456426614174000",
  "00000000-0000-0000-0000-000000000001",
];
export const places: readonly { lat: number; lon: number }[] = [
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

export type FieldName = "angle" | "dot" | "straight" | "blocks";
export type SparseFieldName = "terms" | "weighed";
export type MultiFieldName = "rows" | "angles" | "places" | "steps";

/** Small integers: sums of them are exact in any order, so equal scores are equal to the last bit. */
function vectorOf(dimension: number): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: -2, max: 2 }), { minLength: dimension, maxLength: dimension });
}
/** Cosine of zero is no similarity to speak of. */
const angle = vectorOf(3).map((vector) => (vector.every((x) => x === 0) ? [1, 0, 0] : vector));
export const vectorArbitraries: { readonly [field in FieldName]: fc.Arbitrary<number[]> } = {
  angle,
  dot: vectorOf(3),
  straight: vectorOf(2),
  blocks: vectorOf(5),
};

const sparse: fc.Arbitrary<OracleSparse> = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom(0, 3, 70_000, 2 ** 31, 2 ** 32 - 1), fc.integer({ min: -2, max: 3 })),
    {
      selector: ([index]) => index,
      maxLength: 4,
    },
  )
  .map((components) => ({
    indices: components.map(([index]) => index),
    values: components.map(([, value]) => value),
  }));
export const sparseArbitraries: { readonly [field in SparseFieldName]: fc.Arbitrary<OracleSparse> } = {
  terms: sparse,
  weighed: sparse,
};

function rowsOf(row: fc.Arbitrary<number[]>): fc.Arbitrary<number[][]> {
  return fc.array(row, { minLength: 1, maxLength: 3 });
}
export const multiArbitraries: { readonly [field in MultiFieldName]: fc.Arbitrary<number[][]> } = {
  rows: rowsOf(vectorOf(2)),
  angles: rowsOf(vectorOf(2).map((row) => (row.every((x) => x === 0) ? [0, 1] : row))),
  places: rowsOf(vectorOf(3)),
  steps: rowsOf(vectorOf(2)),
};

export const pointArbitrary: fc.Arbitrary<OraclePoint> = fc.record({
  id: idArbitrary,
  payload: payloadArbitrary,
  vectors: fc.record(vectorArbitraries, { requiredKeys: [] }) as fc.Arbitrary<OraclePoint["vectors"]>,
  sparse: fc.record(sparseArbitraries, { requiredKeys: [] }) as fc.Arbitrary<OraclePoint["sparse"]>,
  multi: fc.record(multiArbitraries, { requiredKeys: [] }) as fc.Arbitrary<OraclePoint["multi"]>,
});
