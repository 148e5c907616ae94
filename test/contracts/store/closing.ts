/** The end. It closes the suite's store, and so comes last. */
import { expect } from "vitest";
import type { Suite } from "../store.ts";

const schema = { vectors: { v: { dimension: 2 } } } as const;

export function closingLaws(suite: Suite): void {
  const { law, fresh } = suite;

  law(
    "close finishes writes under way, and all later calls are refused; closing again is nothing",
    async () => {
      const { store } = suite;
      const name = fresh();
      const points = await store.create(name, schema);
      const writes = Array.from({ length: 5 }, (_, n) =>
        points.upsert(Array.from({ length: 20 }, (_, i) => ({ id: n * 20 + i, vector: [n, i] }))),
      );
      const closed = store.close();
      expect((await Promise.all(writes)).map(({ count }) => count)).toEqual([20, 20, 20, 20, 20]);
      await closed;
      for (const call of [
        () => store.list(),
        () => store.create(fresh(), schema),
        () => store.collection(name),
        () => store.describe(name),
        () => store.drop(name),
        () => store.aliases(),
        () => points.upsert([{ id: 1 }]),
        () => points.delete({ ids: [1] }),
        () => points.get([1]),
        () => points.query({ nearest: [1, 2] }),
        () => points.scroll(),
        () => points.count(),
        () => points.optimize(),
        () => points.stats(),
      ]) {
        await expect(call(), String(call)).rejects.toMatchObject({ code: "failed_precondition" });
      }
      await store.close();
    },
  );
}
