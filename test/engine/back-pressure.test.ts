/** Writers that outrun the disk are told so, in bounded memory; whoever awaits never notices. */
import { expect, it } from "vitest";
import { memoryDirectory } from "../../src/engine/files/memory.ts";
import { openOn } from "./opened.ts";

const waitingBytes = 20_000;
const point = (id: number) => ({ id, vector: new Float32Array(100).fill(id) });

it("refuses writes beyond what may wait, has none of them, and goes on when the rest is written", async () => {
  const store = await openOn(memoryDirectory(), { waitingBytes });
  const things = await store.create("things", { vectors: { v: { dimension: 100 } } });
  const results = await Promise.allSettled(
    Array.from({ length: 200 }, (_, id) => things.upsert([point(id)])),
  );
  const accepted = results.flatMap(({ status }, id) => (status === "fulfilled" ? [id] : []));
  expect(accepted.length).toBeGreaterThan(20);
  expect(accepted.length).toBeLessThan(80);
  for (const result of results) {
    if (result.status === "fulfilled") continue;
    expect(result.reason).toMatchObject({
      code: "resource_exhausted",
      message: /await earlier writes/,
      details: { outcome: "undone", mostBytes: waitingBytes },
    });
  }
  expect((await things.scroll({ limit: 1000 })).points.map(({ id }) => id)).toEqual(accepted);
  await things.upsert([point(1000)]);
  expect((await things.count()).count).toBe(accepted.length + 1);
  await store.close();
});

it("takes a single write of any size, and any number that are awaited", async () => {
  const store = await openOn(memoryDirectory(), { waitingBytes });
  const things = await store.create("things", { vectors: { v: { dimension: 100 } } });
  await things.upsert(Array.from({ length: 500 }, (_, id) => point(id)));
  for (let id = 500; id < 700; id++) await things.upsert([point(id)]);
  expect((await things.count()).count).toBe(700);
  await store.close();
});
