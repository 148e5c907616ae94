/** Laws of a slot's life: put, deleted, repaired out of the graph, released, put again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kernel, VectorIndex } from "../../../src/engine/kernel.ts";
import { collect, distancesOf, expectExact, inPieces, recall, slotsOf } from "./answers.ts";
import { clustered, metrics, nearest, rowsOf } from "./oracle.ts";

const needed = expect.objectContaining({ code: "failed_precondition" });

export function churnLaws(kernel: Kernel): void {
  describe("churn", () => {
    it("a slot lives, dies, leaves the graph, is released and holds another vector", async () => {
      const index = kernel.createIndex({ dimension: 8, metric: "euclidean" });
      const vectors = clustered(400, 8, 40);
      const others = clustered(400, 8, 41);
      const rows = rowsOf(vectors, 8);
      index.put(0, vectors);
      await index.build();
      const gone = Uint32Array.from({ length: 120 }, (_, i) => 3 * i + 1);
      await expect(index.release(gone)).rejects.toEqual(needed);
      for (const slot of gone) index.markDeleted(slot);
      expect([index.indexed, index.deletedInGraph, index.pending]).toEqual([400, 120, 0]);
      await expect(index.release(gone)).rejects.toEqual(needed);
      expect(() => index.put(1, others.subarray(0, 8))).toThrow(/released/);
      await index.repair();
      expect([index.indexed, index.deletedInGraph, index.pending]).toEqual([280, 0, 0]);
      expect(() => index.put(1, others.subarray(0, 8))).toThrow(/released/);
      // One that lives among them: none is released.
      await expect(index.release(Uint32Array.of(1, 0))).rejects.toEqual(needed);
      expect(() => index.put(1, others.subarray(0, 8))).toThrow(/released/);
      await index.release(gone);
      await index.release(gone);
      expect(() => index.markDeleted(1)).toThrow(/slot 1/);
      for (const slot of gone) {
        rows.delete(slot);
        if (slot % 2 === 0) continue;
        rows.set(slot, others.subarray(slot * 8, slot * 8 + 8));
        index.put(slot, rows.get(slot)!);
      }
      const queries = others.subarray(0, 8 * 40);
      for (const build of [false, true]) {
        if (build) await index.build();
        expect(index.pending).toBe(build ? 0 : 60);
        expect(index.slots).toBe(400);
        expectExact(index, await index.search(queries, { k: 20, ef: 400, mode: "graph" }), rows, queries, 20);
        expectExact(index, index.searchSync(queries, { k: 20, ef: 400 }), rows, queries, 20);
        expectExact(index, await index.search(queries, { k: 20, exact: true }), rows, queries, 20);
      }
      await index.free();
    });

    it("a repair with nothing to do does nothing, and a graph can die out and grow again", async () => {
      const index = kernel.createIndex({ dimension: 4, metric: "dot" });
      await index.repair();
      const vectors = clustered(100, 4, 42);
      index.put(0, vectors);
      await index.repair();
      await index.build();
      for (let slot = 0; slot < 100; slot++) index.markDeleted(slot);
      await index.repair();
      expect([index.indexed, index.deletedInGraph]).toEqual([0, 0]);
      expect(slotsOf(await index.search(vectors.subarray(0, 4), { k: 5 }))).toEqual([]);
      await index.release(Uint32Array.from({ length: 100 }, (_, slot) => slot));
      index.put(0, vectors);
      expect(index.pending).toBe(100);
      await index.build();
      expectExact(
        index,
        await index.search(vectors, { k: 5, ef: 100, mode: "graph" }),
        rowsOf(vectors, 4),
        vectors,
        5,
      );
      await index.free();
    });

    it("a release waits for the searches that began before it", async () => {
      const index = kernel.createIndex({ dimension: 64, metric: "cosine" });
      index.put(0, clustered(3000, 64, 43));
      const order: string[] = [];
      const queries = clustered(50, 64, 44);
      const searches = Array.from({ length: 10 }, () =>
        index.search(queries, { k: 5, exact: true }).then(() => order.push("search")),
      );
      index.markDeleted(0);
      const release = index.release(Uint32Array.of(0)).then(() => order.push("release"));
      await Promise.all([...searches, release]);
      expect(order.at(-1)).toBe("release");
      await index.free();
    });

    it("searches, puts and deletions go on during a repair, and nothing that lives is ever missed", async () => {
      const dimension = 16;
      const index = kernel.createIndex({ dimension, metric: "euclidean" });
      const vectors = clustered(6000, dimension, 45);
      const row = (slot: number) => vectors.subarray(slot * dimension, (slot + 1) * dimension);
      index.put(0, vectors.subarray(0, 5000 * dimension));
      await index.build();
      for (let slot = 0; slot < 5000; slot += 3) index.markDeleted(slot);
      let repairing = true;
      const repair = index.repair().finally(() => {
        repairing = false;
      });
      let put = 5000;
      for (let round = 0; (repairing || round === 0) && put < 6000; round++, put += 5) {
        index.put(put, vectors.subarray(put * dimension, (put + 5) * dimension));
        if (round % 10 === 0) index.markDeleted(3 * round + 2);
        for (const known of [put + 4, 3 * ((round * 37) % 1600) + 1]) {
          expect(slotsOf(await index.search(row(known), { k: 1, ef: 100 }))).toEqual([known]);
        }
      }
      await repair;
      await index.repair();
      expect(index.deletedInGraph).toBe(0);
      await index.build();
      expect(index.pending).toBe(0);
      await index.free();
    });

    it("an aborted repair rejects with cancelled, harms nothing, and can be done again", async () => {
      const dimension = 48;
      const index = kernel.createIndex({ dimension, metric: "cosine" });
      const vectors = clustered(5000, dimension, 46);
      const rows = rowsOf(vectors, dimension);
      index.put(0, vectors);
      await index.build();
      for (let slot = 0; slot < 5000; slot += 2) {
        index.markDeleted(slot);
        rows.delete(slot);
      }
      const queries = clustered(20, dimension, 47);
      for (const afterMs of [0, 1, 5, 20]) {
        const controller = new AbortController();
        const told: number[] = [];
        const repair = index.repair({
          signal: controller.signal,
          onProgress: ({ done, total }) => told.push(done / total),
        });
        setTimeout(() => controller.abort(), afterMs);
        const ended = await repair.then(
          () => "done",
          (error) => error.code,
        );
        expect(["done", "cancelled"]).toContain(ended);
        expect(told.every((share, i) => share <= 1 && share >= (told[i - 1] ?? 0))).toBe(true);
        expect(await recall(index, rows, queries, { k: 10, ef: 100 })).toBeGreaterThanOrEqual(0.95);
      }
      await expect(index.repair({ signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: "cancelled",
      });
      await index.repair();
      expect([index.indexed, index.deletedInGraph]).toEqual([2500, 0]);
      expect(await recall(index, rows, queries, { k: 10, ef: 100 })).toBeGreaterThanOrEqual(0.95);
      await index.free();
    });

    it("rounds of replacing a third of the points leave recall where a fresh graph has it", async () => {
      const dimension = 32;
      const count = 3000;
      const index = kernel.createIndex({ dimension, metric: "cosine" });
      const source = clustered(count * 3, dimension, 48);
      const rows = rowsOf(source.subarray(0, count * dimension), dimension);
      index.put(0, source.subarray(0, count * dimension));
      await index.build();
      let next = count;
      for (let round = 0; round < 5; round++) {
        const gone = Uint32Array.from([...rows.keys()].filter((slot) => (slot * 7 + round * 3) % 10 < 3));
        for (const slot of gone) index.markDeleted(slot);
        await index.repair();
        await index.release(gone);
        for (const slot of gone) {
          rows.set(slot, source.subarray(next * dimension, (next + 1) * dimension));
          index.put(slot, rows.get(slot)!);
          next++;
        }
        await index.build();
        expect([index.slots, index.indexed]).toEqual([count, count]);
      }
      const fresh = kernel.createIndex({ dimension, metric: "cosine" });
      for (const [slot, row] of rows) fresh.put(slot, row);
      await fresh.build();
      const queries = source.subarray(0, 200 * dimension);
      const options = { k: 10, ef: 16, mode: "graph" as const };
      const churned = await recall(index, rows, queries, options);
      expect(churned).toBeGreaterThanOrEqual((await recall(fresh, rows, queries, options)) - 0.01);
      await Promise.all([index.free(), fresh.free()]);
    });

    it("a checkpoint with holes is taken up by an index with the same rows, whatever else it holds", async () => {
      const build = (): VectorIndex => {
        const index = kernel.createIndex({ dimension: 8, metric: "cosine" });
        index.put(0, clustered(300, 8, 49));
        return index;
      };
      const index = build();
      await index.build();
      for (let slot = 5; slot < 300; slot += 4) index.markDeleted(slot);
      await index.repair();
      const bytes = await collect(index.save());
      const copy = build();
      await copy.load(inPieces(bytes));
      // In the copy nothing was deleted: what the graph lacks is pending.
      expect([copy.indexed, copy.pending, copy.deletedInGraph]).toEqual([226, 74, 0]);
      const rows = rowsOf(clustered(300, 8, 49), 8);
      const queries = clustered(10, 8, 50);
      expectExact(copy, await copy.search(queries, { k: 10, ef: 300, mode: "graph" }), rows, queries, 10);
      await copy.build();
      expect([copy.indexed, copy.pending]).toEqual([300, 0]);
      // One with a slot that the graph needs and that was released refuses it.
      const lacking = build();
      lacking.markDeleted(0);
      await lacking.release(Uint32Array.of(0));
      await expect(lacking.load(inPieces(bytes))).rejects.toMatchObject({ code: "data_loss" });
      await Promise.all([index.free(), copy.free(), lacking.free()]);
    });

    it("any order of puts, deletions, builds, repairs and releases leaves exactly the rows that it should", async () => {
      const step = fc.oneof(
        { weight: 3, arbitrary: fc.record({ put: fc.integer({ min: 1, max: 60 }), gap: fc.nat(3) }) },
        { weight: 2, arbitrary: fc.record({ refill: fc.integer({ min: 1, max: 60 }) }) },
        { weight: 3, arbitrary: fc.record({ remove: fc.integer({ min: 1, max: 60 }), from: fc.nat(500) }) },
        fc.constant({ build: true as const }),
        fc.constant({ repair: true as const }),
        fc.constant({ release: true as const }),
        fc.constant({ reload: true as const }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 25 }),
          fc.constantFrom(...metrics),
          async (steps, metric) => {
            const options = { dimension: 3, metric, m: 4, efConstruction: 20 };
            let index = kernel.createIndex(options);
            const life = new SlotLife();
            for (const [i, step] of steps.entries()) {
              if ("put" in step) life.put(index, index.slots + step.gap, clustered(step.put, 3, i + 1));
              else if ("refill" in step) life.refill(index, clustered(step.refill, 3, i + 1));
              else if ("remove" in step) life.remove(index, step.remove, step.from);
              else if ("build" in step) await life.build(index);
              else if ("repair" in step) await life.repair(index);
              else if ("release" in step) await life.release(index);
              else index = await life.reload(index, kernel.createIndex(options));
              life.expectCounts(index);
            }
            await life.expectAnswers(index);
            await index.free();
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}

/** The naive account of what an index under churn should hold. */
class SlotLife {
  readonly live = new Map<number, Float32Array>();
  /** Dead, not released; still readable by the graph. */
  readonly dead = new Map<number, Float32Array>();
  readonly inGraph = new Set<number>();
  readonly free: number[] = [];

