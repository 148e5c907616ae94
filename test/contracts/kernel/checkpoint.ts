/** Laws of the graph's checkpoint. */
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { Kernel, VectorIndex, VectorIndexOptions } from "../../../src/engine/kernel.ts";
import { collect, expectExact, inPieces, untimed } from "./answers.ts";
import { clustered, rowsOf } from "./oracle.ts";

const dimension = 16;
const vectors = clustered(800, dimension, 20);
const queries = clustered(20, dimension, 21);
const dataLoss = expect.objectContaining({ code: "data_loss" });

export function checkpointLaws(kernel: Kernel): void {
  const fresh = (options: Partial<VectorIndexOptions> = {}): VectorIndex =>
    kernel.createIndex({ dimension, metric: "cosine", ...options });

  describe("checkpoint", () => {
    let bytes: Uint8Array;
    let source: VectorIndex;

    beforeAll(async () => {
      source = fresh();
      source.put(0, vectors.subarray(0, 600 * dimension));
      for (let slot = 0; slot < 600; slot += 50) source.markDeleted(slot);
      await source.build({ threads: 1 });
      source.put(600, vectors.subarray(600 * dimension));
      bytes = await collect(source.save());
      return () => source.free();
    });

    const filled = (options: Partial<VectorIndexOptions> = {}): VectorIndex => {
      const index = fresh(options);
      index.put(0, vectors);
      for (let slot = 0; slot < 600; slot += 50) index.markDeleted(slot);
      return index;
    };

    it("what is loaded answers as what was saved, and goes on growing", async () => {
      const index = filled();
      await index.load(inPieces(bytes));
      expect([index.indexed, index.pending]).toEqual([588, 200]);
      const options = { k: 10, ef: 16 };
      expect(untimed(await index.search(queries, options))).toEqual(
        untimed(await source.search(queries, options)),
      );
      expect(await collect(index.save())).toEqual(bytes);
      await index.build();
      expect(index.indexed).toBe(788);
      await index.free();
    });

    it("a checkpoint of format 1 is taken up, and saved as format 2", async () => {
      // Made by the kernel at commit 51e046b; native/test/fixtures/fixture.h says from what.
      const old = await readFile(new URL("../../../native/test/fixtures/graph-v1.bin", import.meta.url));
      const index = kernel.createIndex({ dimension: 6, metric: "euclidean", m: 4, efConstruction: 30 });
      for (let slot = 0; slot < 120; slot++) {
        if (slot >= 40 && slot < 50) continue;
        const component = (_: unknown, d: number) =>
          (((slot * 131 + d * 71 + slot * slot * 7 + slot * d * 13) % 251) - 125) / 64;
        index.put(slot, Float32Array.from({ length: 6 }, component));
        const diedLater = slot < 100 && slot % 17 === 3;
        if (slot === 1 || slot % 9 === 4 || diedLater) index.markDeleted(slot);
      }
      await index.load(inPieces(old, 100));
      expect([index.indexed, index.deletedInGraph, index.pending]).toEqual([80, 6, 18]);
      const saved = await collect(index.save());
      expect([old.readUInt32LE(8), Buffer.from(saved).readUInt32LE(8)]).toEqual([1, 2]);
      await index.repair();
      await index.build();
      expect([index.indexed, index.deletedInGraph, index.pending]).toEqual([92, 0, 0]);
      await index.free();
    });

    it("an empty graph can be saved and loaded too", async () => {
      const index = filled();
      const empty = await collect(index.save());
      expect(empty.length).toBeGreaterThan(0);
      await index.load(inPieces(empty));
      expect(index.indexed).toBe(0);
      await index.free();
    });

    it("damaged bytes are refused wherever the damage is, and the index is as before", async () => {
      const index = filled();
      const rows = rowsOf(vectors, dimension);
      for (let slot = 0; slot < 600; slot += 50) rows.delete(slot);
      for (let at = 0; at < bytes.length; at = Math.ceil(at * 1.02) + 1) {
        const damaged = bytes.slice();
        damaged[at]! ^= 1 << (at % 8);
        await expect(index.load(inPieces(damaged, 50_000)), `byte ${at}`).rejects.toEqual(dataLoss);
      }
      for (const length of [0, 1, 7, 100, bytes.length >> 1, bytes.length - 1]) {
        await expect(index.load(inPieces(bytes.subarray(0, length)))).rejects.toEqual(dataLoss);
      }
      for (const added of [1, 3, 4]) {
        const longer = Uint8Array.from([...bytes, ...new Uint8Array(added)]);
        await expect(index.load(inPieces(longer))).rejects.toEqual(dataLoss);
      }
      expect(index.indexed).toBe(0);
      expectExact(index, await index.search(queries, { k: 10 }), rows, queries, 10);
      await index.load(inPieces(bytes));
      expect(index.indexed).toBe(588);
      await index.free();
    });

    it("a failed load leaves a graph that was there in place", async () => {
      const index = filled();
      await index.build({ threads: 1 });
      const before = untimed(await index.search(queries, { k: 10 }));
      await expect(index.load(inPieces(bytes.subarray(0, 1000)))).rejects.toEqual(dataLoss);
      expect(index.indexed).toBe(788);
      expect(untimed(await index.search(queries, { k: 10 }))).toEqual(before);
      await index.free();
    });

    it("the checkpoint of another index is refused", async () => {
      for (const options of [{ metric: "euclidean" as const }, { m: 8 }]) {
        const other = filled(options);
        await expect(other.load(inPieces(bytes))).rejects.toEqual(dataLoss);
        await other.free();
      }
      const narrow = fresh({ dimension: dimension / 2 });
      narrow.put(0, vectors);
      await expect(narrow.load(inPieces(bytes))).rejects.toEqual(dataLoss);
      await narrow.free();
      const lacking = fresh();
      lacking.put(0, vectors.subarray(0, 300 * dimension));
      await expect(lacking.load(inPieces(bytes))).rejects.toEqual(dataLoss);
      await lacking.free();
    });

    it("a source that fails while loading fails the load with its own error", async () => {
      const index = filled();
      async function* broken() {
        yield bytes.subarray(0, 100);
        throw new Error("disk");
      }
      await expect(index.load(broken())).rejects.toThrow("disk");
      expect(index.indexed).toBe(0);
      await index.build();
      await index.free();
    });

    it("a build waits until a save has ended, also one that is given up half way", async () => {
      const index = filled();
      await index.build();
      const order: string[] = [];
      let build: Promise<unknown> | undefined;
      for await (const piece of index.save()) {
        expect(piece.length).toBeGreaterThan(0);
        index.put(index.slots, vectors.subarray(0, dimension));
        build = index.build().then(() => order.push("build"));
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push("save");
        break;
      }
      await build;
      expect(order).toEqual(["save", "build"]);
      await index.free();
    });
  });
}
