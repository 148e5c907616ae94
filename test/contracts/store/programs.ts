/** Random programs of writes and reads, of every filter and ranking: the store answers as the oracle does. */
import fc from "fast-check";
import { programArbitrary } from "../../oracle/arbitraries.ts";
import { schema } from "../../oracle/arbitrary-points.ts";
import { runProgram } from "../../oracle/run-program.ts";
import type { Suite } from "../store.ts";

const runs = process.env.FRANCA_SLOW ? 1000 : 60;

export function programLaws(suite: Suite): void {
  suite.law("random programs are answered as the oracle answers them", async () => {
    await fc.assert(
      fc.asyncProperty(programArbitrary, async (program) => {
        const name = suite.fresh();
        const collection = await suite.store.create(name, schema);
        try {
          await runProgram(collection, program);
        } finally {
          await suite.store.drop(name);
        }
      }),
      { numRuns: runs },
    );
  });
}