  put(index: VectorIndex, first: number, vectors: Float32Array): void {
    index.put(first, vectors);
    for (const [slot, row] of rowsOf(vectors, 3, first)) this.live.set(slot, row);
  }

  refill(index: VectorIndex, vectors: Float32Array): void {
    for (const row of rowsOf(vectors, 3).values()) {
      const slot = this.free.pop();
      if (slot === undefined) return;
      this.put(index, slot, row);
    }
  }

  remove(index: VectorIndex, count: number, from: number): void {
    const slots = [...this.live.keys()];
    for (let i = 0; i < Math.min(count, slots.length); i++) {
      const slot = slots[(from + i) % slots.length]!;
      index.markDeleted(slot);
      this.dead.set(slot, this.live.get(slot)!);
      this.live.delete(slot);
    }
  }

  async build(index: VectorIndex): Promise<void> {
    await index.build();
    for (const slot of this.live.keys()) this.inGraph.add(slot);
  }

  async repair(index: VectorIndex): Promise<void> {
    await index.repair();
    for (const slot of this.dead.keys()) this.inGraph.delete(slot);
  }

  async release(index: VectorIndex): Promise<void> {
    const slots = [...this.dead.keys()];
    const held = slots.filter((slot) => this.inGraph.has(slot));
    if (held.length > 0) await expect(index.release(Uint32Array.from(slots))).rejects.toEqual(needed);
    const released = slots.filter((slot) => !this.inGraph.has(slot));
    await index.release(Uint32Array.from(released));
    for (const slot of released) this.dead.delete(slot);
    this.free.push(...released);
  }

