/** Upserts of many points are prepared in slices: others have their turn meanwhile, and the order of calls stays. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Collection, type EngineStore, open } from "../../src/index.ts";

const schema = { vectors: { v: { dimension: 256, metric: "dot" } } } as const;

describe("an upsert of many points", () => {
  let store: EngineStore;
  let points: Collection<typeof schema>;
  beforeEach(async () => {
    store = await open(":memory:");
    points = await store.create("points", schema);
  });
  afterEach(() => store.close());

  const many = (count: number, round: number) =>
    Array.from({ length: count }, (_, id) => ({
      id,
      vector: new Float32Array(256).fill(id + round),
      payload: { round, text: "x".repeat(1000) },
    }));
  const roundOf = async (id: number) => (await points.get([id]))[0]?.payload?.round;

  it("lets others have their turn while it is prepared", async () => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await points.upsert(many(20_000, 1));
    isDone = true;
    expect(turns).toBeGreaterThan(5);
    expect((await points.stats()).points).toBe(20_000);
  });

  it("keeps its place in the order of calls, before a small one that came later", async () => {
    const calls = [
      points.upsert(many(5000, 1)),
      points.upsert(many(1, 2)),
      points.update({ ids: [1] }, { setPayload: { round: 3 } }),
      points.upsert(many(3000, 4).slice(2)),
      points.delete({ ids: [2] }),
      points.update({ ids: [4000] }, { setPayload: { round: 5 } }),
    ];
    const lsns = (await Promise.all(calls)).map(({ lsn }) => lsn);
    expect(lsns).toEqual([...lsns].sort((a, b) => a - b));
    expect(await Promise.all([0, 1, 2, 3, 2999, 3000, 4000].map(roundOf))).toEqual([
      2,
      3,
      undefined,
      4,
      4,
      1,
      5,
    ]);
  });

  it("writes nothing when one point is wrong, however far behind", async () => {
    const wrong = many(5000, 1);
    wrong[4999]!.vector = new Float32Array(3);
    await expect(points.upsert(wrong)).rejects.toMatchObject({ code: "invalid_argument" });
    expect((await points.stats()).points).toBe(0);
  });

  it("is given up when its signal is aborted while it is prepared", async () => {
    const stop = new AbortController();
    const call = points.upsert(many(20_000, 1), { signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    expect((await points.stats()).points).toBe(0);
  });
});
