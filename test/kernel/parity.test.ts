/**
 * Native and WebAssembly are one kernel: distances are the same bit for bit in every instruction set, so one seed and
 * one thread give one graph, and either build reads the other's checkpoints.
 */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadNative, nativePaths } from "../../src/engine/kernel/native.ts";
import { loadWasm } from "../../src/engine/kernel/wasm.ts";
import { readWasm } from "../../src/engine/kernel/wasm-node.ts";
import { collect, inPieces, untimed } from "../contracts/kernel/answers.ts";
import { clustered, metrics } from "../contracts/kernel/oracle.ts";

const built = nativePaths().some((path) => existsSync(path));
const wasm = await loadWasm(await readWasm());

// Skipped where no addon was built: there was no C++ compiler at `npm ci`.
describe.skipIf(!built)("native and WebAssembly", () => {
  const native = built ? loadNative().kernel : wasm;

  it("are two builds", () => {
    expect([native.build, wasm.build]).toEqual(["native", "wasm"]);
    expect(wasm.instructionSet).toBe("wasm-simd128");
  });

  it.each(metrics)("give the same %s distances bit for bit", (metric) => {
    for (const length of [1, 2, 15, 16, 17, 31, 33, 100, 768, 1537]) {
      const a = clustered(1, length, length);
      const b = clustered(1, length, length + 1);
      expect(native.distance(metric, a, b)).toBe(wasm.distance(metric, a, b));
    }
  });

  it.each(metrics)("give the same %s graph, byte for byte, and the same answers", async (metric) => {
    const dimension = 48;
    const vectors = clustered(3200, dimension, 30);
    const queries = clustered(30, dimension, 31);
    const allow = new Uint32Array(100).fill(0x5555_5555);
    const checkpoints: Uint8Array[] = [];
    const answers = [];
    for (const kernel of [native, wasm]) {
      const index = kernel.createIndex({ dimension, metric, seed: 5 });
      index.put(0, vectors.subarray(0, 3000 * dimension));
      await index.build({ threads: 1 });
      index.put(3000, vectors.subarray(3000 * dimension));
      for (let slot = 0; slot < 3200; slot += 9) index.markDeleted(slot);
      checkpoints.push(await collect(index.save()));
      answers.push([
        untimed(await index.search(queries, { k: 10, ef: 12 })),
        untimed(await index.search(queries, { k: 10, mode: "codes" })),
        untimed(index.searchSync(queries, { k: 10, mode: "graph", allow, budget: 100 })),
        untimed(await index.search(queries, { k: 10, exact: true })),
        untimed(index.searchSync(queries, { k: 10, allow })),
      ]);
      await index.free();
    }
    expect(checkpoints[0]!.length).toBe(checkpoints[1]!.length);
    expect(Buffer.compare(checkpoints[0]!, checkpoints[1]!)).toBe(0);
    expect(answers[0]).toEqual(answers[1]);
  });

  it.each(metrics)("give the same %s graph after rounds of churn, byte for byte", async (metric) => {
    const dimension = 24;
    const source = clustered(6000, dimension, 34);
    const row = (slot: number) => source.subarray(slot * dimension, (slot + 1) * dimension);
    const queries = clustered(20, dimension, 35);
    const checkpoints: Uint8Array[][] = [];
    const answers = [];
    for (const kernel of [native, wasm]) {
      const index = kernel.createIndex({ dimension, metric, m: 8, efConstruction: 60, seed: 6 });
      index.put(0, source.subarray(0, 1500 * dimension));
      await index.build({ threads: 1 });
      const saved: Uint8Array[] = [];
      let next = 1500;
      for (let round = 0; round < 3; round++) {
        const gone = Uint32Array.from({ length: 450 }, (_, i) => (i * 7 + round * 5) % 1500);
        for (const slot of gone) index.markDeleted(slot);
        // More threads make no other graph of a repair, as they do of a build.
        await index.repair({ threads: 2 });
        saved.push(await collect(index.save()));
        await index.release(gone);
        for (const slot of gone) index.put(slot, row(next++));
        answers.push(untimed(await index.search(queries, { k: 10, ef: 20 })));
        await index.build({ threads: 1 });
        saved.push(await collect(index.save()));
        answers.push(untimed(await index.search(queries, { k: 10, ef: 20, mode: "graph" })));
      }
      checkpoints.push(saved);
      await index.free();
    }
    for (const [i, bytes] of checkpoints[0]!.entries()) {
      expect(Buffer.compare(bytes, checkpoints[1]![i]!)).toBe(0);
    }
    expect(answers.slice(0, 6)).toEqual(answers.slice(6));
  });

  it("read each other's checkpoints", async () => {
    const vectors = clustered(500, 8, 32);
    for (const [from, to] of [
      [native, wasm],
      [wasm, native],
    ] as const) {
      const source = from.createIndex({ dimension: 8, metric: "cosine" });
      source.put(0, vectors);
      await source.build();
      const target = to.createIndex({ dimension: 8, metric: "cosine" });
      target.put(0, vectors);
      await target.load(inPieces(await collect(source.save())));
      expect(target.indexed).toBe(500);
      const queries = clustered(10, 8, 33);
      expect(untimed(await target.search(queries, { k: 5 }))).toEqual(
        untimed(await source.search(queries, { k: 5 })),
      );
      await Promise.all([source.free(), target.free()]);
    }
  });

  it("give the same checksums", () => {
    const bytes = new Uint8Array(Float64Array.from({ length: 1000 }, Math.sin).buffer);
    for (const length of [0, 1, 7, 63, 64, 65, 1000, 8000]) {
      expect(native.crc32c(bytes.subarray(0, length), 77)).toBe(wasm.crc32c(bytes.subarray(0, length), 77));
    }
  });
});
