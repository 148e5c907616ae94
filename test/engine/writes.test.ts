/** What each write does, and what is refused at the border. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import { defineSchema } from "../../src/model/schema.ts";
import type { Collection, Store } from "../../src/store.ts";

const schema = defineSchema({
  vectors: { a: { dimension: 2 }, b: { dimension: 3 } },
  payload: {
    tag: { type: "keyword" },
    year: { type: "integer" },
    score: { type: "float" },
    ok: { type: "bool" },
    at: { type: "datetime" },
    key: { type: "uuid" },
    place: { type: "geo" },
    "author.name": { type: "text" },
  },
});
const loose = defineSchema({ vectors: { body: { dimension: 2 } } });

let store: Store;
let things: Collection<typeof schema>;
beforeEach(async () => {
  store = await open(":memory:");
  things = await store.create("things", schema);
});
afterEach(() => store.close());

describe("upsert", () => {
  it("replaces a point whole: payload and vectors that are not given again are gone", async () => {
    await things.upsert([{ id: 1, vectors: { a: [1, 2], b: [1, 2, 3] }, payload: { tag: "x", year: 1 } }]);
    await things.upsert([{ id: 1, vectors: { a: [3, 4] }, payload: { tag: "y" } }]);
    expect(await things.get([1], { vectors: true })).toEqual([
      { id: 1, payload: { tag: "y" }, vectors: { a: Float32Array.of(3, 4) } },
    ]);
    expect((await things.count()).count).toBe(1);
    expect((await things.count({ filter: { field: "tag", eq: "x" } })).count).toBe(0);
  });

  it("takes the last of the points with one id in a call, and counts them once", async () => {
    const { count } = await things.upsert([
      { id: 5, payload: { tag: "first" } },
      { id: 6 },
      { id: 5n as unknown as number, payload: { tag: "last" } },
    ]);
    expect(count).toBe(2);
    expect((await things.scroll()).points).toEqual([
      { id: 5, payload: { tag: "last" } },
      { id: 6, payload: {} },
    ]);
  });

  it('tells 1 from "1", and a bigint beyond 2^53 from its neighbours', async () => {
    const ids = [1, "1", 2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 64n - 1n, -5, "ü"];
    await things.upsert(ids.map((id, year) => ({ id, payload: { year } })));
    expect((await things.get(ids)).map((point) => [point?.id, point?.payload?.year])).toEqual(
      ids.map((id, year) => [id, year]),
    );
    expect((await things.scroll()).points.map(({ id }) => id)).toEqual([
      -(2n ** 63n),
      -5,
      1,
      2n ** 53n,
      2n ** 53n + 1n,
      2n ** 64n - 1n,
      "1",
      "ü",
    ]);
  });

  it("is all or nothing: one bad point refuses the whole call, naming point, field, expected and received", async () => {
    const call = things.upsert([{ id: "good" }, { id: "bad", payload: { year: 1.5 } }]);
    await expect(call).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(/points\[1\] \(id "bad"\).*"year".*safe integer.*1\.5/),
    });
    expect((await things.count()).count).toBe(0);
  });

  it("copies what it is given: changes to it afterwards reach neither the log nor the index", async () => {
    const payload = { tag: ["x"], author: { name: "Ann" } };
    const vector = Float32Array.of(1, 2);
    const written = things.upsert([{ id: 1, vectors: { a: vector }, payload }]);
    payload.tag[0] = "changed";
    payload.author.name = "changed";
    vector[0] = 99;
    await written;
    expect(await things.get([1], { vectors: true })).toEqual([
      { id: 1, payload: { tag: ["x"], author: { name: "Ann" } }, vectors: { a: Float32Array.of(1, 2) } },
    ]);
    expect((await things.count({ filter: { field: "tag", eq: "x" } })).count).toBe(1);
  });

  it("stores Dates as ISO strings, and −0 as 0", async () => {
    await things.upsert([{ id: 1, payload: { at: new Date(0), score: -0 } }]);
    const [point] = await things.get([1]);
    expect(point?.payload).toEqual({ at: "1970-01-01T00:00:00.000Z", score: 0 });
  });
});

describe("a declared field", () => {
  const good: [string, unknown][] = [
    ["tag", "x"],
    ["tag", ["x", null, ["y"]]],
    ["tag", null],
    ["year", [1, -2]],
    ["score", 0.5],
    ["ok", false],
    ["at", "2026-01-31T12:00:00Z"],
    ["at", new Date()],
    ["key", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"],
    ["place", { lat: 90, lon: -180 }],
    ["place", [{ lat: 1, lon: 2 }]],
    ["author", [{ name: "a" }, { other: 1 }]],
  ];
  const bad: [string, unknown][] = [
    ["tag", 1],
    ["tag", ["x", 1]],
    ["tag", {}],
    ["year", 1.5],
    ["year", 2 ** 53],
    ["year", "1"],
    ["score", "1"],
    ["score", Number.NaN],
    ["ok", 0],
    ["at", "yesterday"],
    ["at", "2026-02-30T00:00:00Z"],
    ["at", new Date("x")],
    ["key", "no"],
    ["place", { lat: 91, lon: 0 }],
    ["place", { lat: 1 }],
    ["place", [1, 2]],
    ["author", { name: 1 }],
    ["author", [{ name: {} }]],
  ];
  it.each(good)("takes %s: %j", async (field, value) => {
    await things.upsert([{ id: 1, payload: { [field]: value } }]);
    expect((await things.count()).count).toBe(1);
  });
  it.each(bad)("refuses %s: %j", async (field, value) => {
    await expect(things.upsert([{ id: 1, payload: { [field]: value } }])).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await things.upsert([{ id: 1 }]);
    await expect(things.update({ ids: [1] }, { setPayload: { [field]: value } })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect((await things.get([1]))[0]?.payload).toEqual({});
  });
});

describe("an undeclared field", () => {
  it("is any JSON, and comes back as it was, keys named __proto__ and constructor included", async () => {
    const points = await store.create("loose", loose);
    const payload = JSON.parse(
      '{"__proto__": {"polluted": true}, "constructor": 1, "deep": [[{"a": null}]], "": "\\ud800", "n": 1e308}',
    );
    await points.upsert([{ id: 1, payload }]);
    const [point] = await points.get([1]);
    expect(JSON.stringify(point?.payload)).toBe(JSON.stringify(payload));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    await points.update({ ids: [1] }, { setPayload: JSON.parse('{"__proto__": 2}') });
    expect(JSON.stringify((await points.get([1]))[0]?.payload)).toContain('"__proto__":2');
  });

  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  let deep: unknown = 1;
  for (let i = 0; i < 70; i++) deep = [deep];
  it.each([
    undefined,
    () => 1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1n,
    Symbol("s"),
    new Map(),
    new Uint8Array(1),
    cyclic,
    deep,
  ])("is not %s", async (value) => {
    const points = await store.create("loose", loose);
    await expect(points.upsert([{ id: 1, payload: { field: value as never } }])).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("has at most 16 MiB with its payload", async () => {
    const points = await store.create("loose", loose);
    await expect(points.upsert([{ id: 1, payload: { text: "x".repeat(2 ** 24) } }])).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });
});

describe("vectors", () => {
  it.each([
    [{ a: [1] }, /2 components/],
    [{ c: [1, 2] }, /vector fields among a, b/],
    [{ a: [1, Number.NaN] }, /"a"\[1\]/],
    [{ a: [1, 1e39] }, /"a"\[1\]/],
    [{ a: ["1", 2] }, /"a"\[0\]/],
    [{ a: "12" }, /an array of numbers/],
    [{ a: null }, /an array of numbers/],
  ])("are refused when they are %j", async (vectors, message) => {
    await expect(things.upsert([{ id: 1, vectors: vectors as never }])).rejects.toThrow(message);
    await expect(things.update({ ids: [1] }, { setVectors: vectors as never })).rejects.toThrow(message);
  });

  it("need their field's name where there are several", async () => {
    await expect(things.upsert([{ id: 1, vector: [1, 2] }])).rejects.toThrow(/one vector field/);
  });

  it("come back as they were given, not normalised", async () => {
    await things.upsert([{ id: 1, vectors: { a: [30, 40] } }]);
    expect((await things.get([1], { vectors: ["a"] }))[0]?.vectors).toEqual({ a: Float32Array.of(30, 40) });
  });
});

describe("update", () => {
  beforeEach(async () => {
    await things.upsert([
      { id: 1, vectors: { a: [1, 2] }, payload: { tag: "x", year: 1, author: { name: "Ann" } } },
      { id: 2, payload: { tag: "y", year: 2 } },
    ]);
  });

  it("overwrites, deletes and sets in this order", async () => {
    await things.update(
      { ids: [1] },
      {
        setPayload: { year: 3 },
        deletePayload: ["tag", "author.name"],
        overwritePayload: { tag: "z", year: 9, author: { name: "B" } },
      },
    );
    expect((await things.get([1]))[0]?.payload).toEqual({ year: 3, author: {} });
  });

  it("skips ids that are not there, and counts those that are", async () => {
    expect((await things.update({ ids: [1, 7, 1] }, { setPayload: { year: 5 } })).count).toBe(1);
    expect(await things.get([7])).toEqual([undefined]);
  });

  it("sets vectors and keeps the others, the payload and the id", async () => {
    await things.update({ ids: [1, 2] }, { setVectors: { b: [1, 2, 3] } });
    expect(await things.get([1, 2], { vectors: true })).toEqual([
      {
        id: 1,
        payload: { tag: "x", year: 1, author: { name: "Ann" } },
        vectors: { a: Float32Array.of(1, 2), b: Float32Array.of(1, 2, 3) },
      },
      { id: 2, payload: { tag: "y", year: 2 }, vectors: { b: Float32Array.of(1, 2, 3) } },
    ]);
    expect((await things.count()).count).toBe(2);
  });

  it("by filter changes the points that match, and the index with them", async () => {
    expect(
      (await things.update({ filter: { field: "year", range: { lt: 2 } } }, { setPayload: { tag: "y" } }))
        .count,
    ).toBe(1);
    expect((await things.count({ filter: { field: "tag", eq: "y" } })).count).toBe(2);
    expect((await things.count({ filter: { field: "tag", eq: "x" } })).count).toBe(0);
  });

  it("deletes paths inside arrays of objects", async () => {
    await things.update({ ids: [2] }, { setPayload: { author: [{ name: "a" }, { name: "b" }] as never } });
    await things.update({ ids: [2] }, { deletePayload: ["author.name", "missing.path"] });
    expect((await things.get([2]))[0]?.payload).toEqual({ tag: "y", year: 2, author: [{}, {}] });
  });

  it("gives each of its points a payload of its own", async () => {
    await things.update({ ids: [1, 2] }, { overwritePayload: { tag: ["same"] } });
    await things.update({ ids: [1] }, { setPayload: { tag: ["other"] } });
    expect((await things.get([2]))[0]?.payload).toEqual({ tag: ["same"] });
  });
});

describe("delete", () => {
  it("by ids and by filter removes points and counts those that were there", async () => {
    await things.upsert([1, 2, 3, 4].map((id) => ({ id, payload: { year: id } })));
    expect((await things.delete({ ids: [1, 1, 9] })).count).toBe(1);
    expect((await things.delete({ filter: { field: "year", range: { gte: 3 } } })).count).toBe(2);
    expect((await things.scroll()).points.map(({ id }) => id)).toEqual([2]);
  });

  it.each([
    [{}],
    [{ ids: [1], filter: { field: "tag", eq: "x" } }],
    [{ ids: 1 }],
    [undefined],
    [{ filter: { field: "tag", like: "x" } }],
  ])("refuses the selector %j", async (selector) => {
    await expect(things.delete(selector as never)).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("scroll", () => {
  it("keeps the order of ids through additions, removals and returns of ids", async () => {
    const order = async () => (await things.scroll()).points.map(({ id }) => id);
    await things.upsert([3, 1, "b"].map((id) => ({ id })));
    expect(await order()).toEqual([1, 3, "b"]);
    await things.upsert([2, "a"].map((id) => ({ id })));
    await things.delete({ ids: [1, "b"] });
    expect(await order()).toEqual([2, 3, "a"]);
    await things.upsert([{ id: 1 }, { id: "b" }]);
    expect(await order()).toEqual([1, 2, 3, "a", "b"]);
  });
});
