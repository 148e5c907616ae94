/** Snapshots of a database that is written to: one moment of each collection, every call whole or not at all. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { restore } from "../../src/engine/backup/backup.ts";
import type { FrancaError } from "../../src/errors.ts";
import { openAt, scratch } from "./folders.ts";

const schema = { vectors: { v: { dimension: 4, metric: "dot" } } } as const;

test("all that was acknowledged before is in it, and every other call whole or not at all", async () => {
  const folder = scratch();
  const store = await openAt(join(folder, "origin"), { durability: "os" });
  const names = ["a", "b"];
  const acknowledged = new Map<string, number>();
  const begun = new Map<string, number>();
  let isOver = false;
  // Each writer replaces the same three points again and again: they have to tell of the same call. Between times it
  // adds and deletes others, so that segments are sealed and hold much that is dead.
  const writer = async (name: string, number: number): Promise<void> => {
    const collection = await store.collection(name, schema);
    const key = `${name}${number}`;
    for (let call = 1; !isOver; call++) {
      begun.set(key, call);
      const points = [0, 1, 2].map((i) => ({
        id: `${key} ${i}`,
        vector: [call, i, 0, 0],
        payload: { call, text: "x".repeat(call % 200) },
      }));
      await collection.upsert(points);
      acknowledged.set(key, call);
      await new Promise((resolve) => setTimeout(resolve, 4));
      if (call % 3 === 0)
        await collection.upsert([{ id: `${key} extra ${call % 30}`, vector: [1, 2, 3, 4] }]);
      if (call % 20 === 0) await collection.delete({ ids: [`${key} extra 0`, `${key} extra 3`] });
    }
  };
  for (const name of names) await store.create(name, schema);
  const writers = names.flatMap((name) => [0, 1, 2].map((number) => writer(name, number)));
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    // Compaction and the giving back of slots are under way when it is taken, and go on meanwhile.
    const tidying = names.map(async (name) => (await store.collection(name, schema)).optimize());
    const before = new Map(acknowledged);
    const path = join(folder, round % 2 === 0 ? `${round}` : `${round}.tar`);
    const { collections } = await store.snapshot(path);
    const after = new Map(begun);
    await Promise.all(tidying);
    await restore(path, `${path} restored`);
    const restored = await openAt(`${path} restored`);
    for (const { name, lsn } of collections) {
      const collection = await restored.collection(name, schema);
      const { lsn: restoredLsn, warnings } = await collection.stats();
      expect(restoredLsn).toBe(lsn);
      expect(warnings).toEqual([]);
      for (const number of [0, 1, 2]) {
        const key = `${name}${number}`;
        const points = await collection.get(
          [0, 1, 2].map((i) => `${key} ${i}`),
          { payload: true, vectors: true },
        );
        const calls = points.map((point) => (point?.payload as { call: number } | undefined)?.call ?? 0);
        expect(new Set(calls).size).toBe(1);
        expect(points.every((point, i) => (point?.vectors?.v?.[0] ?? 0) === calls[i])).toBe(true);
        expect(calls[0]).toBeGreaterThanOrEqual(before.get(key) ?? 0);
        expect(calls[0]).toBeLessThanOrEqual(after.get(key) ?? 0);
      }
    }
    await restored.close();
  }
  isOver = true;
  await Promise.all(writers);
  await store.close();
}, 120_000);

test("writes are acknowledged while a large snapshot is copied", async () => {
  const folder = scratch();
  const store = await openAt(join(folder, "origin"));
  const collection = await store.create("c", schema);
  const some = (first: number) =>
    Array.from({ length: 100 }, (_, i) => ({ id: first + i, vector: [i, 1, 2, 3], payload: { i } }));
  for (let first = 0; first < 3000; first += 100) await collection.upsert(some(first));
  let written = 0;
  let writing: Promise<unknown> = Promise.resolve();
  await store.snapshot(join(folder, "copy"), {
    onProgress: ({ files }) => {
      // The copying waits for nobody here; that a write ends in the middle of it shows that neither does the write.
      if (files.done !== 3) return;
      writing = collection.upsert(some(10_000)).then(() => written++);
    },
  });
  await writing;
  expect(written).toBeGreaterThan(0);
  await store.close();
  await restore(join(folder, "copy"), join(folder, "restored"));
  const restored = await openAt(join(folder, "restored"));
  expect((await (await restored.collection("c")).count()).count).toBe(3000);
  await restored.close();
});

test("collections are created, opened, altered and dropped meanwhile, and the snapshot is of before", async () => {
  const folder = scratch();
  let store = await openAt(join(folder, "origin"));
  for (const name of ["open", "closed", "dropped"]) {
    const collection = await store.create(name, schema);
    await collection.upsert([{ id: 1, vector: [1, 2, 3, 4], payload: { word: name } }]);
  }
  await store.close();
  store = await openAt(join(folder, "origin"));
  await store.collection("open");
  const snapshot = store.snapshot(join(folder, "copy"));
  const others = [
    store.collection("closed").then((collection) => collection.upsert([{ id: 2 }])),
    store.create("new", schema),
    store.alter("open", { addPayload: { word: { type: "keyword" } } }),
    store.drop("dropped"),
    store.setAlias("alias", "open"),
  ];
  await snapshot;
  await Promise.all(others);
  expect(await store.list()).toEqual(["closed", "new", "open"]);
  await store.close();
  await restore(join(folder, "copy"), join(folder, "restored"));
  const restored = await openAt(join(folder, "restored"));
  expect(await restored.list()).toEqual(["closed", "dropped", "open"]);
  expect(await restored.aliases()).toEqual({});
  for (const name of await restored.list()) {
    const [first, later] = await (await restored.collection(name)).get([1, 2]);
    expect(first).toEqual({ id: 1, payload: { word: name } });
    // What is written after the call is in it whole, or not at all.
    if (name === "closed" && later !== undefined) expect(later).toEqual({ id: 2, payload: {} });
    else expect(later).toBeUndefined();
  }
  await restored.close();
});

test("closing the store ends a snapshot, which leaves nothing behind", async () => {
  const folder = scratch();
  const store = await openAt(join(folder, "origin"));
  const collection = await store.create("c", schema);
  await collection.upsert(Array.from({ length: 2000 }, (_, i) => ({ id: i, vector: [i, 1, 2, 3] })));
  const outcome = store
    .snapshot(join(folder, "copy"), { onProgress: () => void store.close() })
    .catch((error: FrancaError) => error);
  expect(await outcome).toMatchObject({ code: "cancelled" });
  await store.close();
  const again = await openAt(join(folder, "origin"));
  expect((await (await again.collection("c")).count()).count).toBe(2000);
  await again.snapshot(join(folder, "copy"));
  await again.close();
});
