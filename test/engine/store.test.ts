/** The Store of the engine: collections, aliases, schemas, and that a database is the same after reopening. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import { defineSchema } from "../../src/model/schema.ts";
import type { Collection, Store } from "../../src/store.ts";
import { Disk } from "./disk.ts";
import { openOn, seeded } from "./opened.ts";

const schema = defineSchema({
  vectors: { body: { dimension: 3 } },
  payload: { year: { type: "integer" }, title: { type: "text" } },
});

describe("a store on disk", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "franca-store-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("gives back after reopening what was acknowledged before", async () => {
    const first = await open(folder);
    const written = await first.create("books", schema);
    await written.upsert([
      { id: 1, vector: [1, 2, 3], payload: { year: 1999, title: "one" } },
      { id: "two", vector: [4, 5, 6], payload: { title: "two" } },
      { id: 2n ** 64n - 1n },
    ]);
    await written.update({ ids: [1] }, { setPayload: { year: 2000 } });
    await written.delete({ ids: ["nobody", 2n ** 64n - 1n] });
    const before = await written.get([1, "two", 2n ** 64n - 1n, 4], { vectors: true });
    await first.close();

    const second = await open(folder);
    const read = await second.collection("books", schema);
    expect(await read.get([1, "two", 2n ** 64n - 1n, 4], { vectors: true })).toEqual(before);
    expect(before).toEqual([
      { id: 1, payload: { year: 2000, title: "one" }, vectors: { body: Float32Array.of(1, 2, 3) } },
      { id: "two", payload: { title: "two" }, vectors: { body: Float32Array.of(4, 5, 6) } },
      undefined,
      undefined,
    ]);
    const { hits } = await read.query({ nearest: [4, 5, 6], limit: 1 });
    expect(hits[0]?.id).toBe("two");
    expect((await read.stats()).warnings).toEqual([]);
    await second.close();
  });
});

describe("a store", () => {
  it("makes a collection once, and opens an equal one when asked to", async () => {
    const store = await open(":memory:");
    const books = await store.create("books", schema);
    await expect(store.create("books", schema)).rejects.toMatchObject({ code: "already_exists" });
    const withDefaults = { ...schema, vectors: { body: { dimension: 3, metric: "cosine" } } } as const;
    expect(await store.create("books", withDefaults, { ifExists: "open" })).toBe(books);
    const other = { ...schema, vectors: { body: { dimension: 4 } } } as const;
    await expect(store.create("books", other, { ifExists: "open" })).rejects.toMatchObject({
      code: "failed_precondition",
    });
    await expect(store.collection("books", other)).rejects.toMatchObject({ code: "failed_precondition" });
    await expect(store.collection("none")).rejects.toMatchObject({ code: "not_found" });
    await store.close();
  });

  it.each([
    [{ vectors: { v: { dimension: 0 } } }],
    [{ vectors: { v: { dimension: 1.5 } } }],
    [{ vectors: { v: {} } }],
    [{}],
    [{ vectors: { v: { dimension: 3, metric: "l2" } } }],
    [{ vectors: {}, payload: { "a..b": { type: "keyword" } } }],
    [{ vectors: {}, payload: { a: { type: "string" } } }],
    [{ vectors: {}, payload: { a: { type: "keyword", b: 1 } } }],
    [{ vectors: {}, payloads: {} }],
    [{ vectors: { v: { dimension: 3, hnsw: { m: 1 } } } }],
  ])("refuses the schema %j", async (bad) => {
    const store = await open(":memory:");
    await expect(store.create("x", bad as never)).rejects.toMatchObject({ code: "invalid_argument" });
    expect(await store.list()).toEqual([]);
    await store.close();
  });

  it.each(["", "x".repeat(256), "a\u0000b", "\ud800", 5])("refuses the name %j", async (name) => {
    const store = await open(":memory:");
    await expect(store.create(name as string, schema)).rejects.toMatchObject({ code: "invalid_argument" });
    await store.close();
  });

  it("says what is wrong with a place that is no database's", async () => {
    await expect(open("http://localhost:1")).rejects.toMatchObject({ code: "unimplemented" });
    await expect(open("")).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(open(":memory:", { durability: "maybe" as never })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("points aliases at collections, moves them in one step, and drops them with their collection", async () => {
    const store = await open(":memory:");
    const one = await store.create("one", schema);
    const two = await store.create("two", schema);
    await store.setAlias("current", "one");
    expect(await store.collection("current", schema)).toBe(one);
    await store.setAlias("current", "two");
    expect(await store.collection("current", schema)).toBe(two);
    await expect(store.setAlias("one", "two")).rejects.toMatchObject({ code: "already_exists" });
    await expect(store.setAlias("x", "none")).rejects.toMatchObject({ code: "not_found" });
    await expect(store.create("current", schema)).rejects.toMatchObject({ code: "already_exists" });
    await store.setAlias("other", "two");
    expect(await store.describe("current")).toMatchObject({
      name: "two",
      aliases: ["current", "other"],
      points: 0,
    });
    expect(await store.dropAlias("other")).toBe(true);
    expect(await store.dropAlias("other")).toBe(false);
    expect(await store.drop("two")).toBe(true);
    expect(await store.drop("two")).toBe(false);
    expect(await store.aliases()).toEqual({});
    expect(await store.list()).toEqual(["one"]);
    await store.close();
  });

  it("rejects calls after close, and on handles of dropped collections, with failed_precondition", async () => {
    const store = await open(":memory:");
    const dropped = await store.create("dropped", schema);
    const kept = await store.create("kept", schema);
    await store.drop("dropped");
    await expect(dropped.upsert([])).rejects.toMatchObject({ code: "failed_precondition" });
    const lastWrite = kept.upsert([{ id: 1 }]);
    await store.close();
    expect((await lastWrite).count).toBe(1);
    await expect(kept.get([1])).rejects.toMatchObject({ code: "failed_precondition" });
    await expect(kept.query({ nearest: [1, 2, 3] })).rejects.toMatchObject({ code: "failed_precondition" });
    await expect(store.list()).rejects.toMatchObject({ code: "failed_precondition" });
    await store.close();
  });
});

describe("alter", () => {
  it("declares a field over points that are there, and drops one, before and after reopening", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root);
    const books = await store.create("books", { vectors: {} });
    await books.upsert([
      { id: 1, payload: { author: [{ name: "Ann" }, { name: "Bob" }] } },
      { id: 2, payload: { author: { name: null } } },
      { id: 3 },
    ]);
    await store.alter("books", {
      addPayload: { "author.name": { type: "keyword" }, year: { type: "integer" } },
    });
    await expect(books.upsert([{ id: 4, payload: { year: "x" } }])).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await books.upsert([{ id: 4, payload: { year: 4 } }]);
    const check = async (from: Store) => {
      const found = await from.collection("books");
      const filters = [
        { field: "author.name", eq: "Bob" },
        { field: "author.name", isNull: true },
        { field: "year", eq: 4 },
      ];
      const answers = await Promise.all(filters.map((filter) => found.scroll({ filter })));
      expect(answers.map(({ points }) => points.map(({ id }) => id))).toEqual([[1], [2], [4]]);
      expect(answers.flatMap(({ warnings }) => warnings)).toEqual([]);
    };
    await check(store);
    const afterKill = await openOn(disk.copy().root);
    await check(afterKill);
    await afterKill.close();
    await store.close();
    const again = await openOn(disk.root);
    await check(again);
    await again.alter("books", { dropPayload: ["year"] });
    expect((await again.describe("books")).schema.payload).toEqual({ "author.name": { type: "keyword" } });
    await (await again.collection("books")).upsert([{ id: 5, payload: { year: "any" } }]);
    await again.close();
  });

  it("adds sparse and multi fields to a collection with points, and drops those in which none has a vector", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root);
    const created = await store.create("books", { vectors: { v: { dimension: 1 } } });
    const books = created as unknown as Collection;
    await books.upsert([{ id: 1, vector: [1], payload: { n: 1 } }]);
    await store.alter("books", {
      addSparse: { words: {} },
      addMulti: { late: { dimension: 2, metric: "dot" } },
    });
    await books.upsert([
      { id: 2, sparse: { words: { indices: [3], values: [2] } }, multi: { late: [[1, 2]] } },
    ]);
    await books.update({ ids: [1] }, { setMulti: { late: [[2, 2]] } });
    const check = async (from: Store) => {
      const found = await from.collection("books");
      const words = await found.query({ nearest: { indices: [3], values: [1] }, field: "words" });
      expect(words.hits).toMatchObject([{ id: 2, score: 2 }]);
      const late = await found.query({ nearest: [[1, 0]], field: "late", select: { vectors: true } });
      expect(late.hits).toMatchObject([
        { id: 1, score: 2, payload: { n: 1 }, vectors: { v: new Float32Array([1]) } },
        { id: 2, score: 1, multi: { late: [new Float32Array([1, 2])] } },
      ]);
    };
    await check(store);
    const afterKill = await openOn(disk.copy().root);
    await check(afterKill);
    await afterKill.close();
    await store.close();
    const again = await openOn(disk.root);
    await check(again);
    await expect(again.alter("books", { dropVectors: ["late"] })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("2 points have a vector"),
    });
    const found = await again.collection("books");
    await found.update({ ids: [1, 2] }, { deleteVectors: ["late"] });
    await again.alter("books", { dropVectors: ["late"] });
    expect((await again.describe("books")).schema).toMatchObject({ sparse: { words: {} }, multi: {} });
    await expect(found.upsert([{ id: 3, multi: { late: [[1, 2]] } }])).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await again.alter("books", { addMulti: { late: { dimension: 3 } } });
    expect((await found.query({ nearest: [[1, 0, 0]], field: "late" })).hits).toEqual([]);
    for (const [change, code] of [
      [{ addMulti: { words: { dimension: 1 } } }, "already_exists"],
      [{ addSparse: { v: {} } }, "already_exists"],
      [{ dropVectors: ["v"] }, "not_found"],
      [{ addMulti: { x: { dimension: 0 } } }, "invalid_argument"],
    ] as const)
      await expect(again.alter("books", change)).rejects.toMatchObject({ code });
    await again.close();
  });

  it("refuses a field that a point does not fit, naming the point, and changes nothing", async () => {
    const store = await openOn(new Disk().root);
    const books = await store.create("books", { vectors: {} });
    await books.upsert([{ id: "odd", payload: { year: "MCM" } }]);
    await expect(store.alter("books", { addPayload: { year: { type: "integer" } } })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("odd"),
    });
    expect((await store.describe("books")).schema).toEqual({ vectors: {} });
    await expect(store.alter("books", { dropPayload: ["year"] })).rejects.toMatchObject({
      code: "not_found",
    });
    await store.close();
  });

  it("checks writes that were under way against the new fields", async () => {
    const store = await openOn(new Disk().root);
    const books = await store.create("books", { vectors: {} });
    const altered = store.alter("books", { addPayload: { year: { type: "integer" } } });
    const writes = Array.from({ length: 40 }, async (_, id) => {
      for (let turn = 0; turn < id; turn++) await undefined;
      return books.upsert([{ id, payload: { year: "MCM" } }]);
    });
    const results = await Promise.allSettled([altered, ...writes]);
    const stored = (
      await books.scroll({ filter: { field: "year", eq: "MCM" } as never }).catch(() => undefined)
    )?.points;
    const isAltered = results[0].status === "fulfilled";
    const written = results.slice(1).filter(({ status }) => status === "fulfilled").length;
    // Either the declaration came first and every later write was refused, or a write did and the declaration was.
    expect(isAltered ? written : (stored?.length ?? 0)).toBe(isAltered ? 0 : written);
    await store.close();
  });
});

describe("vector indexes", () => {
  it("are built in the background, or by optimize with progress, survive reopening, and never for flat fields", async () => {
    const disk = new Disk();
    const random = seeded(3);
    const store = await openOn(disk.root);
    const fields = { vectors: { g: { dimension: 4 }, f: { dimension: 4, index: "flat" } } } as const;
    const points = await store.create("points", fields);
    const vector = () => Float32Array.from({ length: 4 }, random);
    await points.upsert(
      Array.from({ length: 5000 }, (_, id) => ({ id, vectors: { g: vector(), f: vector() } })),
    );
    // How long it takes is the machine's business.
    const patient = { timeout: 60_000 };
    await expect.poll(async () => (await points.stats()).vectors.g?.indexed, patient).toBe(5000);
    await points.upsert([{ id: 5000, vectors: { g: vector() } }]);
    const progress: unknown[] = [];
    await points.optimize({ onProgress: (step) => progress.push(step) });
    expect(progress.at(-1)).toMatchObject({ stage: "build", field: "g", done: 1, total: 1 });
    await points.delete({ ids: [7] });
    const answer = await points.query({ nearest: [1, 0, 0, 0], field: "g", limit: 20 });
    expect((await points.stats()).vectors).toMatchObject({
      g: { count: 5000, indexed: 5001 },
      f: { count: 4999, indexed: 0 },
    });
    await store.close();

    const again = await openOn(disk.root);
    const read = await again.collection("points", fields);
    const stats = await read.stats();
    expect(stats.vectors.g?.indexed).toBe(5001);
    expect(stats.warnings).toEqual([]);
    expect((await read.query({ nearest: [1, 0, 0, 0], field: "g", limit: 20 })).hits).toEqual(answer.hits);
    await again.close();
  });

  it.each([
    { before: 30, after: 0 },
    { before: 0, after: 30 },
    { before: 30, after: 30 },
  ])(
    "survive reopening and crashes with $before points deleted before the build and $after after it",
    async ({ before, after }) => {
      const random = seeded(9);
      const disk = new Disk();
      const store = await openOn(disk.root);
      const points = await store.create("points", { vectors: { v: { dimension: 4 } } });
      await points.upsert(
        Array.from({ length: 300 }, (_, id) => ({ id, vector: Array.from({ length: 4 }, random) })),
      );
      await points.delete({ ids: Array.from({ length: before }, (_, i) => i * 3) });
      await points.optimize();
      // The checkpoint that follows a build is taken in the background.
      const saved = () => disk.files().some((path) => path.endsWith("graph-0.checkpoint"));
      await expect.poll(saved, { timeout: 60_000 }).toBe(true);
      await points.delete({ ids: Array.from({ length: after }, (_, i) => i * 3 + 1) });
      const hits = async (of: Store) =>
        (await (await of.collection("points")).query({ nearest: [1, 2, 3, 4], limit: 200 })).hits.map(
          ({ id }) => id,
        );
      const expected = await hits(store);
      const crashed = disk.copy();
      await store.close();
      for (const { root } of [disk, crashed]) {
        const again = await openOn(root);
        const { vectors, warnings } = await (await again.collection("points")).stats();
        expect(warnings).toEqual([]);
        expect(vectors.v?.indexed).toBe(300 - before);
        expect(await hits(again)).toEqual(expected);
        await again.close();
      }
    },
  );

  it("an aborted optimize rejects with cancelled", async () => {
    const store = await open(":memory:");
    const books = await store.create("books", schema);
    await books.upsert([{ id: 1, vector: [1, 2, 3] }]);
    await expect(books.optimize({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    await store.close();
  });
});
