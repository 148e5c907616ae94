/** Slots given back and segments compacted: while others read and write, on failing disks, held up by readers, over and over. */
import { describe, expect, it } from "vitest";
import type { EngineCollection } from "../../src/engine/collection.ts";
import { chooseRun } from "../../src/engine/compaction/choose.ts";
import type { EngineOptions } from "../../src/engine/engine.ts";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import { isFrancaError } from "../../src/errors.ts";
import type { Collection, Store } from "../../src/store.ts";
import { describeKernels } from "../kernels.ts";
import { Disk } from "./disk.ts";
import { openOn, seeded } from "./opened.ts";

const schema = {
  vectors: { body: { dimension: 8 } },
  payload: { group: { type: "integer" }, word: { type: "keyword" } },
} as const;
const slow = process.env.FRANCA_SLOW === "1";
type Things = Collection<typeof schema>;
const small: Partial<EngineOptions> = {
  segmentBytes: { log: 4000, vectors: 4000 },
  checkpointBytes: 20_000,
};
const eager: Partial<EngineOptions> = { ...small, leastDead: { slots: 1, bytes: 1 }, retryMs: 1 };

function point(id: number, version: number) {
  const random = seeded(id * 1000 + version);
  return {
    id,
    vectors: { body: Float32Array.from({ length: 8 }, () => random() - 0.5) },
    payload: { group: id % 7, word: `w${version}`, text: "x".repeat(id % 50) },
  };
}

async function opened(
  disk: Disk,
  options: Partial<EngineOptions>,
): Promise<{ store: Store; things: Things }> {
  const store = await openOn(disk.root, options);
  const things = (await store.list()).includes("things")
    ? await store.collection("things", schema)
    : await store.create("things", schema);
  return { store, things };
}

/** Everything that can be asked for, by what it is asked. */
async function answers(things: Things): Promise<unknown> {
  const { points } = await things.scroll({ limit: 10_000, select: { vectors: true } });
  const near = await things.query({
    nearest: new Float32Array(8).fill(0.1),
    limit: 20,
    params: { exact: true },
  });
  return {
    points,
    near: near.hits.map(({ id, score }) => [id, score]),
    group: (await things.count({ filter: { field: "group", eq: 3 } })).count,
    words: (await things.facet({ field: "word", limit: 100 })).values,
  };
}

/** A hundred points of which many were replaced, changed and deleted, in several segments. */
async function churned(things: Things): Promise<void> {
  for (let first = 0; first < 100; first += 20) {
    await things.upsert(Array.from({ length: 20 }, (_, i) => point(first + i, 0)));
  }
  for (let id = 0; id < 100; id += 3) await things.upsert([point(id, 1)]);
  await things.update({ filter: { field: "group", eq: 2 } }, { setPayload: { word: "changed" } });
  await things.delete({ filter: { field: "group", eq: 5 } });
}

async function isTidy(things: Things): Promise<boolean> {
  const { slots, deadBytes, diskBytes } = await things.stats();
  return slots.dead <= 0.1 * slots.given && deadBytes <= 0.2 * diskBytes;
}

async function segmentFiles(disk: Disk): Promise<string[]> {
  return disk.files().filter((name) => name.includes("segment-"));
}

