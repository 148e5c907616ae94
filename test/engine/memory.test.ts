/** A store under maxMemoryBytes: the same answers with vectors in their files, and refusals with numbers. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EngineOptions } from "../../src/engine/engine.ts";
import { memoryDirectory } from "../../src/engine/files/memory.ts";
import { nodeDirectory } from "../../src/engine/files/node.ts";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import { open } from "../../src/engine/open.ts";
import { isFrancaError } from "../../src/errors.ts";
import type { Collection, CollectionStats, Store } from "../../src/store.ts";
import { describeKernels } from "../kernels.ts";
import { openOn, seeded } from "./opened.ts";

/** The kernel takes memory by chunks, and for each search that runs, so that a limit may be passed by some. */
const chunks = 512 * 1024;
const dimension = 64;
const schema = {
  vectors: { body: { dimension }, other: { dimension: 8, metric: "euclidean", index: "flat" } },
  payload: { group: { type: "integer" } },
} as const;
type Things = Collection<typeof schema>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "franca-memory-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describeKernels("a store under a memory limit", (build) => {
  const openAt = async (name: string, options: Partial<EngineOptions> = {}) =>
    openOn(await nodeDirectory(join(folder, name)), {
      kernel: await loadKernel({ prefer: build }),
      segmentBytes: { log: 2 ** 20, vectors: 128 * 1024 },
      ...options,
    });

  it("counts sparse and multi vectors: writes that do not fit are refused, and so is opening with less", async () => {
    const kinds = { vectors: {}, sparse: { s: {} }, multi: { m: { dimension: 8 } } } as const;
    const some = (first: number) =>
      Array.from({ length: 100 }, (_, i) => ({
        id: first + i,
        sparse: { s: { indices: [i, 1000 + i], values: [1, 2] } },
        multi: { m: Array.from({ length: 8 }, () => new Array(8).fill(i + 1)) },
      }));
    const store = await openAt("kinds", { maxMemoryBytes: 3_000_000 });
    const things = await store.create("kinds", kinds);
    let taken = 0;
    let refusal: unknown;
    for (; refusal === undefined && taken < 20_000; taken += 100) {
      refusal = await things.upsert(some(taken)).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    expect(refusal).toMatchObject({ code: "resource_exhausted" });
    expect((await things.count()).count).toBe(taken - 100);
    expect(heldBytes(await things.stats())).toBeLessThanOrEqual(3_000_000 + chunks);
    await store.close();
    const again = await openAt("kinds", { maxMemoryBytes: 3_000_000 });
    expect((await (await again.collection("kinds")).count()).count).toBe(taken - 100);
    await again.close();
    const small = await openAt("kinds", { maxMemoryBytes: 1_000_000 });
    await expect(small.collection("kinds")).rejects.toMatchObject({ code: "resource_exhausted" });
    await small.close();
  });

  it("refuses what does not fit, with the numbers; what was refused is not there, and deletions make no trouble", async () => {
    const maxMemoryBytes = 1_200_000;
    const store = await openAt("small", { maxMemoryBytes });
    const things = await store.create("things", schema);
    let taken = 0;
    let refusal: unknown;
    for (let first = 0; refusal === undefined && first < 20_000; first += 250) {
      try {
        await things.upsert(points(first, 250));
        taken = first + 250;
      } catch (error) {
        refusal = error;
      }
    }
    expect(refusal).toMatchObject({
      code: "resource_exhausted",
      message: expect.stringMatching(/maxMemoryBytes/),
    });
    const { neededBytes, usedBytes, limitBytes } = (refusal as { details: Record<string, number> }).details;
    expect(limitBytes).toBe(maxMemoryBytes);
    expect(usedBytes! + neededBytes!).toBeGreaterThan(maxMemoryBytes);
    expect(heldBytes(await things.stats())).toBeLessThanOrEqual(maxMemoryBytes + chunks);
    expect(await things.count()).toMatchObject({ count: taken });
    await things.delete({ ids: [1, 2, 3] });
    expect(await things.count()).toMatchObject({ count: taken - 3 });
    await store.close();

    const less = await openAt("small", { maxMemoryBytes: 200_000 });
    await expect(less.collection("things")).rejects.toMatchObject({
      code: "resource_exhausted",
      details: { limitBytes: 200_000 },
    });
    // Others are none the worse.
    await (await less.create("empty", schema)).upsert(points(0, 1));
    await less.close();
    const again = await openAt("small", { maxMemoryBytes: 2 * maxMemoryBytes });
    expect(await (await again.collection("things")).count()).toMatchObject({ count: taken - 3 });
    await again.close();
  });

  it("shares the limit among its collections, and a dropped one gives its part back", async () => {
    const store = await openAt("shared", { maxMemoryBytes: 1_500_000 });
    const first = await store.create("first", schema);
    await fill(first, 20_000);
    const second = await store.create("second", schema);
    await expect(second.upsert(points(0, 1000))).rejects.toMatchObject({ code: "resource_exhausted" });
    await store.drop("first");
    await second.upsert(points(0, 1000));
    await store.close();
  });

  it("in memory counts the log as well", async () => {
    const store = await openOn(memoryDirectory(), {
      kernel: await loadKernel({ prefer: build }),
      maxMemoryBytes: 8 * 2 ** 20,
    });
    const things = await store.create("things", schema);
    await fill(things, 50_000);
    const stats = await things.stats();
    expect(stats.memory?.files).toBeGreaterThan(2 ** 20);
    expect(stats.memory?.mappedBytes).toBe(0);
    expect(heldBytes(stats)).toBeLessThanOrEqual(8 * 2 ** 20 + chunks);
    await store.close();
  });

  if (build === "wasm") return;

  it("gives the answers of one without, from vectors in their files, live and reopened", async () => {
    const free = await openAt("free");
    const limited = await openAt("limited", { maxMemoryBytes: 4_200_000 });
    const stores = [free, limited];
    for (const store of stores) await fill(await store.create("things", schema), 6000);
    const same = async ([a, b]: Store[], mapped: boolean) => {
      const one = (await a!.collection("things")) as unknown as Things;
      const two = (await b!.collection("things")) as unknown as Things;
      const stats = await two.stats();
      expect(stats.points).toBe((await one.stats()).points);
      expect(stats.memory!.mappedBytes > 0).toBe(mapped);
      if (mapped) expect(heldBytes(stats)).toBeLessThanOrEqual(4_200_000 + chunks);
      expect(await answers(two)).toEqual(await answers(one));
    };
    await same(stores, true);
    // Replaced and deleted points lead through graphs still; their vectors stay, too.
    for (const store of stores) {
      const things = (await store.collection("things")) as unknown as Things;
      await things.upsert(points(100, 400, 3));
      await things.delete({ filter: { field: "group", range: { gte: 40 } } });
      await things.optimize();
    }
    await same(stores, true);
    for (const store of stores) await store.close();
    const reopened = [await openAt("free"), await openAt("limited", { maxMemoryBytes: 4_200_000 })];
    await same(reopened, true);
    await reopened[1]!.close();
    const unlimited = await openAt("limited");
    await same([reopened[0]!, unlimited], false);
    await reopened[0]!.close();
    await unlimited.close();
  });

  it("follows compaction: what was read from files that are replaced is read from the new ones, and the old go", async () => {
    const store = await openAt("compacted", { maxMemoryBytes: 5_400_000 });
    const things = await store.create("things", schema);
    await fill(things, 6000);
    const alive = (id: number, version: number) =>
      things.query({
        nearest: vectorOf(id, version, dimension),
        field: "body",
        limit: 1,
        params: { exact: true },
      });
    for (let round = 1; round <= 3; round++) {
      const reading = Array.from({ length: 20 }, (_, i) => alive(5000 + i, 0));
      await things.upsert(points(0, 1000, round));
      await things.delete({ ids: Array.from({ length: 300 }, (_, i) => 4000 + round * 300 + i) });
      await things.optimize();
      const read = await Promise.all(reading);
      expect(read.map(({ hits }) => hits[0]?.id)).toEqual(read.map((_, i) => 5000 + i));
      for (const id of [0, 700, 999]) expect((await alive(id, round)).hits[0]?.id).toBe(id);
      const stats = await things.stats();
      expect(stats.deadBytes).toBeLessThan(stats.diskBytes / 3);
      expect(stats.memory!.mappedBytes).toBeGreaterThan(0);
      // No more is mapped than there is: replaced files were let go.
      const logged = (stats.points + stats.slots.dead + stats.slots.free) * (dimension * 4 + 12);
      expect(stats.memory!.mappedBytes).toBeLessThan(logged * 1.3);
    }
    await store.close();
    const again = await openAt("compacted", { maxMemoryBytes: 4_000_000 });
    const read = (await again.collection("things")) as unknown as Things;
    expect((await read.stats()).memory!.mappedBytes).toBeGreaterThan(0);
    await again.close();
  });

  it("maps while searches, writes and a build go on, and no answer is wrong", async () => {
    const store = await openAt("busy", { maxMemoryBytes: 4_000_000 });
    const things = await store.create("things", schema);
    await things.upsert(points(0, 250));
    let written = 250;
    let isDone = false;
    const ask = async () => {
      while (!isDone) {
        const id = Math.floor(Math.random() * written);
        const { hits } = await things.query({ nearest: vectorOf(id, 0, dimension), field: "body", limit: 1 });
        expect(hits[0]?.id).toBe(id);
      }
    };
    const asking = [ask(), ask()];
    for (let first = 250; first < 5000; first += 250) {
      await things.upsert(points(first, 250));
      written = first + 250;
    }
    await things.optimize();
    isDone = true;
    await Promise.all(asking);
    expect((await things.stats()).memory!.mappedBytes).toBeGreaterThan(0);
    await store.close();
  });
});

