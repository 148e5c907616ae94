/** Laws of the graph's build: recall, progress, stopping, and what goes on meanwhile. */
import { describe, expect, it } from "vitest";
import type { Kernel } from "../../../src/engine/kernel.ts";
import { recall, slotsOf, untimed } from "./answers.ts";
import { clustered, metrics, rowsOf } from "./oracle.ts";

export function buildLaws(kernel: Kernel): void {
  describe("build", () => {
    it.each(metrics)("%s search over the graph finds at least 95 of 100 true neighbours", async (metric) => {
      const index = kernel.createIndex({ dimension: 32, metric });
      const vectors = clustered(5000, 32, 12);
      const queries = clustered(5000 + 50, 32, 12).subarray(5000 * 32);
      index.put(0, vectors);
      await index.build();
      expect(index.indexed).toBe(5000);
      const rows = rowsOf(vectors, 32);
      const one = await index.search(queries.subarray(0, 32), { k: 10 });
      expect(one.stats.hops).toBeGreaterThan(0);
      expect(one.stats.scanned).toBe(0);
      expect(await recall(index, rows, queries, { k: 10, ef: 64 })).toBeGreaterThanOrEqual(0.95);
      for (let slot = 0; slot < 5000; slot += 2) {
        index.markDeleted(slot);
        rows.delete(slot);
      }
      expect(await recall(index, rows, queries, { k: 10, ef: 64 })).toBeGreaterThanOrEqual(0.95);
      await index.free();
    });

    it("the same seed and one thread give the same graph", async () => {
      const vectors = clustered(1500, 24, 13);
      const queries = clustered(40, 24, 14);
      const answers = [];
      for (let round = 0; round < 2; round++) {
        const index = kernel.createIndex({ dimension: 24, metric: "cosine", seed: 7 });
        index.put(0, vectors);
        await index.build({ threads: 1 });
        answers.push(untimed(await index.search(queries, { k: 10, ef: 12 })));
        await index.free();
      }
      expect(answers[1]).toEqual(answers[0]);
    });

    it("tells its progress up to the end, and lets timers run all the while", async () => {
      const index = kernel.createIndex({ dimension: 64, metric: "euclidean" });
      index.put(0, clustered(6000, 64, 15));
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      const told: { done: number; total: number }[] = [];
      await index.build({ onProgress: (progress) => told.push(progress) });
      clearInterval(timer);
      expect(ticks).toBeGreaterThan(5);
      expect(told.at(-1)).toEqual({ done: 6000, total: 6000 });
      expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
      expect(told.every(({ total }) => total === 6000)).toBe(true);
      await index.free();
    });

    it("searches and puts go on during a build, and nothing that was put is ever missed", async () => {
      const dimension = 32;
      const index = kernel.createIndex({ dimension, metric: "euclidean" });
      const vectors = clustered(6000, dimension, 16);
      index.put(0, vectors.subarray(0, 4000 * dimension));
      let building = true;
      const build = index.build().finally(() => {
        building = false;
      });
      let rounds = 0;
      for (let slot = 4000; slot < 6000 && (building || rounds === 0); slot += 10, rounds++) {
        index.put(slot, vectors.subarray(slot * dimension, (slot + 10) * dimension));
        for (const known of [slot + 9, (slot * 7) % 4000]) {
          const row = vectors.subarray(known * dimension, (known + 1) * dimension);
          expect(slotsOf(await index.search(row, { k: 1, ef: 100 }))).toEqual([known]);
        }
      }
      await build;
      expect(rounds).toBeGreaterThan(0);
      await index.build();
      expect([index.indexed, index.pending]).toEqual([index.slots, 0]);
      await index.free();
    });

    it("an aborted build rejects with cancelled, keeps what it did, and goes on from there", async () => {
      const index = kernel.createIndex({ dimension: 64, metric: "euclidean", efConstruction: 400 });
      const vectors = clustered(8000, 64, 17);
      index.put(0, vectors);
      const controller = new AbortController();
      const build = index.build({ signal: controller.signal });
      const settled = expect(build).rejects.toMatchObject({ code: "cancelled" });
      setTimeout(() => controller.abort(), 40);
      await settled;
      const kept = index.indexed;
      expect(kept).toBeLessThan(8000);
      const row = vectors.subarray(64 * 7999);
      expect(slotsOf(await index.search(row, { k: 1 }))).toEqual([7999]);
      await expect(index.build({ signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
      expect(index.indexed).toBeGreaterThanOrEqual(kept);
      await index.free();
    });

    it("builds started together run one after the other", async () => {
      const index = kernel.createIndex({ dimension: 8, metric: "cosine" });
      index.put(0, clustered(500, 8, 18));
      await Promise.all([index.build(), index.build(), index.build()]);
      expect(index.indexed).toBe(500);
      await index.build();
      await index.free();
    });

    it("a progress listener that throws fails the build with its error", async () => {
      const index = kernel.createIndex({ dimension: 8, metric: "cosine" });
      index.put(0, clustered(100, 8, 19));
      const onProgress = () => {
        throw new Error("listener");
      };
      await expect(index.build({ onProgress })).rejects.toThrow("listener");
      await index.free();
    });

    it("refuses threads out of range", async () => {
      const index = kernel.createIndex({ dimension: 8, metric: "cosine" });
      for (const threads of [0, -1, 1.5, 1e6]) {
        await expect(index.build({ threads })).rejects.toMatchObject({ code: "invalid_argument" });
      }
      await index.free();
    });
  });
}
