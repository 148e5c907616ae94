/** A call whose signal is aborted stops computing, and says why; a write that has begun is not half done. */
import { beforeEach, describe, expect, it } from "vitest";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import type { Kernel } from "../../src/engine/kernel.ts";
import { FrancaError } from "../../src/errors.ts";
import type { Collection, Store } from "../../src/store.ts";
import { Disk } from "./disk.ts";
import { openOn } from "./opened.ts";

const schema = {
  vectors: { body: { dimension: 2 } },
  payload: { tag: { type: "keyword" }, text: { type: "text" } },
} as const;
type Things = Collection<typeof schema>;

const points = 1_000;
let disk: Disk;
let store: Store;
let things: Things;
beforeEach(async () => {
  disk = new Disk();
  // Nothing in the background reads.
  store = await openOn(disk.root, {
    checkpointBytes: 2 ** 30,
    leastDead: { slots: 2 ** 30, bytes: 2 ** 40 },
  });
  things = await store.create("things", schema);
  // Every other point is deleted, so that each of the others is read by itself.
  const filler = "x".repeat(4_200);
  const all = Array.from({ length: 2 * points }, (_, i) => ({
    id: i,
    vector: [i, 1],
    payload: { tag: "t", text: "word", free: i, filler },
  }));
  await things.upsert(all);
  await things.delete({ ids: all.flatMap(({ id }) => (id % 2 === 1 ? [id] : [])) });
  return () => store.close();
});

const byFree = { field: "free" as "tag", range: { gte: 0 } } as never;
/** Every call that reads, or reads before it writes, over all points. */
const calls: { [name: string]: (signal: AbortSignal) => Promise<unknown> } = {
  query: (signal) => things.query({ nearest: [1, 1], filter: byFree, limit: points, signal }),
  "query by text": (signal) => things.query({ text: "word", filter: byFree, signal }),
  "query by fusion": (signal) =>
    things.query({ fusion: { legs: [{ nearest: [1, 1] }, { text: "word" }] }, filter: byFree, signal }),
  scroll: (signal) => things.scroll({ filter: byFree, limit: points, signal }),
  "scroll without a filter": (signal) => things.scroll({ limit: points, signal }),
  count: (signal) => things.count({ filter: byFree, signal }),
  facet: (signal) => things.facet({ field: "tag", filter: byFree, signal }),
  get: (signal) =>
    things.get(
      Array.from({ length: points }, (_, i) => 2 * i),
      {},
      { signal },
    ),
  update: (signal) => things.update({ filter: byFree }, { setPayload: { tag: "u" } }, { signal }),
  delete: (signal) => things.delete({ filter: byFree }, { signal }),
};

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe.each(Object.keys(calls))("%s", (name) => {
  const call = calls[name]!;

  it("with a signal that is aborted already does nothing", async () => {
    const before = disk.count("read");
    const reason = new Error("enough");
    await expect(call(AbortSignal.abort(reason))).rejects.toMatchObject({ code: "cancelled", cause: reason });
    expect(disk.count("read")).toBe(before);
  });

  it("that is aborted while it reads stops reading", async () => {
    const abort = new AbortController();
    let reads = 0;
    disk.before = (operation) => {
      if (operation === "read" && ++reads === 3) abort.abort();
    };
    await expect(call(abort.signal)).rejects.toMatchObject({ code: "cancelled" });
    const read = reads;
    await turns(50);
    expect(reads).toBe(read);
    // All of it is more than the reads that may run at once.
    expect(read).toBeLessThan(50);
    disk.before = () => {};
    expect((await things.count()).count).toBe(points);
    expect((await things.facet({ field: "tag" })).values).toEqual([{ value: "t", count: points }]);
  });

  it("without an abort reads more, so that there is something to stop", async () => {
    let reads = 0;
    disk.before = (operation) => {
      if (operation === "read") reads++;
    };
    await call(new AbortController().signal);
    expect(reads).toBeGreaterThan(60);
  });

  it("says deadline_exceeded when the signal was a deadline", async () => {
    for (const reason of [
      new DOMException("too late", "TimeoutError"),
      new FrancaError("deadline_exceeded", "too late"),
    ]) {
      await expect(call(AbortSignal.abort(reason))).rejects.toMatchObject({
        code: "deadline_exceeded",
        cause: reason,
      });
    }
  });

  it("refuses what is no signal", async () => {
    await expect(call({ aborted: true } as AbortSignal)).rejects.toMatchObject({
      code: "invalid_argument",
      details: { where: expect.stringMatching(/signal$/) },
    });
  });
});

describe.each(["native", "wasm"] as const)("searches of the %s kernel", (prefer) => {
  it("are begun no more, and have ended, when their query was aborted", async () => {
    const abort = new AbortController();
    let begun = 0;
    let running = 0;
    const kernel = watched(await loadKernel({ prefer }), async (search) => {
      begun++;
      running++;
      const searching = search().finally(() => running--);
      if (begun === 2) abort.abort();
      await searching;
    });
    const wide = { vectors: { body: { dimension: 64 } } } as const;
    const own = await openOn(new Disk().root, { kernel });
    const many = await own.create("many", wide);
    const vectors = Float32Array.from({ length: 20_000 * 64 }, (_, i) => Math.sin(i));
    await many.upsert(
      Array.from({ length: 20_000 }, (_, id) => ({ id, vector: vectors.subarray(id * 64, (id + 1) * 64) })),
    );
    const legs = Array.from({ length: 16 }, (_, i) => ({
      nearest: vectors.subarray(i * 64, (i + 1) * 64),
      name: String(i),
      limit: 20_000,
    }));
    await expect(
      many.query({ fusion: { legs }, params: { exact: true }, signal: abort.signal }),
    ).rejects.toMatchObject({ code: "cancelled" });
    expect(running).toBe(0);
    await turns(50);
    expect(begun).toBe(2);
    await own.close();
  });
});

/** The kernel, with each search of its indexes run by `run`. */
function watched(kernel: Kernel, run: (search: () => Promise<unknown>) => Promise<void>): Kernel {
  return new Proxy(kernel, {
    get(target, name) {
      if (name !== "createIndex") return bound(target, name);
      return (options: Parameters<Kernel["createIndex"]>[0]) =>
        new Proxy(target.createIndex(options), {
          get(index, method) {
            if (method !== "search") return bound(index, method);
            return async (...asked: Parameters<typeof index.search>) => {
              let answer: unknown;
              await run(async () => {
                answer = await index.search(...asked);
              });
              return answer;
            };
          },
        });
    },
  });
}

function bound(target: object, name: string | symbol): unknown {
  const value = Reflect.get(target, name, target);
  return typeof value === "function" ? value.bind(target) : value;
}
