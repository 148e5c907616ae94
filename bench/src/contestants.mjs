/**
 * The indexes compared: each builds over the same rows with M 16 and efConstruction 200, on one thread, and answers
 * one query at a time with a given ef. Queries are handed over in the form each library likes best, made beforehand.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { franca } from "./franca.mjs";

const m = 16;
const efConstruction = 200;

/** Franca's own index, through its TypeScript driver. */
export async function francaIndex({ prefer }) {
  const { loadKernel } = await franca("./kernel");
  const kernel = await loadKernel({ prefer });
  let index;
  return {
    name: `franca ${kernel.build} (${kernel.instructionSet})`,
    prepareQuery: (query) => query,
    async build(base, dimension) {
      index = kernel.createIndex({ dimension, metric: "cosine", m, efConstruction, seed: 42 });
      index.put(0, base);
      await index.build({ threads: 1 });
    },
    setEf() {},
    search: (query, k, ef) => index.searchSync(query, { k, ef }).slots,
    exact: (query, k) => index.searchSync(query, { k, exact: true }).slots,
    heldBytes: () => index.sizeBytes,
    close: () => index.free(),
  };
}

/** hnswlib-node: what npm users have. Its interface takes plain arrays. */
export async function hnswlibNode() {
  const { default: hnswlib } = await import("hnswlib-node");
  let index;
  return {
    name: "hnswlib-node 3.0.0",
    prepareQuery: (query) => Array.from(query),
    async build(base, dimension) {
      const count = base.length / dimension;
      // Rows are normalised, so inner product ranks as cosine does, without the cost of normalising again.
      index = new hnswlib.HierarchicalNSW("ip", dimension);
      index.initIndex(count, m, efConstruction, 42);
      for (let i = 0; i < count; i++)
        index.addPoint(Array.from(base.subarray(i * dimension, (i + 1) * dimension)), i);
    },
    setEf: (ef) => index.setEf(ef),
    search: (query, k) => index.searchKnn(query, k).neighbors,
    close() {
      index = undefined;
    },
  };
}

/** usearch. Its ef is fixed when an index is made, so each ef is the same graph loaded again. */
export async function usearch() {
  const { Index, MetricKind, ScalarKind } = await import("usearch");
  const folder = mkdtempSync(join(tmpdir(), "franca-bench-"));
  const saved = join(folder, "index.usearch");
  let index;
  let settings;
  let loadedEf;
  return {
    name: "usearch 2.25.3 (f32)",
    prepareQuery: (query) => query,
    async build(base, dimension) {
      settings = {
        metric: MetricKind.IP,
        quantization: ScalarKind.F32,
        dimensions: dimension,
        connectivity: m,
      };
      index = new Index({ ...settings, expansion_add: efConstruction, expansion_search: 64 });
      const count = base.length / dimension;
      index.add(
        BigUint64Array.from({ length: count }, (_, i) => BigInt(i)),
        base,
        1,
      );
      index.save(saved);
    },
    setEf(ef) {
      if (ef === loadedEf) return;
      // The collector does not see how large an index is: without a nudge the dropped ones fill the memory.
      index = undefined;
      globalThis.gc?.();
      loadedEf = ef;
      index = new Index({ ...settings, expansion_add: efConstruction, expansion_search: ef });
      index.load(saved);
    },
    search: (query, k) => index.search(query, k, 1).keys,
    close() {
      index = undefined;
      rmSync(folder, { recursive: true });
    },
  };
}
