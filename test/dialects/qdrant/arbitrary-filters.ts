/** Random payloads and Qdrant filters over them, of what its local mode decides as its server does (docs/qdrant.md tells the rest). */
import fc from "fast-check";

// Python takes true for 1, so there are no booleans here.
const scalar = fc.constantFrom<unknown>("red", "blue", "", 0, 1, 2, 1.5);
const field = fc.oneof(
  scalar,
  fc.constant({ b: 1 }),
  fc.array(fc.oneof(scalar, fc.constantFrom<unknown>([1], { b: "red" })), { maxLength: 3 }),
);
const place = fc.record({ lat: fc.constantFrom(0, 1, 5, 40.5), lon: fc.constantFrom(0, 1, -3, 179.5) });
const moment = fc.constantFrom(
  "2024-05-01",
  "2024-05-01 10:00",
  "2024-05-01T10:00:00+02:00",
  "2024-05-01T08:00:00.5Z",
  "no date",
);
export const payloadArbitrary: fc.Arbitrary<object> = fc.record(
  {
    a: fc.oneof(field, fc.constant(null), fc.constant([null, 1])),
    n: fc.record({ b: field, "c d": scalar }, { requiredKeys: [] }),
    list: fc.array(fc.record({ b: scalar, c: fc.array(scalar, { maxLength: 2 }) }, { requiredKeys: [] }), {
      maxLength: 3,
    }),
    s: fc.constantFrom("red fox", "the blue sea", "", "Red"),
    where: fc.oneof(place, fc.array(place, { maxLength: 2 })),
    when: fc.oneof(moment, fc.array(moment, { maxLength: 2 })),
  },
  { requiredKeys: [] },
);
/** Not a[0]: where an array lies there, the server looks at its elements and the local mode does not. */
const key = fc.constantFrom(
  "a",
  "n.b",
  "n",
  'n."c d"',
  "list",
  "list[].b",
  "list[0].b",
  "list[].c",
  "missing",
  "a.b",
);
const bounds = (value: fc.Arbitrary<unknown>) =>
  fc
    .record({ gt: value, gte: value, lt: value, lte: value }, { requiredKeys: [] })
    .filter((one) => Object.keys(one).length > 0);
const ring = (size: number) => ({
  points: [
    { lon: -size, lat: -size },
    { lon: size, lat: -size },
    { lon: size, lat: size },
    { lon: -size, lat: size },
    { lon: -size, lat: -size },
  ],
});
const test = fc.oneof(
  fc.record({ match: fc.record({ value: fc.constantFrom("red", 1, 2, "") }) }),
  fc.record({ match: fc.record({ any: fc.constantFrom(["red", "blue"], [1, 2], []) }) }),
  fc.record({ range: bounds(fc.constantFrom(0, 1, 1.5, 2)) }),
  fc.record({
    values_count: fc.oneof(
      ...["gt", "gte", "lt", "lte"].map((name) => fc.record({ [name]: fc.nat({ max: 3 }) })),
    ),
  }),
);
const leaf = fc.oneof(
  fc.tuple(key, test).map(([name, one]) => ({ key: name, ...one })),
  key.map((name) => ({ is_empty: { key: name } })),
  key.map((name) => ({ is_null: { key: name } })),
  fc.constantFrom({ has_id: [0, 3, 5] }, { has_vector: "image" }, { has_vector: "none" }),
  fc.constantFrom("red", "fox", "d f", "").map((text) => ({ key: "s", match: { text } })),
  fc.constantFrom("red sea", "zz", "").map((text_any) => ({ key: "s", match: { text_any } })),
  bounds(fc.constantFrom("2024-05-01T08:00:00Z", "2024-05-01T00:00:00Z")).map((range) => ({
    key: "when",
    range,
  })),
  fc
    .constantFrom(1, 1e5, 2e7)
    .map((radius) => ({ key: "where", geo_radius: { center: { lon: 1, lat: 1 }, radius } })),
  fc.constantFrom(1, 3, 50).map((size) => ({
    key: "where",
    geo_bounding_box: { top_left: { lon: -size, lat: size }, bottom_right: { lon: size, lat: -size } },
  })),
  fc
    .constantFrom(1, 3, 50)
    .map((size) => ({ key: "where", geo_polygon: { exterior: ring(size), interiors: [ring(size / 4)] } })),
  fc.tuple(fc.constantFrom("b", "c"), test).map(([name, one]) => ({
    nested: { key: "list", filter: { must: [{ key: name, ...one }] } },
  })),
);
const filters = fc.letrec<{ filter: object; condition: object }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2 },
    { weight: 6, arbitrary: leaf },
    { weight: 1, arbitrary: tie("filter") },
  ),
  filter: fc
    .record(
      {
        must: fc.array(tie("condition"), { minLength: 1, maxLength: 2 }),
        should: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }),
        must_not: fc.array(tie("condition"), { minLength: 1, maxLength: 2 }),
        min_should: fc.record({
          conditions: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }),
          min_count: fc.nat({ max: 3 }),
        }),
      },
      { requiredKeys: [] },
    )
    .filter((one) => Object.keys(one).length > 0),
}));

export const filterArbitrary: fc.Arbitrary<object> = filters.filter;
