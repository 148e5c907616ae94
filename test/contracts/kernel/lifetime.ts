/** Laws of giving an index back. */
import { describe, expect, it } from "vitest";
import type { Kernel } from "../../../src/engine/kernel.ts";
import { collect, slotsOf } from "./answers.ts";
import { clustered } from "./oracle.ts";

const gone = expect.objectContaining({ code: "failed_precondition" });

export function lifetimeLaws(kernel: Kernel): void {
  describe("free", () => {
    it("waits for calls that run, which end as if nothing had happened", async () => {
      const index = kernel.createIndex({ dimension: 32, metric: "euclidean" });
      const vectors = clustered(3000, 32, 22);
      index.put(0, vectors);
      const order: string[] = [];
      const search = index.search(vectors.slice(0, 32), { k: 1, exact: true }).then((found) => {
        order.push("search");
        return found;
      });
      const build = index.build().then(() => order.push("build"));
      const freed = index.free().then(() => order.push("free"));
      expect(slotsOf(await search)).toEqual([0]);
      await Promise.all([build, freed]);
      expect(order.at(-1)).toBe("free");
      expect(order).toHaveLength(3);
    });

    it("every later call fails with failed_precondition, but freeing again is no error", async () => {
      const index = kernel.createIndex({ dimension: 4, metric: "dot" });
      index.put(0, new Float32Array(4));
      await index.free();
      const row = new Float32Array(4);
      for (const call of [
        () => index.put(1, row),
        () => index.markDeleted(0),
        () => index.slots,
        () => index.indexed,
        () => index.sizeBytes,
        () => index.searchSync(row, { k: 1 }),
      ]) {
        expect(call).toThrow(gone);
      }
      await expect(index.search(row, { k: 1 })).rejects.toEqual(gone);
      await expect(index.build()).rejects.toEqual(gone);
      await expect(collect(index.save())).rejects.toEqual(gone);
      await expect(index.load((async function* () {})())).rejects.toEqual(gone);
      await index.free();
    });

    it("no new call starts once free was called, even while it waits", async () => {
      const index = kernel.createIndex({ dimension: 16, metric: "dot" });
      index.put(0, clustered(2000, 16, 23));
      const build = index.build();
      const freed = index.free();
      expect(() => index.put(2000, new Float32Array(16))).toThrow(gone);
      await expect(index.search(new Float32Array(16), { k: 1 })).rejects.toEqual(gone);
      await Promise.all([build, freed]);
    });

    it("indexes come and go without adding up", async () => {
      const vectors = clustered(500, 32, 24);
      for (let round = 0; round < 60; round++) {
        const index = kernel.createIndex({ dimension: 32, metric: "cosine" });
        index.put(0, vectors);
        expect(index.searchSync(vectors.subarray(0, 32), { k: 1 }).slots[0]).toBe(0);
        await index.free();
      }
    });
  });
}
