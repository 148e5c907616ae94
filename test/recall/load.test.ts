/**
 * Recall while points pour in: they are scanned exactly from their acknowledgement on, and the graph catches up beside.
 * 10,000 points every day, 200,000 in the slow suite; truth by exact scan at the same moment.
 */
import { expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import { describeKernels } from "../kernels.ts";
import { clusteredVectors } from "./clustered.ts";

const isSlow = process.env.FRANCA_SLOW === "1";
const points = isSlow ? 200_000 : 10_000;
const batch = 1000;
const dimension = 64;
const queriesABatch = 5;
const floor = 0.95;

describeKernels("recall@10 during a load", (kernel) => {
  it(
    `of ${points} points is at least ${floor} all the way until the graph has caught up, and each new point is found at once`,
    async () => {
      const store = await open(":memory:", { kernel });
      const collection = await store.create("load", { vectors: { v: { dimension } } });
      const source = clusteredVectors(11, dimension, 100);
      const found: number[] = [];
      const ask = async () => {
        const nearest = source();
        const truth = await collection.query({ nearest, params: { exact: true } });
        const answer = await collection.query({ nearest });
        const ids = new Set(truth.hits.map(({ id }) => id));
        found.push(answer.hits.filter(({ id }) => ids.has(id)).length / ids.size);
      };
      const indexedShare = async () => {
        const { indexed, count } = (await collection.stats()).vectors.v!;
        return indexed / count;
      };
      let wasPartlyIndexed = false;
      for (let first = 0; first < points; first += batch) {
        const vectors = Array.from({ length: batch }, source);
        await collection.upsert(vectors.map((vector, i) => ({ id: first + i, vector })));
        const own = await collection.query({ nearest: vectors[batch - 1]!, limit: 1 });
        expect(own.hits[0]?.id).toBe(first + batch - 1);
        for (let i = 0; i < queriesABatch; i++) await ask();
        const share = await indexedShare();
        wasPartlyIndexed ||= share > 0 && share < 1;
      }
      // The build goes on at its pace while queries come.
      while ((await indexedShare()) < 1) {
        await ask();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(wasPartlyIndexed).toBe(true);
      const tenth = found.length / 10;
      for (let i = 0; i < 10; i++) {
        const part = found.slice(Math.floor(i * tenth), Math.floor((i + 1) * tenth));
        const mean = part.reduce((sum, recall) => sum + recall, 0) / part.length;
        expect(mean, `tenth ${i + 1}`).toBeGreaterThanOrEqual(floor);
      }
      await store.close();
    },
    isSlow ? 900_000 : 120_000,
  );
});
