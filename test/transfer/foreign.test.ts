/** Files of other programs: Parquet as pyarrow writes it (fixtures/foreign.py), JSON Lines of any shape. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { open } from "../../src/engine/open.ts";
import type { Store } from "../../src/store.ts";
import { type ImportOptions, importCollection, importFile } from "../../src/transfer/transfer.ts";
import { memorySource } from "./pieces.ts";

const fixture = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}.parquet`, import.meta.url));

async function withStore(act: (store: Store) => Promise<void>): Promise<void> {
  const store = await open(":memory:");
  await act(store).finally(() => store.close());
}

describe("Parquet", () => {
  test.each(["pages-v1", "pages-v2", "plain"])(
    "%s: lists of floats are vectors, the rest is payload",
    (name) =>
      withStore(async (store) => {
        const options: ImportOptions = { columns: { id: "doc" }, metric: "euclidean" };
        expect(await importFile(store, "c", fixture(name), options)).toMatchObject({ points: 60 });
        const collection = await store.collection("c", {
          vectors: {
            emb: { dimension: 4, metric: "euclidean" },
            fixed: { dimension: 2, metric: "euclidean" },
          },
        });
        const ids = Array.from({ length: 60 }, (_, i) => 2n ** 63n + BigInt(i));
        const points = await collection.get(ids, { vectors: true, payload: true });
        points.forEach((point, i) => {
          expect(point!.vectors?.emb).toEqual(
            i % 11 === 3 ? undefined : Float32Array.from([i, -i || 0, 0.1, 1 / 3]),
          );
          expect(point!.vectors?.fixed).toEqual(Float32Array.from([i / 8, 0.5]));
          expect(point!.payload).toEqual({
            title: i % 5 === 0 ? null : `title ${i}`,
            big: String(2n ** 60n + BigInt(i)),
            when: new Date(Date.UTC(2024, 0, 1, 0, 0, i)).toISOString(),
            tags: Array.from({ length: i % 3 }, (_, j) => `t${j}`),
            meta: { a: i, b: { c: [i, i + 1] } },
            x: i % 7 === 0 ? null : i / 3,
          });
        });
      }),
  );

  test("only the columns that are asked for are taken, and names that are not there are refused", () =>
    withStore(async (store) => {
      const columns = { id: "doc", vectors: { v: "fixed" }, payload: ["title"] };
      await importFile(store, "c", fixture("plain"), { columns });
      const [point] = await (await store.collection("c")).get([2n ** 63n], { vectors: true, payload: true });
      expect(point).toEqual({
        id: 2n ** 63n,
        payload: { title: null },
        vectors: { v: Float32Array.of(0, 0.5) },
      });
      for (const wrong of [{ id: "doc", vectors: { v: "embedding" } }, { id: "doc", payload: ["a"] }, {}]) {
        await expect(importFile(store, "d", fixture("plain"), { columns: wrong })).rejects.toMatchObject({
          code: "invalid_argument",
        });
      }
    }));

  test("a codec that cannot be unpacked is unimplemented, and the message says what to do", () =>
    withStore(async (store) => {
      const options = { columns: { id: "doc" }, decompressors: {} };
      await expect(importFile(store, "c", fixture("zstd"), options)).rejects.toMatchObject({
        code: "unimplemented",
        message: expect.stringContaining("write it again with Snappy"),
      });
    }));
});

test("JSON Lines of any shape are read by columns", () =>
  withStore(async (store) => {
    const file = ['{"_id":18446744073709551615,"e":[1,2],"t":"a"}', '{"t":"b","n":{"m":1},"_id":"x"}'].join(
      "\n",
    );
    await importCollection(store, "c", memorySource(file), { columns: { id: "_id", vectors: { v: "e" } } });
    const collection = await store.collection("c", { vectors: { v: { dimension: 2 } } });
    expect(await collection.get([2n ** 64n - 1n, "x"], { vectors: true, payload: true })).toEqual([
      { id: 2n ** 64n - 1n, payload: { t: "a" }, vectors: { v: Float32Array.of(1, 2) } },
      { id: "x", payload: { t: "b", n: { m: 1 } }, vectors: {} },
    ]);
  }));
