/** Files that are not what they should be: a typed error that names line or row, and what to do. */
import { expect, test } from "vitest";
import { open } from "../../src/engine/open.ts";
import type { FrancaError } from "../../src/errors.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { Store } from "../../src/store.ts";
import { exportCollection, type ImportOptions, importCollection } from "../../src/transfer/transfer.ts";
import { everything, memorySink, memorySource } from "./pieces.ts";

async function withStore(act: (store: Store) => Promise<void>): Promise<void> {
  const store = await open(":memory:");
  await act(store).finally(() => store.close());
}

const schema = { vectors: { v: { dimension: 2 } } };
const failure = (
  store: Store,
  file: string | Uint8Array,
  options: ImportOptions = {},
): Promise<FrancaError> =>
  importCollection(store, "c", memorySource(file), { schema, ...options }).then(
    () => Promise.reject(new Error("it was imported")),
    (error: FrancaError) => error,
  );

test.each([
  ["no JSON", "{", "one JSON object"],
  ["no object", "[1]", "one JSON object"],
  ["no id", '{"vector":[1,2]}', "a point"],
  ["a bad id", '{"id":1.5}', "an id"],
  ["an id beyond 2^64", '{"id":18446744073709551616}', "an id"],
  ["a vector too short", '{"id":7,"vector":[1]}', "2 components"],
  ["a vector with null", '{"id":7,"vector":[1,null]}', "a number that is finite"],
  ["a component beyond float32", '{"id":7,"vector":[1,1e39]}', "a number that is finite"],
  ["an unknown key", '{"id":7,"vec":[1,2]}', "only `id`"],
  ["an unknown vector field", '{"id":7,"vectors":{"w":[1,2]}}', "vector fields among v"],
])("a line with %s is named, and all lines before it are written", (_, line, expected) =>
  withStore(async (store) => {
    const good = (i: number): string => `{"id":${i},"vector":[1,${i}]}`;
    const lines = [...Array.from({ length: 10 }, (_, i) => good(i)), "", line, ...[11, 12].map(good)];
    const error = await failure(store, `${lines.join("\n")}\n`);
    expect(error.message).toContain(expected);
    expect(error.message).toMatch(/^line 12: /);
    expect(error).toMatchObject({ code: "invalid_argument", details: { line: 12 } });
    expect((await (await store.collection("c")).count()).count).toBe(10);
  }),
);

test("bytes that are no UTF-8 are refused with their line, and a byte order mark at the start is no matter", () =>
  withStore(async (store) => {
    const bad = Buffer.concat([Buffer.from('{"id":1}\n{"id":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    expect(await failure(store, bad)).toMatchObject({ code: "invalid_argument", details: { line: 2 } });
    await importCollection(store, "c", memorySource('\ufeff{"id":1}\r\n\r\n{"id":2}'), { schema });
    expect((await everything(await store.collection("c"))).map(({ id }) => id)).toEqual([1, 2]);
  }));

test("an export that was cut short anywhere is not taken for a whole one", () =>
  withStore(async (store) => {
    const origin = await store.create("origin", schema);
    await origin.upsert(Array.from({ length: 5 }, (_, i) => ({ id: i, vector: [i, 1], payload: { i } })));
    for (const format of ["jsonl", "parquet"] as const) {
      const { sink, bytes } = memorySink();
      await exportCollection(origin, sink, { format });
      const whole = bytes();
      const last = whole.lastIndexOf(10, whole.length - 2);
      const cuts = format === "jsonl" ? [last + 1, last, last - 4, last + 5] : [whole.length - 1, 100, 5];
      for (const cut of cuts) {
        const error = await failure(store, whole.subarray(0, cut), { format });
        expect(["data_loss", "invalid_argument"]).toContain(error.code);
      }
    }
  }));

test("an export of a newer Franca is refused", () =>
  withStore(async (store) => {
    const header = '{"franca":"collection","version":2,"name":"c","schema":{"vectors":{}}}';
    expect(await failure(store, header)).toMatchObject({ code: "failed_precondition" });
  }));

test("a file whose vectors do not fit the collection is refused before anything is written", () =>
  withStore(async (store) => {
    const origin = await store.create("origin", schema);
    await origin.upsert([{ id: 1, vector: [1, 2] }]);
    const { sink, bytes } = memorySink();
    await exportCollection(origin, sink);
    const others: CollectionSchema["vectors"][] = [{ w: { dimension: 2 } }, { v: { dimension: 3 } }];
    for (const vectors of others) {
      const other = await store.create(`other ${Object.keys(vectors)[0]}`, { vectors });
      const error = await importCollection(store, other.name, memorySource(bytes())).catch((e) => e);
      expect(error).toMatchObject({ code: "failed_precondition" });
      expect((await other.count()).count).toBe(0);
    }
  }));

test("ids that are there are replaced, skipped or an error, as asked", () =>
  withStore(async (store) => {
    const held = async () => (await everything(await store.collection("c"))).map(({ payload }) => payload.n);
    const file =
      '{"id":1,"payload":{"n":"new"}}\n{"id":2,"payload":{"n":"new"}}\n{"id":2,"payload":{"n":"last"}}';
    const again = async (onConflict: "replace" | "skip" | "error") => {
      await store.drop("c");
      const collection = await store.create("c", schema);
      await collection.upsert([{ id: 1, payload: { n: "old" } }]);
      return importCollection(store, "c", memorySource(file), { onConflict });
    };
    expect(await again("replace")).toMatchObject({ points: 3, skipped: 0 });
    expect(await held()).toEqual(["new", "last"]);
    expect(await again("skip")).toMatchObject({ points: 1, skipped: 2 });
    expect(await held()).toEqual(["old", "new"]);
    await expect(again("error")).rejects.toMatchObject({ code: "already_exists", details: { line: 1 } });
    expect(await held()).toEqual(["old"]);
  }));

test("an import that was cancelled tells how far it came, and the next one completes it", () =>
  withStore(async (store) => {
    const file = Array.from({ length: 50 }, (_, i) => `{"id":${i},"vector":[1,${i}]}`).join("\n");
    const stop = new AbortController();
    const options = { schema, batchSize: 10, signal: stop.signal, onProgress: () => stop.abort() };
    const error = await importCollection(store, "c", memorySource(file), options).catch((e) => e);
    expect(error).toMatchObject({ code: "cancelled", details: { report: { points: 10 } } });
    await importCollection(store, "c", memorySource(file));
    expect((await (await store.collection("c")).count()).count).toBe(50);
  }));
