/** The Store of the engine: collections, aliases, schemas, and that a database is the same after reopening. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import { defineSchema } from "../../src/model/schema.ts";

const schema = defineSchema({
  vectors: { body: { dimension: 3 } },
  payload: { year: { type: "integer" }, title: { type: "text" } },
});

describe("a store on disk", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "franca-store-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("gives back after reopening what was acknowledged before", async () => {
    const first = await open(folder);
    const written = await first.create("books", schema);
    await written.upsert([
      { id: 1, vector: [1, 2, 3], payload: { year: 1999, title: "one" } },
      { id: "two", vector: [4, 5, 6], payload: { title: "two" } },
      { id: 2n ** 64n - 1n },
    ]);
    await written.update({ ids: [1] }, { setPayload: { year: 2000 } });
    await written.delete({ ids: ["nobody", 2n ** 64n - 1n] });
    const before = await written.get([1, "two", 2n ** 64n - 1n, 4], { vectors: true });
    await first.close();

    const second = await open(folder);
    const read = await second.collection("books", schema);
    expect(await read.get([1, "two", 2n ** 64n - 1n, 4], { vectors: true })).toEqual(before);
    expect(before).toEqual([
      { id: 1, payload: { year: 2000, title: "one" }, vectors: { body: Float32Array.of(1, 2, 3) } },
      { id: "two", payload: { title: "two" }, vectors: { body: Float32Array.of(4, 5, 6) } },
      undefined,
      undefined,
    ]);
    const { hits } = await read.query({ nearest: [4, 5, 6], limit: 1 });
    expect(hits[0]?.id).toBe("two");
    expect((await read.stats()).warnings).toEqual([]);
    await second.close();
  });
});