describeKernels("slots and segments", (build) => {
  it("ten rounds of replacing 30 % leave files, slots and memory within 1.3 times those of a fresh build", async () => {
    const kernel = await loadKernel({ prefer: build });
    const options = { ...eager, kernel, segmentBytes: { log: 20_000, vectors: 20_000 } };
    const count = 1500;
    const random = seeded(5);
    const versions = new Array<number>(count).fill(0);
    const churn = await opened(new Disk(), options);
    await churn.things.upsert(versions.map((version, id) => point(id, version)));
    await churn.things.optimize();
    for (let round = 1; round <= 10; round++) {
      const ids = versions.flatMap((_, id) => (random() < 0.3 ? [id] : []));
      for (const id of ids) versions[id] = round;
      for (let at = 0; at < ids.length; at += 75) {
        await churn.things.upsert(ids.slice(at, at + 75).map((id) => point(id, round)));
        // Not faster than what is done about it in the background.
        await expect.poll(() => isTidy(churn.things), { timeout: 20_000, interval: 5 }).toBe(true);
      }
    }
    await churn.things.optimize();
    const fresh = await opened(new Disk(), options);
    await fresh.things.upsert(versions.map((version, id) => point(id, version)));
    await fresh.things.optimize();
    const [after, least] = [await churn.things.stats(), await fresh.things.stats()];
    expect(after.warnings).toEqual([]);
    expect(after.slots).toMatchObject({ dead: 0 });
    expect(after.slots.given).toBeLessThan(1.3 * least.slots.given);
    expect(after.diskBytes).toBeLessThan(1.3 * least.diskBytes);
    expect(after.vectors.body!.memoryBytes).toBeLessThan(1.3 * least.vectors.body!.memoryBytes);
    expect(await answers(churn.things)).toEqual(await answers(fresh.things));
    await churn.store.close();
    await fresh.store.close();
  }, 240_000);

  it("readers and writers go on, and each sees what was acknowledged", async () => {
    const disk = new Disk();
    const kernel = await loadKernel({ prefer: build });
    const { store, things } = await opened(disk, { ...eager, kernel });
    const versions = new Map<number, number>();
    const write = async (writer: number) => {
      const random = seeded(writer);
      for (let step = 0; step < 60; step++) {
        // Each writer has ids of its own, so that what is there is known.
        const ids = Array.from({ length: 5 }, () => writer * 100 + Math.floor(random() * 20));
        if (random() < 0.2) {
          await things.delete({ ids });
          for (const id of ids) versions.delete(id);
        } else {
          await things.upsert(ids.map((id) => point(id, step)));
          for (const id of ids) versions.set(id, step);
        }
        const found = await things.get(ids, { vectors: true });
        ids.forEach((id, i) => {
          const version = versions.get(id);
          const expected = version === undefined ? undefined : point(id, version);
          expect(found[i]?.payload).toEqual(expected?.payload);
          expect(found[i]?.vectors).toEqual(expected?.vectors);
        });
      }
    };
    let isDone = false;
    const read = async () => {
      while (!isDone) {
        const { points } = await things.scroll({ limit: 1000, select: { vectors: true } });
        for (const { id, payload, vectors } of points) {
          // Whole points of one version, whichever.
          const whole = point(id as number, Number((payload!.word as string).slice(1)));
          expect({ payload, vectors }).toEqual({ payload: whole.payload, vectors: whole.vectors });
        }
        const { hits } = await things.query({ nearest: new Float32Array(8).fill(1), limit: 5 });
        expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const reading = [read(), read()];
    await Promise.all([write(1), write(2), write(3)]);
    isDone = true;
    await Promise.all(reading);
    await things.optimize();
    const stats = await things.stats();
    expect(stats.warnings).toEqual([]);
    expect(stats).toMatchObject({ points: versions.size, slots: { dead: 0 } });
    const expected = await answers(things);
    await store.close();
    const again = await opened(disk, small);
    expect(await answers(again.things)).toEqual(expected);
    await again.store.close();
  });
});

describe("a disk that fails during optimize()", () => {
  for (const [offset, mode, code] of [
    [0, "once", "EIO"],
    [1, "once", "ENOSPC"],
    [2, "from then on", "EIO"],
  ] as const) {
    it(
      `loses nothing, ${code} ${mode}, whichever operation it is`,
      async () => {
        const disk = new Disk();
        const first = await opened(disk, small);
        await churned(first.things);
        const expected = await answers(first.things);
        await first.store.close();
        let failures = 0;
        // Every operation in the slow tests, else a different third of them each mode.
        for (let at = slow ? 0 : offset; ; at += slow ? 1 : 3) {
          const copy = disk.copy();
          const { store, things } = await opened(copy, small);
          let operations = 0;
          copy.before = (operation) => {
            if (operation === "open" || operation === "read") return;
            const isHit = mode === "once" ? operations === at : operations >= at;
            operations++;
            if (isHit) throw Object.assign(new Error(code), { code });
          };
          const failure = await things.optimize().catch((error) => error);
          copy.before = () => {};
          if (operations <= at) {
            expect(failure).toBeUndefined();
            await store.close();
            break;
          }
          if (failure !== undefined) {
            failures++;
            expect(isFrancaError(failure), String(failure)).toBe(true);
            const { warnings } = await things.stats();
            expect(warnings.map((warning) => warning.code)).toContain("background_failed");
          }
          expect(await answers(things), `operation ${at}`).toEqual(expected);
          const killed = copy.copy();
          const again = await things.optimize().catch((error) => error);
          // Only an unknown outcome keeps changes out until it is opened again.
          if (mode === "once") expect(again, `operation ${at}`).toBeUndefined();
          expect(await answers(things), `operation ${at}`).toEqual(expected);
          await store.close().catch(() => {});
          for (const left of [killed, copy]) {
            const reopened = await opened(left, small);
            expect(await answers(reopened.things), `operation ${at}, reopened`).toEqual(expected);
            await reopened.store.close();
          }
        }
        expect(failures).toBeGreaterThan(10);
      },
      slow ? 600_000 : 240_000,
    );
  }
});

describe("readers that began before", () => {
  it("hold up the release of slots", async () => {
    const { store, things } = await opened(new Disk(), small);
    const { state } = things as unknown as EngineCollection;
    await churned(things);
    const end = state.readers.begin();
    const slot = state.slotOf(7)!;
    await things.delete({ ids: [7] });
    let isDone = false;
    const done = things.optimize().then(() => {
      isDone = true;
    });
    for (let id = 1000; id < 1020; id++) await things.upsert([point(id, 0)]);
    expect(isDone).toBe(false);
    expect((await things.stats()).slots.free).toBe(0);
    expect(state.idOf(slot)).toBe(7);
    expect(await state.payloads([slot])).toEqual([point(7, 0).payload]);
    expect(await state.vectors("body", [slot])).toEqual([point(7, 0).vectors.body]);
    end();
    await done;
    expect((await things.stats()).slots).toMatchObject({ dead: 0 });
    expect((await things.stats()).slots.free).toBeGreaterThan(0);
    await things.upsert([point(2000, 0)]);
    expect(state.slotOf(2000)).toBeLessThan(state.slots - 1);
    await store.close();
  });

  it("find files that were replaced still there, and these go when they end", async () => {
    const disk = new Disk();
    const { store, things } = await opened(disk, small);
    const { state } = things as unknown as EngineCollection;
    await things.upsert(Array.from({ length: 100 }, (_, id) => point(id, 0)));
    for (let n = 0; n < 10; n++) await things.update({ ids: [n] }, { setPayload: { word: "y".repeat(400) } });
    for (let n = 0; n < 10; n++) await things.update({ ids: [n] }, { setPayload: { word: "z" } });
    const before = await segmentFiles(disk);
    const end = state.readers.begin();
    const segments = state.log.segments.map(({ id }) => id);
    await things.optimize();
    const after = state.log.segments.map(({ id }) => id);
    const replaced = segments.filter((id) => !after.includes(id));
    expect(replaced.length).toBeGreaterThan(0);
    expect(await segmentFiles(disk)).toEqual(expect.arrayContaining(before));
    for (const id of replaced) expect((await state.log.readLog(id, 0, 8)).length).toBe(8);
    end();
    await expect.poll(async () => (await segmentFiles(disk)).length).toBe(2 * after.length);
    await store.close();
  });
});

describe("closing", () => {
  it("stops what is under way, and the next opening finds all of it and nothing else", async () => {
    const disk = new Disk();
    const { store, things } = await opened(disk, small);
    await churned(things);
    const expected = await answers(things);
    const stopped = things.optimize().catch((error) => error.code);
    await store.close();
    expect([undefined, "cancelled"]).toContain(await stopped);
    const again = await opened(disk, small);
    expect(await answers(again.things)).toEqual(expected);
    const { state } = again.things as unknown as EngineCollection;
    expect((await segmentFiles(disk)).length).toBe(2 * state.log.segments.length);
    await again.store.close();
  });
});

describe("an empty collection that was full", () => {
  it("gives everything back", async () => {
    const { store, things } = await opened(new Disk(), small);
    await churned(things);
    await things.delete({ filter: { field: "group", range: { gte: 0 } } });
    await things.optimize();
    const stats = await things.stats();
    expect(stats).toMatchObject({ points: 0, slots: { dead: 0 }, deadBytes: 0 });
    expect(stats.slots.free).toBe(stats.slots.given);
    await things.upsert([point(1, 0)]);
    expect((await things.stats()).slots.given).toBe(stats.slots.given);
    await store.close();
  });
});

describe("the choice of segments to rewrite", () => {
  const limits = { log: 1000, vectors: 4000, leastShare: 0.1 };
  const segment = (id: number, logBytes: number, gain: number) => ({ id, logBytes, vectorBytes: 0, gain });
  const chosen = (...figures: ReturnType<typeof segment>[]) =>
    chooseRun(figures, limits)?.map(({ id }) => id);

  it("falls on the one where most can be dropped, and on none where little can", () => {
    expect(chosen(segment(1, 1000, 50), segment(2, 1000, 99))).toBeUndefined();
    expect(chosen(segment(1, 1000, 300), segment(2, 1000, 30), segment(3, 1000, 700))).toEqual([3]);
  });

  it("takes neighbours along that shrink too, as long as what is left fits one segment", () => {
    expect(chosen(segment(1, 1000, 600), segment(2, 1000, 700), segment(3, 1000, 900))).toEqual([1, 2, 3]);
    expect(chosen(segment(1, 1000, 100), segment(2, 1000, 600), segment(3, 1000, 600))).toEqual([2, 3]);
    expect(chosen(segment(1, 100, 0), segment(2, 1000, 600), segment(3, 1000, 0))).toEqual([1, 2]);
  });

  it("merges small neighbours when they have become many", () => {
    const many = Array.from({ length: 9 }, (_, i) => segment(i + 1, 100, 0));
    expect(chosen(...many)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(chosen(...many.slice(0, 7))).toBeUndefined();
  });
});
