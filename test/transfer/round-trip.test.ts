/** What is exported and imported again is the same to the last bit, in both formats, over any Store. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { open } from "../../src/engine/open.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { Store } from "../../src/store.ts";
import { exportCollection, exportFile, importCollection, importFile } from "../../src/transfer/transfer.ts";
import { pointArbitrary, schema } from "../oracle/arbitrary-points.ts";
import { everything, memorySink, memorySource, stream } from "./pieces.ts";

const float = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e-45, -1.17549435e-38, 3.4028234663852886e38, 0.1, 1 / 3, 16777217, -1e-10),
);
const awkward: CollectionSchema = {
  vectors: { "a.b": { dimension: 3, metric: "dot" }, list: { dimension: 1, metric: "euclidean" } },
};
const awkwardPoint = fc.record({
  id: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.maxSafeInteger(),
    fc.constantFrom(2n ** 64n - 1n, -(2n ** 63n), 2n ** 53n, 2n ** 53n + 1n, "1", "\u2028", "\ufeff", "id"),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
  ),
  vectors: fc.record(
    {
      "a.b": fc.array(float, { minLength: 3, maxLength: 3 }).map((x) => Float32Array.from(x)),
      list: fc.array(float, { minLength: 1, maxLength: 1 }).map((x) => Float32Array.from(x)),
    },
    { requiredKeys: [] },
  ),
  payload: fc.dictionary(
    // The one key that is refused.
    fc.string({ unit: "binary", maxLength: 6 }).filter((key) => key !== "\u0000"),
    fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }) as fc.Arbitrary<null>,
    { maxKeys: 4, noNullPrototype: true },
  ),
});

/** Parquet files hold no others. */
const { sparse: _, multi: __, ...dense } = schema;
const densePoint = pointArbitrary.map(({ id, vectors, payload }) => ({ id, vectors, payload }));

async function twice(act: (from: Store, to: Store) => Promise<void>): Promise<void> {
  const from = await open(":memory:");
  const to = await open(":memory:");
  await act(from, to).finally(() => Promise.all([from.close(), to.close()]));
}

for (const format of ["jsonl", "parquet"] as const) {
  test(`${format}: every point comes back with its payload and every bit of its vectors`, () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.record({
            schema: fc.constant(format === "jsonl" ? schema : dense),
            points: fc.array(format === "jsonl" ? pointArbitrary : densePoint, { maxLength: 12 }),
          }),
          fc.record({ schema: fc.constant(awkward), points: fc.array(awkwardPoint, { maxLength: 12 }) }),
        ),
        fc.integer({ min: 1, max: 70 }),
        async ({ schema, points }, pieceBytes) =>
          twice(async (from, to) => {
            const origin = await from.create("origin", schema);
            await origin.upsert(points as never);
            const { sink, bytes } = memorySink();
            const written = await exportCollection(origin, sink, { format });
            expect(written.bytes).toBe(bytes().length);
            const source =
              format === "jsonl" && pieceBytes % 2 === 0
                ? stream(bytes(), pieceBytes)
                : memorySource(bytes());
            const report = await importCollection(to, undefined, source, { batchSize: 5 });
            const copy = await to.collection("origin", schema);
            expect(await everything(copy)).toEqual(await everything(origin));
            expect(report).toEqual({
              collection: "origin",
              created: true,
              points: written.points,
              skipped: 0,
            });
          }),
      ),
      { numRuns: 60 },
    ));

  test(`${format}: thousands of points go through in pages, row groups and batches; again changes nothing`, async () =>
    twice(async (from, to) => {
      const origin = await from.create("many", { vectors: { v: { dimension: 700, metric: "dot" } } });
      for (let first = 0; first < 6000; first += 1000) {
        await origin.upsert(
          Array.from({ length: 1000 }, (_, i) => ({
            id: first + i,
            payload: { i: first + i, text: "x".repeat((first + i) % 300) },
            ...((first + i) % 7 !== 0 && {
              vector: Float32Array.from({ length: 700 }, (_, k) => Math.sin(first + i * 31 + k)),
            }),
          })),
        );
      }
      const { sink, bytes } = memorySink();
      const told: number[] = [];
      await exportCollection(origin, sink, { format, onProgress: ({ fraction }) => told.push(fraction!) });
      expect(told.length).toBeGreaterThan(5);
      expect(told.at(-1)).toBe(1);
      for (const created of [true, false]) {
        const source = memorySource(bytes());
        const report = await importCollection(to, "copy", source, { batchSize: 700 });
        expect(report).toEqual({ collection: "copy", created, points: 6000, skipped: 0 });
        expect(await everything(await to.collection("copy"))).toEqual(await everything(origin));
      }
    }));
}

test.each(["x.jsonl", "x.jsonl.gz", "x.parquet"])("a collection comes back from the file %s", async (name) =>
  twice(async (from, to) => {
    const folder = mkdtempSync(join(tmpdir(), "franca-transfer-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const origin = await from.create("things", { vectors: { v: { dimension: 2 } } });
    await origin.upsert([{ id: 1, vector: [1, 2], payload: { a: [1, { b: null }] } }, { id: "one" }]);
    await exportFile(origin, join(folder, name));
    await importFile(to, undefined, join(folder, name));
    expect(await everything(await to.collection("things"))).toEqual(await everything(origin));
    await expect(exportFile(origin, join(folder, name))).rejects.toMatchObject({ code: "already_exists" });
    await exportFile(origin, join(folder, name), { overwrite: true, filter: { ids: [1] } as never });
  }),
);

test("sparse and multi vectors are refused by Parquet, and no file is left", () =>
  twice(async (from) => {
    const folder = mkdtempSync(join(tmpdir(), "franca-transfer-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const origin = await from.create("things", { vectors: {}, sparse: { s: {} } });
    await expect(exportFile(origin, join(folder, "x.parquet"))).rejects.toMatchObject({
      code: "unimplemented",
      message: expect.stringContaining("jsonl"),
    });
    expect(readdirSync(folder)).toEqual([]);
  }));

test("lines of other programs may have sparse and multi vectors: the collection is made with their fields", () =>
  twice(async (_, to) => {
    const lines = [
      '{"id":1,"sparse":{"s":{"indices":[7],"values":[0.5]}},"multi":{"m":[[1,2],[3,4]]}}',
      '{"id":2,"vectors":{},"payload":{"a":1}}',
    ];
    await importCollection(to, "made", memorySource(lines.join("\n")));
    const made = await to.collection("made");
    expect(made.schema).toEqual({ vectors: {}, sparse: { s: {} }, multi: { m: { dimension: 2 } } });
    const { hits } = await made.query({ nearest: { indices: [7], values: [2] }, field: "s" });
    expect(hits.map(({ id, score }) => [id, score])).toEqual([[1, 1]]);
  }));
