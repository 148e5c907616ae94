/**
 * Random programs of writes and reads: the engine answers as the oracle does, on both builds of the kernel.
 * FRANCA_SLOW=1 runs ten times as many; FRANCA_SEED repeats a run.
 */
import fc from "fast-check";
import { describe, it } from "vitest";
import { programArbitrary, schema } from "./arbitraries.ts";
import { runProgram } from "./run-program.ts";
import { viewSubject } from "./view-subject.ts";

const runs = process.env.FRANCA_SLOW ? 6000 : 600;
const seed = Number(process.env.FRANCA_SEED ?? Date.now() % 2 ** 31);

describe("random programs", () => {
  for (const build of ["native", "wasm"] as const) {
    it(`the query path (${build}) answers as the oracle does`, async () => {
      console.log(`${runs} programs on ${build}, fast-check seed ${seed}`);
      await fc.assert(
        fc.asyncProperty(programArbitrary, async (program) => {
          await runProgram(await viewSubject(schema, build), program);
        }),
        { numRuns: runs, seed },
      );
    }, 600_000);
  }
});
