/** Laws of what an index holds: slots, refusals, deletions. */
import { describe, expect, it } from "vitest";
import type { Kernel, VectorIndexOptions } from "../../../src/engine/kernel.ts";
import { expectExact, slotsOf } from "./answers.ts";
import { clustered, rowsOf } from "./oracle.ts";

const refused = expect.objectContaining({ code: "invalid_argument" });

export function storageLaws(kernel: Kernel): void {
  const create = (options: Partial<VectorIndexOptions> = {}) =>
    kernel.createIndex({ dimension: 4, metric: "euclidean", ...options });

  describe("storage", () => {
    it("refuses options out of range, and says which", () => {
      const cases: [Partial<VectorIndexOptions>, RegExp][] = [
        [{ dimension: 0 }, /dimension/],
        [{ dimension: 65_537 }, /dimension/],
        [{ dimension: 1.5 }, /dimension/],
        [{ metric: "hamming" as never }, /metric/],
        [{ m: 1 }, /\bm\b/],
        [{ m: 65 }, /\bm\b/],
        [{ efConstruction: 7 }, /efConstruction/],
        [{ efConstruction: 4097 }, /efConstruction/],
        [{ seed: -1 }, /seed/],
      ];
      for (const [options, message] of cases) {
        expect(() => create(options)).toThrow(refused);
        expect(() => create(options)).toThrow(message);
      }
    });

    it("refuses NaN and infinities, names the place, and changes nothing", async () => {
      const index = create();
      index.put(0, new Float32Array(8).fill(1));
      for (const bad of [NaN, Infinity, -Infinity]) {
        const vectors = new Float32Array(12).fill(2);
        vectors[9] = bad;
        expect(() => index.put(2, vectors)).toThrow(refused);
        expect(() => index.put(2, vectors)).toThrow(/component 1 of row 2/);
        await expect(index.search(vectors.subarray(8), { k: 1 })).rejects.toThrow(
          /queries.*component 1 of row 0/,
        );
        expect(() => index.searchSync(vectors.subarray(8), { k: 1 })).toThrow(refused);
      }
      expect(index.slots).toBe(2);
      expect(slotsOf(await index.search(new Float32Array(4), { k: 10 }))).toEqual([0, 1]);
      index.put(2, new Float32Array(4));
      await index.free();
    });

    it("refuses rows of another dimension, slots out of range, and things that are no rows", () => {
      const index = create();
      expect(() => index.put(0, new Float32Array(5))).toThrow(/rows of 4.*5/);
      expect(() => index.put(-1, new Float32Array(4))).toThrow(refused);
      expect(() => index.put(0.5, new Float32Array(4))).toThrow(refused);
      expect(() => index.put(2 ** 31 - 1, new Float32Array(8))).toThrow(refused);
      expect(() => index.put(0, [1, 2, 3, 4] as never)).toThrow(refused);
      expect(() => index.put(0, new Float64Array(4) as never)).toThrow(refused);
      expect(index.slots).toBe(0);
    });

    it("refuses to write a slot twice, and the rows that came with it", async () => {
      const index = create();
      index.put(5, new Float32Array([1, 0, 0, 0]));
      expect(() => index.put(5, new Float32Array(4))).toThrow(/written before/);
      expect(() => index.put(3, new Float32Array(16))).toThrow(refused);
      expect(slotsOf(await index.search(new Float32Array(4), { k: 10 }))).toEqual([5]);
      index.markDeleted(5);
      expect(() => index.put(5, new Float32Array(4))).toThrow(refused);
      index.put(3, new Float32Array(8));
      expect(slotsOf(await index.search(new Float32Array(4), { k: 10 }))).toEqual([3, 4]);
      await index.free();
    });

    it("never finds a slot that was skipped, and finds it once it is written, graph or not", async () => {
      const index = create({ dimension: 8 });
      const vectors = clustered(300, 8, 1);
      const queries = vectors.subarray(0, 8 * 20);
      const rows = rowsOf(vectors, 8);
      const later = [...rows.keys()].filter((slot) => slot % 7 === 3);
      const held = new Map([...rows].filter(([slot]) => slot % 7 !== 3));
      for (const [slot, row] of held) index.put(slot, row);
      expectExact(index, await index.search(queries, { k: 300, exact: true }), held, queries, 300);
      await index.build();
      expectExact(index, await index.search(queries, { k: 300, ef: 400 }), held, queries, 300);
      for (const slot of later) index.put(slot, rows.get(slot)!);
      expectExact(index, await index.search(queries, { k: 300, ef: 400 }), rows, queries, 300);
      await index.build();
      expectExact(index, await index.search(queries, { k: 300, ef: 400 }), rows, queries, 300);
      await index.free();
    });

    it("starts anywhere: a high first slot costs no rows below it", async () => {
      const index = create();
      index.put(100_000, new Float32Array([1, 2, 3, 4]));
      expect(index.slots).toBe(100_001);
      expect(slotsOf(await index.search(new Float32Array(4), { k: 3 }))).toEqual([100_000]);
      await index.build();
      expect(slotsOf(await index.search(new Float32Array(4), { k: 3 }))).toEqual([100_000]);
      await index.free();
    });

    it("a deleted slot is skipped from now on; deleting again is no error, deleting what never was is one", async () => {
      const index = create({ dimension: 8 });
      const vectors = clustered(200, 8, 2);
      const queries = vectors.subarray(0, 8 * 20);
      const rows = rowsOf(vectors, 8);
      index.put(0, vectors);
      const drop = (slot: number) => {
        index.markDeleted(slot);
        index.markDeleted(slot);
        rows.delete(slot);
      };
      for (let slot = 0; slot < 200; slot += 3) drop(slot);
      expectExact(index, await index.search(queries, { k: 50, exact: true }), rows, queries, 50);
      await index.build();
      for (let slot = 0; slot < 200; slot += 5) drop(slot);
      expectExact(index, await index.search(queries, { k: 200, ef: 400 }), rows, queries, 200);
      expectExact(index, await index.search(queries, { k: 50, exact: true }), rows, queries, 50);
      expect(() => index.markDeleted(200)).toThrow(/200/);
      expect(() => index.markDeleted(-1)).toThrow(refused);
      await index.free();
    });

    it("tells its size, which grows with what is put", async () => {
      const index = create({ dimension: 64 });
      const before = index.sizeBytes;
      index.put(0, clustered(5000, 64, 3));
      expect(index.sizeBytes - before).toBeGreaterThanOrEqual(5000 * 64 * 4);
      await index.free();
    });
  });
}
