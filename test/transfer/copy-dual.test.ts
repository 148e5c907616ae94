/** Two stores written to as one end equal, whatever order writes, copying and failures of the secondary come in. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Collection, Store } from "../../src/store.ts";
import { type Divergence, dualWrite, verifyCopy } from "../../src/transfer/transfer.ts";
import { allPoints, firstDifference } from "../crash/expect-same.ts";
import { programArbitrary, type Step } from "../oracle/arbitraries.ts";
import { pointArbitrary, schema } from "../oracle/arbitrary-points.ts";
import { Oracle } from "../oracle/oracle.ts";
import { around, filled, memory, served } from "./copied.ts";
import { type Fate, type Faults, flaky } from "./flaky.ts";

const writes = programArbitrary.map((steps) =>
  steps.filter((step) => "upsert" in step || "update" in step || "delete" in step),
);
const fates = fc.infiniteStream(
  fc.record({
    fate: fc.oneof(
      { weight: 6, arbitrary: fc.constant<Fate>("well") },
      { weight: 1, arbitrary: fc.constant<Fate>("refused") },
      { weight: 1, arbitrary: fc.constant<Fate>("lost") },
    ),
    turns: fc.nat(3),
  }),
);

test("random writes at once, copying in between, and a failing secondary: both are what the oracle says", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(pointArbitrary, { maxLength: 10 }),
      fc.array(fc.record({ program: writes, catchesUp: fc.boolean(), waits: fc.boolean() }), {
        minLength: 1,
        maxLength: 4,
      }),
      fates,
      fates,
      fc.constantFrom(2, 1000),
      async (before, rounds, secondaryFates, primaryTurns, mostDiverged) => {
        const [first, second] = [await memory(), await memory()];
        await (await first.create("c", schema)).upsert(before as never);
        const oracle = new Oracle(schema);
        oracle.upsert(before);
        let areFaulty = true;
        const faults: Faults = {
          next: () => (areFaulty ? secondaryFates.next().value : { fate: "well", turns: 0 }),
        };
        const done: { lsn: number; step: Step }[] = [];
        const dual = dualWrite({
          primary: recording(first, done, () => primaryTurns.next().value.turns),
          secondary: flaky(second, faults),
          mostDiverged,
        });
        const collection = await dual.collection("c");
        for (const { program, catchesUp, waits } of rounds) {
          const running = program.map((step) => written(collection, step));
          // It may meet a failure that is too much for it; the next one goes on.
          const catching = catchesUp ? dual.catchUp({ batchSize: 2, retries: 2 }).catch(() => {}) : undefined;
          if (waits) await Promise.all(running);
          await Promise.all([...running, catching]);
        }
        areFaulty = false;
        await dual.catchUp({ batchSize: 3 });
        expect(dual.divergence()).toEqual({ catalog: false, collections: {} });
        for (const { step } of done.sort((a, b) => a.lsn - b.lsn)) applied(oracle, step);
        for (const store of [first, second]) await expectOracle(await store.collection("c"), oracle);
        await dual.cutOver();
        expect(dual.secondary).not.toBe(second);
        await dual.collection("c").then((c) => c.upsert([{ id: "after" }]));
        expect((await verifyCopy(first, second, { samples: 0 })).isEqual).toBe(true);
      },
    ),
    { numRuns: process.env.FRANCA_SLOW ? 500 : 60 },
  );
});

/** What the primary did, by its LSNs: the order that both must follow. */
function recording(store: Store, done: { lsn: number; step: Step }[], turns: () => number): Store {
  const lag = async (): Promise<void> => {
    for (let i = turns(); i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
  };
  return around(store, {}, (own) => ({
    async upsert(points) {
      const step = structuredClone({ upsert: points }) as unknown as Step;
      await lag();
      const result = await own.upsert(points);
      done.push({ lsn: result.lsn, step });
      await lag();
      return result;
    },
    async update(selector, change) {
      await lag();
      const result = await own.update(selector, change);
      if (result.count > 0)
        done.push({ lsn: result.lsn, step: structuredClone({ update: selector, change }) as Step });
      return result;
    },
    async delete(selector) {
      await lag();
      const result = await own.delete(selector);
      if (result.count > 0)
        done.push({ lsn: result.lsn, step: structuredClone({ delete: selector }) as Step });
      await lag();
      return result;
    },
  }));
}

async function written(collection: Collection, step: Step): Promise<void> {
  if ("upsert" in step) await collection.upsert(step.upsert as never);
  else if ("update" in step) await collection.update(step.update, step.change);
  else if ("delete" in step) await collection.delete(step.delete);
}

function applied(oracle: Oracle, step: Step): void {
  if ("upsert" in step) oracle.upsert(step.upsert);
  else if ("update" in step) oracle.update(step.update, step.change);
  else if ("delete" in step) oracle.delete(step.delete);
}

async function expectOracle(collection: Collection, oracle: Oracle): Promise<void> {
  expect(firstDifference(await allPoints(collection), oracle.all())).toBeUndefined();
}

test("a cut-over to a server while writers never stop loses no write", async () => {
  const [primary, secondary] = [await memory(), await served()];
  await filled(primary, "c", 600);
  const dual = dualWrite({ primary, secondary });
  const collection = await dual.collection("c");
  let [isOver, acknowledged] = [false, 0];
  const writer = async (name: string): Promise<void> => {
    for (let i = 0; !isOver; i++) {
      await collection.upsert([
        { id: `${name}${i % 50}`, payload: { year: i } },
        { id: i % 9, payload: { year: i } },
      ]);
      if (i % 7 === 0) await collection.delete({ ids: [`${name}${(i + 3) % 50}`] });
      if (i % 11 === 0)
        await collection.update(
          { filter: { field: "year", range: { lt: 5 } } },
          { setPayload: { seen: name } as never },
        );
      acknowledged++;
      // A store in memory answers without the event loop, which would never come round to the server.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const writers = ["a", "b", "c"].map(writer);
  await dual.catchUp();
  expect((await dual.verify()).isEqual).toBe(true);
  await dual.cutOver();
  expect(dual.primary).toBe(secondary);
  const atSwap = acknowledged;
  while (acknowledged < atSwap + 20) await new Promise((resolve) => setTimeout(resolve, 2));
  isOver = true;
  await Promise.all(writers);
  expect(dual.divergence().collections).toEqual({});
  expect((await verifyCopy(secondary, primary, { samples: 0 })).isEqual).toBe(true);
});

test("a secondary that is down fails no write, is told of, and is brought up to date when it is back", async () => {
  const [primary, engine] = [await memory(), await memory()];
  let isDown = false;
  const secondary = flaky(engine, { next: () => ({ fate: isDown ? "refused" : "well", turns: 0 }) });
  const told: Divergence[] = [];
  const dual = dualWrite({ primary, secondary, mostDiverged: 3, onDivergence: (one) => void told.push(one) });
  const collection = await dual.create("c", { vectors: {} });
  await dual.setAlias("alias", "c");
  await dual.catchUp();
  isDown = true;
  await collection.upsert([{ id: 1 }, { id: 2 }]);
  await dual.dropAlias("alias");
  await dual.alter("c", { addPayload: { year: { type: "integer" } } });
  expect(dual.divergence()).toEqual({ catalog: true, collections: { c: 2 } });
  expect(told[0]).toMatchObject({ collection: "c", ids: [1, 2], error: { code: "unavailable" } });
  await collection.upsert([{ id: 3 }, { id: 4 }]);
  expect(dual.divergence().collections).toEqual({ c: "all" });
  await expect(dual.catchUp({ retries: 0 })).rejects.toMatchObject({ code: "unavailable" });
  await expect(dual.cutOver({ retries: 0 })).rejects.toMatchObject({ code: "unavailable" });
  expect(dual.primary).toBe(primary);
  isDown = false;
  await dual.catchUp();
  expect(dual.divergence()).toEqual({ catalog: false, collections: {} });
  expect(await engine.describe("c")).toMatchObject({
    aliases: [],
    points: 4,
    schema: { payload: { year: { type: "integer" } } },
  });
});

test("sparse and multi fields that join the primary's collection join the mirror's, with what was written to them", async () => {
  const [primary, engine] = [await memory(), await memory()];
  // There from an earlier run of the program; nothing is known of it.
  for (const store of [primary, engine])
    await (await store.create("c", { vectors: { v: { dimension: 2 } } })).upsert([{ id: 1, vector: [1, 2] }]);
  const dual = dualWrite({ primary, secondary: engine });
  await dual.alter("c", { addSparse: { words: { modifier: "idf" } }, addMulti: { rows: { dimension: 2 } } });
  const collection = await dual.collection("c");
  await collection.upsert([
    { id: 2, sparse: { words: { indices: [3], values: [0.5] } }, multi: { rows: [[1, 0]] } },
  ]);
  await dual.cutOver();
  expect((await engine.describe("c")).schema).toMatchObject({
    sparse: { words: { modifier: "idf" } },
    multi: { rows: { dimension: 2 } },
  });
  expect((await verifyCopy(primary, engine, { samples: 0 })).isEqual).toBe(true);
  expect(await (await engine.collection("c")).get([2], { vectors: true })).toMatchObject([
    { sparse: { words: { indices: Uint32Array.of(3) } }, multi: { rows: [Float32Array.of(1, 0)] } },
  ]);
});

test("a collection dropped and made anew while the secondary was down is made anew there", async () => {
  const [primary, engine] = [await memory(), await memory()];
  let isDown = false;
  const dual = dualWrite({
    primary,
    secondary: flaky(engine, { next: () => ({ fate: isDown ? "refused" : "well", turns: 0 }) }),
  });
  await (await dual.create("c", { vectors: { v: { dimension: 2 } } })).upsert([{ id: 1, vector: [1, 2] }]);
  await dual.catchUp();
  isDown = true;
  expect(await dual.drop("c")).toBe(true);
  await (await dual.create("c", { vectors: { v: { dimension: 3 } } })).upsert([{ id: 2, vector: [1, 2, 3] }]);
  isDown = false;
  await dual.cutOver();
  expect((await engine.describe("c")).schema).toEqual({ vectors: { v: { dimension: 3 } } });
  expect(await (await dual.collection("c")).get([1, 2], { payload: false })).toEqual([undefined, { id: 2 }]);
});

test("a secondary that does not answer holds a write up no longer than it may, and what lands late is mended", async () => {
  const [primary, engine] = [await memory(), await memory()];
  await (await primary.create("c", { vectors: {} })).upsert([{ id: 1, payload: { n: 0 } }]);
  let release = (): void => {};
  let hangs = false;
  const secondary = around(engine, {}, (own) => ({
    async upsert(points) {
      const later = structuredClone(points);
      if (hangs) {
        hangs = false;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return own.upsert(later);
    },
  }));
  const dual = dualWrite({ primary, secondary, secondaryTimeoutMs: 50 });
  await dual.catchUp();
  const collection = await dual.collection("c");
  hangs = true;
  await collection.upsert([{ id: 1, payload: { n: 1 } }]);
  await collection.upsert([{ id: 1, payload: { n: 2 } }]);
  expect(dual.divergence().collections).toEqual({ c: 1 });
  const catching = dual.catchUp();
  release();
  await catching;
  expect(await (await engine.collection("c")).get([1])).toEqual([{ id: 1, payload: { n: 2 } }]);
});

test("what another writer did to the secondary is found by verifying and mended before the cut-over", async () => {
  const [primary, secondary] = [await memory(), await memory()];
  await filled(primary, "c", 50);
  const dual = dualWrite({ primary, secondary });
  await dual.catchUp();
  const theirs = await secondary.collection("c");
  await theirs.delete({ ids: [1] });
  await theirs.upsert([{ id: "other" }]);
  expect(await dual.verify()).toMatchObject({
    isEqual: false,
    collections: { c: { points: 50, different: 2, ids: [1, "other"] } },
  });
  await dual.cutOver();
  expect((await verifyCopy(primary, secondary)).isEqual).toBe(true);
});

test("shadow reads tell where the secondary answers otherwise, and the caller gets the primary's answer", async () => {
  const [primary, secondary] = [await memory(), await memory()];
  await filled(primary, "c", 50);
  const told: string[] = [];
  const dual = dualWrite({
    primary,
    secondary,
    shadowReads: 1,
    onShadowDifference: ({ method }) => void told.push(method),
  });
  const collection = await dual.collection("c");
  await dual.catchUp();
  const nearest = { nearest: { id: 1 }, field: "v", limit: 50 } as const;
  const read = async (): Promise<void> => {
    expect((await collection.count()).count).toBe(50);
    expect((await collection.get(["s3"]))[0]).toBeDefined();
    expect((await collection.query(nearest)).hits).toHaveLength(49);
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  await read();
  expect(told).toEqual([]);
  await (await secondary.collection("c")).delete({ ids: ["s3"] });
  await read();
  expect(told.sort()).toEqual(["count", "get", "query"]);
});

test("what the caller changes after the call is not written", async () => {
  const [primary, secondary] = [await memory(), await memory()];
  const dual = dualWrite({ primary, secondary });
  const collection = await dual.create("c", { vectors: { v: { dimension: 2 } } });
  const point = { id: 1, vector: new Float32Array([1, 2]), payload: { a: [1] } };
  const writing = collection.upsert([point]);
  point.vector[0] = 9;
  point.payload.a[0] = 9;
  await writing;
  for (const store of [primary, secondary])
    expect(await (await store.collection("c")).get([1], { vectors: true })).toEqual([
      { id: 1, payload: { a: [1] }, vectors: { v: new Float32Array([1, 2]) } },
    ]);
  await expect(collection.upsert([{ id: 1, payload: { f: () => 1 } as never }])).rejects.toMatchObject({
    code: "invalid_argument",
  });
  await expect(collection.delete({} as never)).rejects.toMatchObject({ code: "invalid_argument" });
});
