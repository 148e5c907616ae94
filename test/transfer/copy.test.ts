/** A copy is equal to its source, between stores of every kind, and says before it begins what it cannot carry. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrancaError } from "../../src/errors.ts";
import type { Store } from "../../src/store.ts";
import { type CopyPlan, copyStore, planCopy, verifyCopy } from "../../src/transfer/transfer.ts";
import { pointArbitrary, schema } from "../oracle/arbitrary-points.ts";
import { around, filled, memory, served } from "./copied.ts";

const pairs: [name: string, from: () => Promise<Store>, to: () => Promise<Store>][] = [
  ["an engine to an engine", memory, memory],
  ["an engine to a server", memory, served],
  ["a server to an engine", served, memory],
];

test.each(pairs)(
  "from %s: points, declarations and aliases are carried, to the last bit",
  async (_, from, to) => {
    const [source, target] = [await from(), await to()];
    await filled(source, "many", 2_500);
    await source.create("empty", { vectors: { v: { dimension: 2, index: "flat" } } });
    await source.create("bare", { vectors: {} });
    await (await source.collection("bare")).upsert([{ id: "x", payload: { a: 1 } }]);
    await source.setAlias("lots", "many");
    let told: CopyPlan | undefined;
    const report = await copyStore(source, target, {
      batchSize: 170,
      onPlan: (plan) => {
        told = plan;
      },
    });
    expect(told).toMatchObject({ points: 2_501, losses: [], obstacles: [] });
    expect(report.points).toBe(2_501);
    expect(report.verified).toMatchObject({ isEqual: true });
    expect(await target.list()).toEqual(["bare", "empty", "many"]);
    expect(await target.aliases()).toEqual({ lots: "many" });
    for (const name of await source.list())
      expect((await target.describe(name)).schema).toEqual((await source.describe(name)).schema);
    const many = report.verified!.collections.find((one) => one.from === "many")!;
    expect(many.overlap).toMatchObject({ k: 10, queries: 40, exact: { mean: 1, worst: 1 } });
  },
);

test("random points of every metric and payload are equal when they are copied, twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(pointArbitrary, { maxLength: 30 }), async (points) => {
      const [source, target] = [await memory(), await memory()];
      await (await source.create("c", schema)).upsert(points as never);
      for (let run = 0; run < 2; run++) {
        const { verified } = await copyStore(source, target, { batchSize: 4 });
        expect(verified!.collections[0]!.reasons).toEqual([]);
      }
    }),
    { numRuns: 30 },
  );
});

test("only the collections asked for are copied, under their new names", async () => {
  const [source, target] = [await memory(), await memory()];
  await filled(source, "a", 5);
  await filled(source, "b", 5);
  await source.setAlias("other", "b");
  await copyStore(source, target, { collections: ["other"], rename: { b: "c" } });
  expect(await target.list()).toEqual(["c"]);
  expect(await target.aliases()).toEqual({ other: "c" });
  await expect(copyStore(source, target, { rename: { a: "c" } })).rejects.toMatchObject({
    message: expect.stringContaining("in the target it points at c"),
  });
  await expect(copyStore(source, target, { rename: { a: "b" } })).rejects.toMatchObject({
    code: "invalid_argument",
  });
  await expect(copyStore(source, target, { rename: { none: "x" } })).rejects.toMatchObject({
    code: "invalid_argument",
  });
  await expect(copyStore(source, target, { collections: ["none"] })).rejects.toMatchObject({
    code: "not_found",
  });
});

test("what the target cannot hold is told before anything is written, and carried without it when it is allowed", async () => {
  const source = await memory();
  await filled(source, "c", 30);
  await source.setAlias("alias", "c");
  const engine = await memory();
  const target = around(engine, {
    abilities: {
      ...engine.abilities,
      text: false,
      aliases: false,
      limits: { metrics: ["cosine"], payloadFields: ["keyword"], ids: ["unsigned"] },
    },
  });
  const plan = await planCopy(source, target);
  expect(plan.losses.map(({ kind }) => kind).sort()).toEqual([
    "alias",
    "id",
    "payload-field",
    "text",
    "vector",
  ]);
  await expect(copyStore(source, target, { allowLoss: ["alias", "id", "text"] })).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("--allow-loss vector,payload-field"),
  });
  expect(await engine.list()).toEqual([]);
  const { verified } = await copyStore(source, target, {
    allowLoss: ["alias", "id", "text", "payload-field", "vector"],
  });
  expect(verified).toMatchObject({ isEqual: true });
  const info = await engine.describe("c");
  expect(info).toMatchObject({
    aliases: [],
    points: 20,
    schema: { vectors: { v: { dimension: 8 } }, payload: {} },
  });
  const [point] = await (await engine.collection("c")).get([1], { vectors: true });
  expect(point).toMatchObject({ payload: { year: 1, text: "word1 ü" } });
  expect(Object.keys(point!.vectors!)).toEqual(["v"]);
});

test("a target without sparse or multi vectors is told of, and gets the rest when that is allowed", async () => {
  const [source, engine] = [await memory(), await memory()];
  const kinds = {
    vectors: { v: { dimension: 2 } },
    sparse: { s: { modifier: "idf" } },
    multi: { m: { dimension: 2 } },
    settings: { made: "here" },
  } as const;
  const points = await source.create("c", kinds);
  await points.upsert([
    { id: 1, vectors: { v: [1, 0] }, sparse: { s: { indices: [4], values: [1] } }, multi: { m: [[1, 2]] } },
  ]);
  const target = around(engine, {
    abilities: { ...engine.abilities, limits: { vectorKinds: ["sparse"] } },
  });
  expect((await planCopy(source, target)).losses).toMatchObject([
    { kind: "vector", message: expect.stringContaining("the target has no multi vectors") },
  ]);
  const { verified } = await copyStore(source, target, { allowLoss: ["vector"] });
  expect(verified).toMatchObject({ isEqual: true });
  const { multi: _, ...carried } = kinds;
  expect((await engine.describe("c")).schema).toEqual({ ...carried, multi: {} });
  const [point] = await (await engine.collection("c")).get([1], { vectors: true });
  expect(point!.sparse).toEqual({ s: { indices: Uint32Array.of(4), values: Float32Array.of(1) } });
  // One that is there has to have the fields.
  const other = await memory();
  await other.create("c", {
    vectors: { v: { dimension: 2 } },
    sparse: { s: {} },
    multi: { m: { dimension: 2 } },
  });
  await expect(copyStore(source, other, { allowLoss: ["schema"] })).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("modifier"),
  });
});

test("a collection that is there takes points when their vectors fit, and stops the copy when they do not", async () => {
  const [source, target] = [await memory(), await memory()];
  await filled(source, "c", 5);
  await target.create("c", { vectors: { v: { dimension: 8 }, w: { dimension: 2, metric: "euclidean" } } });
  await expect(copyStore(source, target)).rejects.toMatchObject({ code: "failed_precondition" });
  await copyStore(source, target, { allowLoss: ["schema"] });
  await target.drop("c");
  await target.create("c", { vectors: { v: { dimension: 9 }, w: { dimension: 2, metric: "euclidean" } } });
  await expect(copyStore(source, target, { allowLoss: ["schema"] })).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("9 components"),
  });
  const server = await served();
  await source.create(".", { vectors: {} });
  await expect(copyStore(source, server)).rejects.toMatchObject({ code: "failed_precondition" });
});

test("what fails for a moment is tried again, an upsert of unknown outcome too; other errors stop the copy", async () => {
  const [source, engine] = [await memory(), await memory()];
  await filled(source, "c", 500);
  let calls = 0;
  const failing = (code: "unavailable" | "invalid_argument"): Store =>
    around(engine, {}, (own) => ({
      async upsert(points) {
        const isTurn = calls++ % 3 === 0;
        // Done, and the answer lost.
        if (isTurn && calls % 2 === 0) await own.upsert(points);
        if (isTurn) throw new FrancaError(code, "not now", { details: { outcome: "unknown" } });
        return own.upsert(points);
      },
    }));
  const report = await copyStore(source, failing("unavailable"), { batchSize: 40 });
  expect(calls).toBeGreaterThan(13);
  expect(report.verified).toMatchObject({ isEqual: true });
  calls = 0;
  await expect(copyStore(source, failing("invalid_argument"))).rejects.toMatchObject({
    code: "invalid_argument",
  });
  expect(calls).toBe(1);
});

test("no more writes are on their way than was asked for, and none after an abort", async () => {
  const [source, engine] = [await memory(), await memory()];
  await filled(source, "c", 1000);
  const stop = new AbortController();
  let [running, most, started] = [0, 0, 0];
  const slow = around(engine, {}, (own) => ({
    async upsert(points, options) {
      most = Math.max(most, ++running);
      if (++started === 12) stop.abort();
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return own.upsert(points, options);
    },
  }));
  const copying = copyStore(source, slow, { batchSize: 20, inFlight: 3, signal: stop.signal });
  await expect(copying).rejects.toMatchObject({ code: "cancelled" });
  expect(running).toBe(0);
  expect(most).toBe(3);
  expect(started).toBeLessThan(16);
});

test("verification names what is missing, different and too many, and catching up mends it", async () => {
  const [source, target] = [await memory(), await memory()];
  const mine = await filled(source, "c", 300);
  await copyStore(source, target);
  const theirs = await target.collection("c");
  await theirs.delete({ ids: ["s3", 4] });
  await theirs.update({ ids: [7] }, { setPayload: { year: 8 } });
  await theirs.update({ ids: ["s6"] }, { setVectors: { w: [6, 0] } });
  await theirs.upsert([{ id: "extra" }]);
  const report = await verifyCopy(source, target);
  expect(report.isEqual).toBe(false);
  expect(report.collections[0]).toMatchObject({
    missing: { count: 2, ids: [4, "s3"] },
    different: { count: 2, ids: [7, "s6"] },
    extra: { count: 1, ids: ["extra"] },
    source: { points: 300 },
    target: { points: 299 },
  });
  await mine.delete({ ids: [10] });
  const plain = await copyStore(source, target, { catchUp: true });
  expect(plain.verified!.collections[0]).toMatchObject({
    extra: { count: 2 },
    missing: { count: 0 },
    different: { count: 0 },
  });
  const whole = await copyStore(source, target, { catchUp: "delete" });
  expect(whole.collections[0]!.caughtUp).toEqual({ written: 0, deleted: 2 });
  expect(whole.verified).toMatchObject({ isEqual: true });
  const { source: a, target: b } = whole.verified!.collections[0]!;
  expect(a).toEqual(b);
});

test("answers that differ fail the verification although the points are equal", async () => {
  const [source, engine] = [await memory(), await memory()];
  await filled(source, "c", 200);
  await copyStore(source, engine);
  const lying = (isExactToo: boolean): Store =>
    around(engine, {}, (own) => ({
      async query(request) {
        return own.query(isExactToo || !request.params?.exact ? { ...request, offset: 5 } : request);
      },
    }));
  const worse = await verifyCopy(source, lying(false));
  expect(worse.collections[0]!.reasons).toEqual([expect.stringContaining("the target finds 0.5")]);
  expect((await verifyCopy(source, lying(false), { minOverlap: 0.9 })).collections[0]!.reasons).toHaveLength(
    2,
  );
  const wrong = await verifyCopy(source, lying(true));
  expect(wrong.collections[0]!.reasons).toEqual([expect.stringContaining("exact answers differ")]);
  expect(wrong.collections[0]!.overlap!.exact.mean).toBeCloseTo(0.5, 1);
});
