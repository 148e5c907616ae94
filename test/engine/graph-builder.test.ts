/** What a background build does with its time. */
import { setTimeout as after } from "node:timers/promises";
import { expect, it } from "vitest";
import { stretchMs } from "../../src/engine/build-pace.ts";
import { GraphBuilder } from "../../src/engine/graph-builder.ts";
import type { BuildOptions, VectorIndex } from "../../src/engine/kernel.ts";
import { FrancaError } from "../../src/errors.ts";

it("a stretch does not end while codes are being learnt, and ends soon after something was inserted", async () => {
  const total = 10_000;
  const inserted = 4_000;
  let learnt = 0;
  const index = {
    indexed: 0,
    get pending() {
      return total - this.indexed;
    },
    /** Learns for longer than a stretch, the first time; then inserts until it is told to stop. */
    async build({ signal, onProgress }: BuildOptions) {
      if (learnt === 0) {
        for (let waited = 0; waited < 3 * stretchMs; waited += stretchMs) {
          await after(stretchMs);
          onProgress?.({ done: 0, total });
          if (signal?.aborted) throw new FrancaError("cancelled", "the codes were not learnt");
        }
        learnt++;
      }
      for (let waited = 0; waited < stretchMs; waited += stretchMs / 4) await after(stretchMs / 4);
      this.indexed = Math.min(total, this.indexed + inserted);
      onProgress?.({ done: inserted, total });
      if (this.pending > 0 && signal?.aborted) throw new FrancaError("cancelled", "the stretch is over");
    },
  };
  const field = { name: "v", dimension: 2, metric: "cosine", index: "hnsw" } as never;
  const builder = new GraphBuilder([field], [index as unknown as VectorIndex], () => {});
  builder.notice();
  await expect.poll(() => index.pending, { timeout: 10_000 }).toBe(0);
  expect(learnt).toBe(1);
  await builder.stop();
});
