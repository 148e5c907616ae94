/** Concurrent writers share appends and syncs; none sees another's failure as its own success. */
import { describe, expect, it } from "vitest";
import type { Collection } from "../../src/store.ts";
import { Disk } from "./disk.ts";
import { openOn } from "./opened.ts";

const schema = { vectors: { body: { dimension: 2 } }, payload: { n: { type: "integer" } } } as const;

describe("group commit", () => {
  it("commits 64 concurrent writers with a few syncs, and each of 64 writes one after the other with its own", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root);
    const things = await store.create("things", schema);
    const logSyncs = () => [...disk.counts].find(([key]) => /^sync .*\.log$/.test(key))?.[1] ?? 0;
    const before = logSyncs();
    await Promise.all(Array.from({ length: 64 }, (_, n) => things.upsert([{ id: n, vector: [n, 1] }])));
    const together = logSyncs() - before;
    for (let n = 0; n < 64; n++) await things.upsert([{ id: n, vector: [n, 2] }]);
    expect(together).toBeLessThanOrEqual(3);
    expect(logSyncs() - before - together).toBe(64);
    expect((await things.count()).count).toBe(64);
    await store.close();
  });

  it("gives every write of a group its own LSN, in the order of calls", async () => {
    const store = await openOn(new Disk().root);
    const things = await store.create("things", schema);
    const results = await Promise.all([
      things.upsert([{ id: 1 }, { id: 2 }]),
      things.upsert([]),
      things.delete({ ids: [9] }),
      things.upsert([{ id: 3 }]),
    ]);
    expect(results).toEqual([
      { lsn: 1, count: 2 },
      { lsn: 1, count: 0 },
      { lsn: 1, count: 0 },
      { lsn: 2, count: 1 },
    ]);
    expect((await things.stats()).lsn).toBe(2);
    await store.close();
  });

  it("an update sees the writes that were called before it, in whichever group they are", async () => {
    const store = await openOn(new Disk().root);
    const things = await store.create("things", schema);
    const results = await Promise.all([
      things.upsert([{ id: 1, payload: { n: 1 } }]),
      things.update({ ids: [1] }, { setPayload: { n: 2 } }),
      things.upsert([{ id: 2, payload: { n: 2 } }]),
      things.update({ filter: { field: "n", eq: 2 } }, { setPayload: { n: 3 } }),
      things.delete({ filter: { field: "n", eq: 3 } }),
      things.upsert([{ id: 1, payload: { n: 9 } }]),
    ]);
    expect(results.map(({ count }) => count)).toEqual([1, 1, 1, 2, 2, 1]);
    expect((await things.scroll()).points).toEqual([{ id: 1, payload: { n: 9 } }]);
    await store.close();
  });

  it("increments that read and write by filter are not lost among concurrent writers", async () => {
    const store = await openOn(new Disk().root);
    const things = await store.create("things", schema);
    await things.upsert([{ id: "counter", payload: { n: 0 } }]);
    // Each filter matches only what the call before it wrote.
    const calls = Array.from({ length: 20 }, (_, n) =>
      things.update({ filter: { field: "n", eq: n } }, { setPayload: { n: n + 1 } }),
    );
    expect((await Promise.all(calls)).map(({ count }) => count)).toEqual(new Array(20).fill(1));
    await store.close();
  });

  it("a write that is aborted before its turn is not written, and its neighbours are", async () => {
    const store = await openOn(new Disk().root);
    const things = await store.create("things", schema);
    const abort = new AbortController();
    const cancelled = things.upsert([{ id: 1 }], { signal: abort.signal });
    const kept = things.upsert([{ id: 2 }]);
    abort.abort();
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    await kept;
    expect(await ids(things)).toEqual([2]);
    await store.close();
  });

  it("a write that is aborted while it waits for others is told at once, and takes its memory from the queue", async () => {
    const store = await openOn(new Disk().root, { waitingBytes: 400 });
    const things = await store.create("things", schema);
    const told: string[] = [];
    const first = things.upsert([{ id: 1, payload: { n: 1 } }]).then(() => told.push("first"));
    // The first one's turn comes; this one waits behind it.
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    const abort = new AbortController();
    const second = things
      .delete({ filter: { field: "n", eq: 1 } }, { signal: abort.signal })
      .catch((error) => told.push(error.code));
    abort.abort();
    await Promise.all([first, second]);
    expect(told).toEqual(["cancelled", "first"]);
    expect(await ids(things)).toEqual([1]);
    await store.close();
  });

  it("a write that is aborted while others of its group are prepared is not written, and those are", async () => {
    const disk = new Disk();
    const store = await openOn(disk.root);
    const things = await store.create("things", schema);
    await things.upsert([{ id: 1, vector: [1, 1], payload: { n: 1 } }]);
    const abort = new AbortController();
    disk.before = (operation) => {
      if (operation === "read") abort.abort();
    };
    const results = await Promise.allSettled([
      things.upsert([{ id: 2, vector: [2, 2] }], { signal: abort.signal }),
      things.update({ ids: [1] }, { setPayload: { n: 2 } }),
      things.upsert([{ id: 3, vector: [3, 3] }]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(results[0]).toMatchObject({ reason: { code: "cancelled" } });
    disk.before = () => {};
    const afterKill = disk.copy();
    await store.close();
    for (const root of [disk.root, afterKill.root]) {
      const again = await openOn(root);
      const read = await again.collection("things", schema);
      expect((await read.scroll({ select: { vectors: true } })).points).toEqual([
        { id: 1, payload: { n: 2 }, vectors: { body: Float32Array.of(1, 1) } },
        { id: 3, payload: {}, vectors: { body: Float32Array.of(3, 3) } },
      ]);
      expect((await read.stats()).lsn).toBe(3);
      await again.close();
    }
  });

  it("a write that is aborted once it is being appended is acknowledged, and is there", async () => {
    for (const operation of ["write", "sync"] as const) {
      const disk = new Disk();
      const store = await openOn(disk.root);
      const things = await store.create("things", schema);
      const abort = new AbortController();
      disk.before = (asked, name) => {
        if (asked === operation && name.endsWith(".log")) abort.abort();
      };
      expect(await things.upsert([{ id: 1 }], { signal: abort.signal })).toEqual({ lsn: 1, count: 1 });
      expect(abort.signal.aborted).toBe(true);
      const again = await openOn(disk.copy().root);
      expect(await ids(await again.collection("things", schema))).toEqual([1]);
      await Promise.all([store.close(), again.close()]);
    }
  });

  it("a write that is refused does not keep its neighbours from being written", async () => {
    const store = await openOn(new Disk().root);
    const things = await store.create("things", schema);
    const results = await Promise.allSettled([
      things.upsert([{ id: 1 }]),
      things.upsert([{ id: 2, vector: [1] }]),
      things.update(
        { filter: { field: "n", eq: "no number" as unknown as number } },
        { setPayload: { n: 1 } },
      ),
      things.upsert([{ id: 3 }]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(await ids(things)).toEqual([1, 3]);
    await store.close();
  });
});

async function ids(things: Collection<typeof schema>): Promise<unknown[]> {
  return (await things.scroll()).points.map(({ id }) => id);
}
