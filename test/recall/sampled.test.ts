/** Recall as stats() tells it: true within its interval, for a bounded share of the time, and how sure it is. */
import { describe, expect, it } from "vitest";
import type { EngineCollection } from "../../src/engine/collection.ts";
import { memoryDirectory } from "../../src/engine/files/memory.ts";
import { type Curve, reach, reachByCodes } from "../../src/engine/recall/curve.ts";
import { oneSided, Tally, twoSided } from "../../src/engine/recall/interval.ts";
import { Pacer } from "../../src/engine/recall/pacer.ts";
import type { Collection } from "../../src/store.ts";
import { seeded } from "../engine/opened.ts";
import { describeKernels } from "../kernels.ts";
import { fill, measured, openWith, schema, vectorsAround } from "./measuring.ts";

/** Advances by a step with each look at it. */
function fakeClock(stepMs: number) {
  let ms = 0;
  const clock = {
    now: () => {
      ms += stepMs;
      return ms;
    },
    sleep: async (restMs: number) => {
      ms += restMs;
    },
  };
  return { clock, at: () => ms };
}

/** Waits for the sample under way. */
const settled = (collection: Collection) =>
  (collection as unknown as EngineCollection).recall!.sampled.settled();

describeKernels("sampled recall", (kernel) => {
  it("agrees with the truth within its interval, for each class of filters and number of hits", async () => {
    const store = await openWith(memoryDirectory(), kernel, { sampleRecall: 1 });
    const collection = (await store.create("c", schema)) as Collection;
    const source = vectorsAround(8);
    await fill(collection, source, 0, 2500);
    await collection.optimize();
    const queries = Array.from({ length: 60 }, source);
    const filter = { field: "part", in: [1, 2] };
    const truths = new Map<string, number>();
    for (const [name, request] of [
      ["none 10", { limit: 10, params: { ef: 10, plan: "graph" } }],
      ["broad 10", { limit: 10, params: { ef: 10, plan: "graph" }, filter }],
      ["none 1", { limit: 1, params: { ef: 10, plan: "graph" } }],
    ] as const) {
      // One at a time: a query that comes while another is repeated is not sampled.
      let sum = 0;
      for (const query of queries) {
        sum += (await measured(collection, [query], request)).recall;
        await settled(collection);
      }
      truths.set(name, sum / queries.length);
    }
    const { recall } = await collection.stats();
    expect(recall!.map(({ filter, k }) => `${filter} ${k}`).sort()).toEqual([...truths.keys()].sort());
    for (const { filter, k, low, high, recall: sampled, samples } of recall!) {
      const truth = truths.get(`${filter} ${k}`)!;
      expect(samples).toBe(queries.length);
      expect(sampled, `${filter} ${k}`).toBeCloseTo(truth, 6);
      expect(low).toBeLessThanOrEqual(truth);
      expect(high).toBeGreaterThanOrEqual(truth);
      expect(truth, "there is recall to lose").toBeLessThan(1);
    }
    await store.close();
  }, 60_000);

  it("takes its share of the time and no more, and nothing when it is turned off", async () => {
    for (const share of [0, 0.1, 0.5]) {
      // Each look at the clock is a millisecond: a query looks once, a sample twice.
      const { clock, at } = fakeClock(1);
      const store = await openWith(memoryDirectory(), kernel, { sampleRecall: share, clock });
      const collection = (await store.create("c", schema)) as Collection;
      const source = vectorsAround(9);
      await fill(collection, source, 0, 1200);
      await collection.optimize();
      const began = at();
      for (let i = 0; i < 100; i++) {
        await collection.query({ nearest: source(), params: { plan: "graph" }, select: { payload: false } });
        await settled(collection);
      }
      const { recall } = await collection.stats();
      const samples = recall!.reduce((sum, one) => sum + one.samples, 0);
      const elapsed = at() - began;
      await store.close();
      if (share === 0) expect(samples).toBe(0);
      else expect(samples).toBeGreaterThan(0);
      // One sample takes one look's time; the one that overdraws is made up for.
      expect(samples).toBeLessThanOrEqual(share * elapsed + 1);
    }
  }, 60_000);
});