describe("maxMemoryBytes", () => {
  it("is a number of bytes that something fits into", async () => {
    for (const maxMemoryBytes of [0, 1000, Number.NaN, "1GB" as never]) {
      await expect(open(":memory:", { maxMemoryBytes })).rejects.toMatchObject({ code: "invalid_argument" });
    }
    await (await open(":memory:", { maxMemoryBytes: 64 * 2 ** 20 })).close();
  });
});

/** Writes until `count` or the limit. */
async function fill(things: Things, count: number): Promise<void> {
  for (let first = 0; first < count; first += 250) {
    try {
      await things.upsert(points(first, 250));
    } catch (error) {
      if (isFrancaError(error, "resource_exhausted")) return;
      throw error;
    }
  }
}

function heldBytes({ memory }: CollectionStats): number {
  const { mappedBytes: _, ...held } = memory!;
  return Object.values(held).reduce((sum, bytes) => sum + bytes, 0);
}

function points(first: number, count: number, version = 0) {
  return Array.from({ length: count }, (_, i) => ({
    id: first + i,
    vectors: {
      body: vectorOf(first + i, version, dimension),
      ...((first + i) % 3 === 0 && { other: vectorOf(first + i, version, 8) }),
    },
    payload: { group: (first + i) % 50 },
  }));
}

function vectorOf(id: number, version: number, length: number): number[] {
  const random = seeded(id * 31 + version + length);
  return Array.from({ length }, () => random() * 2 - 1);
}

async function answers(things: Things) {
  const found: unknown[] = [];
  for (let id = 0; id < 6000; id += 397) {
    // Graphs that several threads built differ; the kernel's suite compares searches over one and the same.
    for (const filter of [undefined, { field: "group", range: { lt: 5 } }]) {
      const { hits } = await things.query({
        nearest: vectorOf(id, 7, dimension),
        field: "body",
        limit: 5,
        params: { exact: true },
        ...(filter && { filter }),
      } as never);
      found.push(hits.map((hit) => [hit.id, hit.score]));
    }
    const { hits } = await things.query({ nearest: vectorOf(id, 7, 8), field: "other", limit: 5 } as never);
    found.push(hits.map((hit) => [hit.id, hit.score]));
  }
  return found;
}
