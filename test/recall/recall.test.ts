/**
 * recall@10 has a floor for every metric and both builds of the kernel: after the build, after deletes, after updates,
 * and after a restart. Clustered vectors, since uniform ones are unlike any real data; truth by exact scan.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { Collection } from "../../src/store.ts";
import { describeKernels } from "../kernels.ts";
import { clusteredVectors } from "./clustered.ts";

const points = 6000;
const dimension = 64;
const clusters = 60;
const floor = 0.95;
const queries = 60;
const metrics = ["cosine", "dot", "euclidean", "manhattan"] as const;
const schema: CollectionSchema = {
  vectors: Object.fromEntries(metrics.map((metric) => [metric, { dimension, metric }])),
  payload: { even: { type: "bool" } },
};

describeKernels("recall@10", (kernel) => {
  it(`is at least ${floor} for every metric after build, deletes, updates and restart`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "franca-recall-"));
    const options = { kernel, durability: "os" } as const;
    try {
      const source = clusteredVectors(7, dimension, clusters);
      let store = await open(folder, options);
      let collection: Collection = await store.create("recall", schema);
      await fill(collection, source, range(points));
      await collection.optimize();
      const { vectors } = await collection.stats();
      for (const metric of metrics) expect(vectors[metric]!.indexed).toBe(points);
      await expectRecall(collection, source, "after build");
      await expectRecall(collection, source, "under a filter", { field: "even", eq: true });

      await collection.delete({ ids: range(points).filter((id) => id % 10 < 3) });
      await expectRecall(collection, source, "after 30% deletes");

      const updated = range(points)
        .filter((id) => id % 10 >= 3)
        .filter((_, i) => i % 10 < 3);
      await fill(collection, source, updated);
      await expectRecall(collection, source, "after 30% updates, before they are indexed");
      await collection.optimize();
      await expectRecall(collection, source, "after 30% updates");

      await store.close();
      store = await open(folder, options);
      collection = await store.collection("recall");
      await expectRecall(collection, source, "after restart");
      await store.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 240_000);
});

async function fill(
  collection: Collection,
  source: () => Float32Array,
  ids: readonly number[],
): Promise<void> {
  for (let at = 0; at < ids.length; at += 1000) {
    await collection.upsert(
      ids.slice(at, at + 1000).map((id) => {
        const vector = source();
        return {
          id,
          vectors: Object.fromEntries(metrics.map((metric) => [metric, vector])),
          payload: { even: id % 2 === 0 },
        };
      }),
    );
  }
}

async function expectRecall(
  collection: Collection,
  source: () => Float32Array,
  when: string,
  filter?: { field: string; eq: boolean },
): Promise<void> {
  for (const field of metrics) {
    let found = 0;
    let graphs = 0;
    for (let i = 0; i < queries; i++) {
      const request = { nearest: source(), field, select: { payload: false }, ...(filter && { filter }) };
      const exact = await collection.query({ ...request, params: { exact: true } });
      const answer = await collection.query({ ...request, params: { ef: 48 }, explain: true });
      expect(answer.hits.length).toBe(10);
      const truth = new Set(exact.hits.map(({ id }) => id));
      found += answer.hits.filter(({ id }) => truth.has(id)).length;
      if (JSON.stringify(answer.explain).includes('"graph"')) graphs += 1;
    }
    const recall = found / (10 * queries);
    console.log(`recall@10 ${field} ${when}: ${recall.toFixed(3)}, by graph ${graphs} of ${queries}`);
    expect(recall, `${field} ${when}`).toBeGreaterThanOrEqual(floor);
    // A floor that exact scans meet says nothing of the graph.
    if (filter === undefined) expect(graphs, `${field} ${when}`).toBe(queries);
  }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