describe("the interval of recall", () => {
  it("holds the truth about as often as it says, with queries that find all or little", () => {
    const random = seeded(3);
    for (const [k, hard] of [
      [1, 0.05],
      [10, 0.05],
      [10, 0.3],
      [100, 0.1],
    ] as const) {
      // A hard query finds half.
      const truth = k === 1 ? 1 - hard : 1 - hard / 2;
      let held = 0;
      const rounds = 400;
      for (let round = 0; round < rounds; round++) {
        const tally = new Tally();
        for (let i = 0; i < 100; i++) tally.add(random() < hard ? Math.floor(k / 2) : k, k);
        const { low, high } = tally.estimate(twoSided);
        if (low <= truth && truth <= high) held++;
      }
      expect(held / rounds, `k ${k}, ${hard} hard`).toBeGreaterThan(0.9);
    }
  });

  it("narrows with samples, forgets old ones, and is wide open without any", () => {
    const tally = new Tally();
    expect(tally.estimate(oneSided)).toEqual({ recall: 1, low: 0, high: 1, samples: 0 });
    for (let i = 0; i < 50; i++) tally.add(0, 10);
    const { low } = tally.estimate(oneSided);
    for (let i = 0; i < 100; i++) tally.add(10, 10);
    expect(tally.estimate(oneSided).recall).toBeCloseTo(2 / 3);
    tally.keep(100);
    expect(tally.estimate(oneSided)).toMatchObject({ recall: 1, samples: 100 });
    expect(tally.estimate(oneSided).low).toBeGreaterThan(low);
  });
});

describe("a curve", () => {
  const measure = (recall: number, low = recall - 0.001) => ({ recall, low });
  const curve = (rungs: Curve["rungs"], asked = 0): Curve => ({ rungs, kind: "stored", made: 400, asked });

  it("gives the least effort that surely reaches the target, and takes a lucky rung for luck", () => {
    const rungs = [
      { ef: 16, made: measure(0.95) },
      { ef: 24, made: measure(0.9) },
      { ef: 32, made: measure(0.96, 0.93) },
      { ef: 48, made: measure(0.99) },
    ];
    expect(reach(curve(rungs), 10, 0.9)?.ef).toBe(16);
    expect(reach(curve(rungs), 10, 0.9)?.recall).toBe(0.9);
    expect(reach(curve(rungs), 10, 0.95)?.ef, "unsure of 32").toBe(48);
    expect(reach(curve(rungs), 10, 0.9, 1)?.ef, "one wider").toBe(24);
    expect(reach(curve(rungs), 10, 0.995)).toBeUndefined();
    const codes = { made: measure(0.999) };
    expect(reachByCodes({ ...curve(rungs), codes }, 10, 0.995)?.recall).toBe(0.999);
  });

  it("believes few queries asked when they say too little, and many of them alone", () => {
    const rungs = [
      { ef: 16, made: measure(0.8), asked: measure(0.95) },
      { ef: 32, made: measure(0.95), asked: measure(0.97) },
      { ef: 64, made: measure(0.99), asked: measure(0.98) },
    ];
    expect(reach(curve(rungs, 40), 10, 0.9)?.ef).toBe(32);
    expect(reach(curve(rungs, 250), 10, 0.9)?.ef).toBe(16);
    expect(reach(curve(rungs, 40), 10, 0.985)).toBeUndefined();
  });
});

it("background work rests as long as its share demands, and not when somebody waits", async () => {
  const { clock, at } = fakeClock(1);
  let share = 0.1;
  const stop = new AbortController();
  const pacer = new Pacer(clock, () => share, stop.signal);
  const began = at();
  for (let i = 0; i < 10; i++) await pacer.run(async () => i);
  // Each piece takes one look at the clock, and looks once more before it.
  expect(at() - began).toBeCloseTo(10 * (2 + 9));
  share = 1;
  const urgent = at();
  await pacer.run(async () => 0);
  expect(at() - urgent).toBe(2);
  stop.abort();
  await expect(pacer.run(async () => 0)).rejects.toMatchObject({ code: "cancelled" });
});
