/**
 * Random programs of writes and reads: the engine answers as the oracle does, on both builds of the kernel.
 * FRANCA_SLOW=1 runs ten times as many; FRANCA_SEED repeats a run.
 */
import fc from "fast-check";
import { afterAll, beforeAll, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import type { Store } from "../../src/store.ts";
import { describeKernels } from "../kernels.ts";
import { seed } from "../seed.ts";
import { programArbitrary } from "./arbitraries.ts";
import { schema } from "./arbitrary-points.ts";
import { runProgram } from "./run-program.ts";

const runs = process.env.FRANCA_SLOW ? 6000 : 600;

describeKernels("random programs", (kernel) => {
  let store: Store;
  beforeAll(async () => {
    store = await open(":memory:", { kernel });
  });
  afterAll(() => store.close());

  it("the engine answers as the oracle does", async () => {
    console.log(`${runs} programs on ${kernel}, fast-check seed ${seed}`);
    await fc.assert(
      fc.asyncProperty(programArbitrary, async (program) => {
        const collection = await store.create("program", schema);
        try {
          await runProgram(collection, program);
        } finally {
          await store.drop("program");
        }
      }),
      { numRuns: runs },
    );
  }, 600_000);
});
