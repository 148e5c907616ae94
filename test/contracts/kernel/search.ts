/** Laws of answers: exactness, order, filters, batches. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kernel, VectorSearch } from "../../../src/engine/kernel.ts";
import { expectExact, slotsOf } from "./answers.ts";
import { clustered, metrics, nearest, rowsOf, wholeNumbers } from "./oracle.ts";

const refused = expect.objectContaining({ code: "invalid_argument" });

function bitset(slots: number[], words: number): Uint32Array {
  const bits = new Uint32Array(words);
  for (const slot of slots) bits[slot >>> 5]! |= 1 << (slot & 31);
  return bits;
}

export function searchLaws(kernel: Kernel): void {
  describe("search", () => {
    it.each(metrics)(
      "an exact %s search gives what a naive one gives, before and after the build",
      async (metric) => {
        const index = kernel.createIndex({ dimension: 19, metric });
        const vectors = clustered(700, 19, 4);
        const queries = clustered(9, 19, 5);
        index.put(0, vectors);
        const rows = rowsOf(vectors, 19);
        for (const k of [1, 10, 699, 1000]) {
          expectExact(index, await index.search(queries, { k, exact: true }), rows, queries, k);
          expectExact(index, await index.search(queries, { k }), rows, queries, k);
        }
        await index.build();
        expectExact(index, await index.search(queries, { k: 10, exact: true }), rows, queries, 10);
        await index.free();
      },
    );

    it.each(["dot", "euclidean", "manhattan"] as const)(
      "equal %s distances go to the smaller slot",
      async (metric) => {
        const index = kernel.createIndex({ dimension: 4, metric });
        const vectors = wholeNumbers(500, 4, 6);
        index.put(0, vectors);
        const rows = rowsOf(vectors, 4);
        const query = new Float32Array([1, 0, -1, 1]);
        for (const k of [1, 7, 50, 499, 500]) {
          const wanted = nearest(metric, rows, query, k).map(({ slot }) => slot);
          expect(slotsOf(await index.search(query, { k, exact: true }))).toEqual(wanted);
          expect(slotsOf(index.searchSync(query, { k, exact: true }))).toEqual(wanted);
        }
        await index.build();
        expect(slotsOf(await index.search(query, { k: 500, ef: 1000 }))).toEqual(
          nearest(metric, rows, query, 500).map(({ slot }) => slot),
        );
        await index.free();
      },
    );

    it("allows only the slots whose bit is set; past the bitset's end none is", async () => {
      const index = kernel.createIndex({ dimension: 8, metric: "cosine" });
      const vectors = clustered(400, 8, 7);
      const queries = clustered(3, 8, 8);
      index.put(0, vectors);
      const rows = rowsOf(vectors, 8);
      const sets = [
        [],
        [399],
        [0, 31, 32, 63, 64],
        Array.from({ length: 100 }, (_, i) => 3 * i),
        [...rows.keys()],
      ];
      for (const build of [false, true]) {
        if (build) await index.build();
        for (const slots of sets) {
          for (const words of [4, 13, 20]) {
            const allow = bitset(
              slots.filter((slot) => slot < 32 * words),
              words,
            );
            const held = new Map([...rows].filter(([slot]) => slots.includes(slot) && slot < 32 * words));
            for (const exact of [true, false]) {
              const options: VectorSearch = { k: 20, ef: 800, exact, allow };
              expectExact(index, await index.search(queries, options), held, queries, 20);
              expectExact(index, index.searchSync(queries, options), held, queries, 20);
            }
          }
        }
        await expect(index.search(queries, { k: 1, allow: new Uint32Array(0) })).resolves.toMatchObject({
          counts: new Uint32Array(3),
        });
      }
      await index.free();
    });

    it("a batch answers each row as it would be answered alone, and many searches at once do not mix", async () => {
      const index = kernel.createIndex({ dimension: 16, metric: "euclidean" });
      index.put(0, clustered(4000, 16, 9));
      await index.build({ threads: 1 });
      const queries = clustered(37, 16, 10);
      const batch = await index.search(queries, { k: 5 });
      const alone = await Promise.all(
        Array.from({ length: 37 }, (_, q) => index.search(queries.slice(q * 16, q * 16 + 16), { k: 5 })),
      );
      for (const [q, single] of alone.entries()) {
        expect(slotsOf(batch, q)).toEqual(slotsOf(single));
        expect(single.stats.hops).toBeGreaterThan(0);
      }
      expect(batch.stats.hops).toBe(alone.reduce((sum, { stats }) => sum + stats.hops, 0));
      expect(index.searchSync(queries, { k: 5 }).slots).toEqual(batch.slots);
      await index.free();
    });

    it("finds what the graph does not cover yet as surely as what it does, however much that is", async () => {
      const dimension = 256;
      const index = kernel.createIndex({ dimension, metric: "euclidean", efConstruction: 40 });
      const vectors = clustered(20_000, dimension, 24);
      index.put(0, vectors.subarray(0, 1100 * dimension));
      await index.build();
      index.put(1100, vectors.subarray(1100 * dimension));
      const even = new Uint32Array(625).fill(0x5555_5555);
      for (const slot of [0, 1, 1098, 1099, 1100, 1101, 19_998, 19_999]) {
        const query = vectors.subarray(slot * dimension, (slot + 1) * dimension);
        const found = await index.search(query, { k: 100, ef: 200 });
        expect(slotsOf(found)).toHaveLength(100);
        expect(slotsOf(found)[0]).toBe(slot);
        expect(slotsOf(found)).toEqual(slotsOf(index.searchSync(query, { k: 100, ef: 200 })));
        const allowed = slotsOf(await index.search(query, { k: 100, ef: 200, allow: even }));
        expect(allowed.filter((other) => other % 2 === 1)).toEqual([]);
        expect(allowed.includes(slot)).toBe(slot % 2 === 0);
      }
      await index.free();
    });

    it("a buffer that the caller changes right after the call does not change the answer", async () => {
      const index = kernel.createIndex({ dimension: 16, metric: "euclidean" });
      const vectors = clustered(2000, 16, 11);
      index.put(0, vectors);
      const query = vectors.slice(160, 176);
      const found = index.search(query, { k: 1 });
      query.fill(0);
      expect(slotsOf(await found)).toEqual([10]);
      await index.free();
    });

    it("an empty index answers nothing and still checks its arguments", async () => {
      const index = kernel.createIndex({ dimension: 2, metric: "dot" });
      const query = new Float32Array([1, 2]);
      expect((await index.search(query, { k: 3 })).counts).toEqual(new Uint32Array([0]));
      expect(index.searchSync(query, { k: 3, exact: true }).counts).toEqual(new Uint32Array([0]));
      await expect(index.search(new Float32Array([NaN, 0]), { k: 3 })).rejects.toEqual(refused);
      const wrong: [Float32Array, VectorSearch, RegExp][] = [
        [new Float32Array(3), { k: 3 }, /rows of 2/],
        [new Float32Array(0), { k: 3 }, /at least one row/],
        [query, { k: 0 }, /\bk\b/],
        [query, { k: 2 ** 20 + 1 }, /\bk\b/],
        [query, { k: 1, ef: 0 }, /ef/],
        [query, { k: 1, allow: [1] as never }, /allow/],
      ];
      for (const [queries, options, message] of wrong) {
        expect(() => index.searchSync(queries, options)).toThrow(message);
        await expect(index.search(queries, options)).rejects.toEqual(refused);
      }
      await index.free();
    });

    it("an aborted search rejects with cancelled", async () => {
      const index = kernel.createIndex({ dimension: 2, metric: "dot" });
      index.put(0, new Float32Array(20));
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(index.search(new Float32Array(2), { k: 1, signal })).rejects.toMatchObject({
        code: "cancelled",
        cause: signal.reason,
      });
      expect(() => index.searchSync(new Float32Array(2), { k: 1, signal })).toThrow(/cancelled/);
      await index.free();
    });

    it("a search that is aborted while it runs stops, and keeps nothing waiting", async () => {
      const dimension = 16;
      const index = kernel.createIndex({ dimension, metric: "euclidean" });
      index.put(0, clustered(20_000, dimension, 1));
      const queries = clustered(4_000, dimension, 2);
      for (const mode of ["exact", "codes", "graph"] as const) {
        const abort = new AbortController();
        const search = index.search(queries, { k: 1, mode, signal: abort.signal });
        setImmediate(() => abort.abort(new DOMException("late", "TimeoutError")));
        await expect(search).rejects.toMatchObject({ code: "deadline_exceeded" });
      }
      // One that waits for the kernel's threads is not begun.
      const abort = new AbortController();
      const several = Array.from({ length: 20 }, () =>
        index.search(queries, { k: 1, mode: "exact", signal: abort.signal }),
      );
      abort.abort();
      for (const one of await Promise.allSettled(several)) {
        expect(one).toMatchObject({ reason: { code: "cancelled" } });
      }
      await index.free();
    });

    it("any order of puts, deletions and builds leaves exactly the rows that it should", async () => {
      const step = fc.oneof(
        fc.record({ put: fc.integer({ min: 1, max: 40 }), gap: fc.integer({ min: 0, max: 40 }) }),
        fc.record({ remove: fc.nat(500) }),
        fc.constant({ build: true as const }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 20 }),
          fc.constantFrom(...metrics),
          async (steps, metric) => {
            const index = kernel.createIndex({ dimension: 3, metric, m: 4, efConstruction: 20 });
            const rows = new Map<number, Float32Array>();
            for (const [i, step] of steps.entries()) {
              if ("put" in step) {
                const first = index.slots + step.gap;
                const vectors = clustered(step.put, 3, i + 1);
                index.put(first, vectors);
                for (const [slot, row] of rowsOf(vectors, 3, first)) rows.set(slot, row);
              } else if ("remove" in step) {
                const slot = [...rows.keys()][step.remove % Math.max(1, rows.size)];
                if (slot === undefined) continue;
                index.markDeleted(slot);
                rows.delete(slot);
              } else {
                await index.build();
                expect(index.pending).toBe(0);
              }
            }
            const queries = clustered(2, 3, 99);
            expectExact(index, await index.search(queries, { k: 30, exact: true }), rows, queries, 30);
            const found = await index.search(queries, { k: 30, ef: 64 });
            expect([...slotsOf(found, 0), ...slotsOf(found, 1)].filter((slot) => !rows.has(slot))).toEqual(
              [],
            );
            await index.free();
          },
        ),
        { numRuns: 40 },
      );
    });
  });
}
