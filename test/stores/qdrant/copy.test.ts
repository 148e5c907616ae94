/** Copies into a Qdrant and out of it are equal to their sources, to the last bit: engine → Qdrant → engine. */
import { expect, onTestFinished, test } from "vitest";
import type { Store } from "../../../src/store.ts";
import { qdrant } from "../../../src/stores/qdrant.ts";
import { startServer } from "../../../src/testing/testing.ts";
import { copyStore, planCopy, verifyCopy } from "../../../src/transfer/transfer.ts";
import { filled, memory } from "../../transfer/copied.ts";
import { python, withoutPython } from "../../wire/python.ts";
import { localServer } from "./local-server.ts";

async function francas() {
  const server = await startServer();
  return { url: server.urls.qdrant!, stop: () => server.stop() };
}

async function storeAt(make: typeof localServer): Promise<Store> {
  const server = await make();
  const store = qdrant({ url: server.url, batchBytes: 64 * 1024 });
  onTestFinished(async () => {
    await store.close();
    await server.stop();
  });
  return store;
}

const places: [name: string, isThere: boolean, make: typeof localServer][] = [
  ["a Qdrant (Franca's own)", true, francas],
  ["a Qdrant (the local mode of its own makers)", python !== undefined, localServer],
];

test.for(places)(
  "engine to %s to engine: ids of every kind, payloads, vectors and aliases come back as they were",
  {
    timeout: 60_000,
  },
  async ([, isThere, make], { skip }) => {
    if (!isThere) skip(withoutPython);
    const [first, between, last] = [await memory(), await storeAt(make), await memory()];
    await filled(first, "many", 1_500);
    await first.create("kinds", {
      vectors: {},
      sparse: { words: { modifier: "idf" } },
      multi: { rows: { dimension: 2 } },
    });
    await (await first.collection("kinds")).upsert([
      { id: -7, sparse: { words: { indices: [9, 2], values: [-0, 1.5] } } },
      {
        id: "6f1d2a0b-5c8e-4f37-9a41-d370e296b814",
        multi: {
          rows: [
            [3, 4],
            [0, -0],
          ],
        },
      },
    ]);
    await first.setAlias("lots", "many");

    const plan = await planCopy(first, between);
    expect(plan.losses.map(({ kind }) => kind)).toEqual(["text"]);
    const there = await copyStore(first, between, { batchSize: 170, allowLoss: ["text"] });
    expect(there.verified?.collections.flatMap(({ reasons }) => reasons)).toEqual([]);
    const back = await copyStore(between, last, { batchSize: 300 });
    expect(back.verified?.collections.flatMap(({ reasons }) => reasons)).toEqual([]);
    expect(await last.aliases()).toEqual({ lots: "many" });
    expect((await verifyCopy(first, last)).isEqual).toBe(true);
    // Texts that Qdrant cuts as they are declared are declared there too.
    const { payload } = (await first.describe("kinds")).schema;
    expect((await last.describe("kinds")).schema.payload).toEqual(payload);
    const declared = (await first.describe("many")).schema.payload!;
    expect((await last.describe("many")).schema.payload).toEqual({ year: declared.year });
  },
);

test("a collection that others made in a Qdrant is copied with what Qdrant tells of it", async () => {
  const server = await startServer();
  const { QdrantClient } = await import("@qdrant/js-client-rest");
  const client = new QdrantClient({ url: server.urls.qdrant!, checkCompatibility: false });
  await client.createCollection("theirs", {
    vectors: { size: 3, distance: "Cosine" },
    sparse_vectors: { words: { modifier: "idf" } },
  });
  await client.createPayloadIndex("theirs", { field_name: "year", field_schema: "integer", wait: true });
  await client.upsert("theirs", {
    wait: true,
    points: [
      { id: 1, vector: { "": [3, 4, 0], words: { indices: [5], values: [2] } }, payload: { year: 1999 } },
      { id: "6f1d2a0b-5c8e-4f37-9a41-d370e296b814", vector: {}, payload: { year: "unknown" } },
    ],
  });
  const source = qdrant({ url: server.urls.qdrant! });
  const target = await memory();
  const report = await copyStore(source, target);
  expect(report.verified?.collections.flatMap(({ reasons }) => reasons)).toEqual([]);
  const copied = await target.collection("theirs");
  expect(copied.schema).toMatchObject({
    vectors: { vector: { dimension: 3, metric: "cosine" } },
    sparse: { words: { modifier: "idf" } },
    payload: { year: { type: "integer", lenient: true } },
    paths: "explicit",
  });
  expect(await copied.get([1], { vectors: true })).toEqual([
    {
      id: 1,
      payload: { year: 1999 },
      vectors: { vector: new Float32Array([0.6, 0.8, 0]) },
      sparse: { words: { indices: new Uint32Array([5]), values: new Float32Array([2]) } },
    },
  ]);
  await source.close();
  await server.stop();
});