  /** Into another index that is given the same rows. */
  async reload(index: VectorIndex, other: VectorIndex): Promise<VectorIndex> {
    const bytes = await collect(index.save());
    for (const [slot, row] of [...this.live, ...this.dead]) other.put(slot, row);
    for (const slot of this.dead.keys()) other.markDeleted(slot);
    await other.load(inPieces(bytes));
    await index.free();
    return other;
  }

  expectCounts(index: VectorIndex): void {
    const pending = [...this.live.keys()].filter((slot) => !this.inGraph.has(slot)).length;
    const dead = [...this.dead.keys()].filter((slot) => this.inGraph.has(slot)).length;
    expect([index.indexed, index.pending, index.deletedInGraph]).toEqual([this.inGraph.size, pending, dead]);
  }

  async expectAnswers(index: VectorIndex): Promise<void> {
    const queries = clustered(2, 3, 99);
    expectExact(index, await index.search(queries, { k: 30, exact: true }), this.live, queries, 30);
    expectExact(index, await index.search(queries, { k: 30 }), this.live, queries, 30);
    const found = await index.search(queries, { k: 10, ef: 64, mode: "graph" });
    for (let q = 0; q < 2; q++) {
      const slots = slotsOf(found, q);
      expect(slots.filter((slot) => !this.live.has(slot))).toEqual([]);
      expect(new Set(slots).size).toBe(Math.min(10, this.live.size));
      // What is pending is never missed, however the walk goes.
      const query = queries.subarray(3 * q, 3 * q + 3);
      const worst = distancesOf(found, q).at(-1) ?? Infinity;
      for (const { slot, distance } of nearest(index.metric, this.live, query, 10)) {
        if (!this.inGraph.has(slot) && distance < worst - 1e-4) expect(slots).toContain(slot);
      }
    }
  }
}
