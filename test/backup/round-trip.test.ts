/** A snapshot that is restored is the database as it was, in either form. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { restore, verifySnapshot } from "../../src/engine/backup/backup.ts";
import { open } from "../../src/engine/open.ts";
import { pointArbitrary, schema } from "../oracle/arbitrary-points.ts";
import { bytesBelow, contentOf, openAt, scratch } from "./folders.ts";

const forms = ["copy", "copy.tar", "copy.tar.gz"] as const;

describe.each(forms)("as %s", (form) => {
  test("any collections come back with schemas, aliases, payloads and every bit of their vectors", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.array(pointArbitrary, { maxLength: 5 }), { maxLength: 4 }), { maxLength: 3 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 3 }),
        async (collections, reopens, deleted) => {
          const folder = scratch();
          let store = await openAt(join(folder, "origin"));
          for (const [i, writes] of collections.entries()) {
            const collection = await store.create(`collection ${i}`, schema);
            for (const points of writes) await collection.upsert(points as never);
            await collection.delete({ ids: (writes[0] ?? []).slice(0, deleted).map(({ id }) => id) });
            await store.setAlias(`alias ${i}`, `collection ${i}`);
          }
          const content = await contentOf(store);
          if (reopens) {
            // Nothing is open then, or only the first.
            await store.close();
            store = await openAt(join(folder, "origin"));
            if (deleted > 0 && collections.length > 0) await store.collection("collection 0");
          }
          const taken = await store.snapshot(join(folder, form));
          const whole = await verifySnapshot(join(folder, form));
          expect(whole).toMatchObject(taken);
          expect(await contentOf(store)).toEqual(content);
          await store.close();
          expect(await restore(join(folder, form), join(folder, "restored"))).toEqual(whole);
          const restored = await openAt(join(folder, "restored"));
          expect(await contentOf(restored)).toEqual(content);
          for (const name of await restored.list()) {
            const { warnings } = await (await restored.collection(name)).stats();
            expect(warnings).toEqual([]);
          }
          await restored.close();
          expect(readdirSync(folder).sort()).toEqual([form, "origin", "restored"].sort());
        },
      ),
      { numRuns: 12 },
    ));

  test("graphs and checkpoints are in it: what is restored is opened without building or replaying", async () => {
    const folder = scratch();
    const store = await open(join(folder, "origin"));
    const collection = await store.create("c", { vectors: { v: { dimension: 8 } } });
    const point = (i: number) => ({
      id: i,
      vector: Float32Array.from({ length: 8 }, (_, k) => Math.sin(i * 8 + k)),
      payload: { i },
    });
    await collection.upsert(Array.from({ length: 5000 }, (_, i) => point(i)));
    await collection.optimize();
    await collection.upsert([point(5000)]);
    await store.snapshot(join(folder, form));
    await store.close();
    await restore(join(folder, form), join(folder, "restored"));
    const restored = await open(join(folder, "restored"));
    const copy = await restored.collection("c");
    const { vectors, points, warnings } = await copy.stats();
    expect(warnings).toEqual([]);
    expect(points).toBe(5001);
    expect(vectors.v!.indexed).toBeGreaterThanOrEqual(5000);
    expect((await copy.query({ nearest: point(77).vector, limit: 1 })).hits[0]!.id).toBe(77);
    await restored.close();
  });
});

test("a database in memory goes to disk by a snapshot", async () => {
  const folder = scratch();
  const store = await open(":memory:");
  const collection = await store.create("c", { vectors: { v: { dimension: 2 } } });
  await collection.upsert([{ id: "a", vector: [1, 2], payload: { x: 1 } }]);
  const content = await contentOf(store);
  await store.snapshot(join(folder, "copy"));
  await store.close();
  await restore(join(folder, "copy"), join(folder, "deep", "er", "db"));
  const restored = await open(join(folder, "deep", "er", "db"));
  expect(await contentOf(restored)).toEqual(content);
  await restored.close();
});

test("a snapshot is not opened as a database, so that it stays what it is", async () => {
  const folder = scratch();
  const store = await open(join(folder, "origin"));
  await store.create("c", { vectors: {} });
  await store.snapshot(join(folder, "copy"));
  await store.close();
  const before = bytesBelow(join(folder, "copy"));
  await expect(open(join(folder, "copy"))).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("restore it"),
  });
  expect(bytesBelow(join(folder, "copy"))).toEqual(before);
});

test("nothing is overwritten: neither by a snapshot nor by restoring one", async () => {
  const folder = scratch();
  const store = await open(join(folder, "origin"));
  await store.create("c", { vectors: {} });
  for (const form of forms) {
    await store.snapshot(join(folder, form));
    await expect(store.snapshot(join(folder, form))).rejects.toMatchObject({ code: "already_exists" });
    const before = bytesBelow(join(folder, "origin"));
    await expect(restore(join(folder, form), join(folder, "origin"))).rejects.toMatchObject({
      code: "already_exists",
    });
    expect(bytesBelow(join(folder, "origin"))).toEqual(before);
  }
  await store.close();
  await expect(restore(join(folder, "nothing"), join(folder, "x"))).rejects.toMatchObject({
    code: "not_found",
  });
  expect(existsSync(join(folder, "x"))).toBe(false);
});
