/**
 * Random programs on a Qdrant and on the oracle: what it answers, it answers as the oracle does; what it refuses, it refuses as
 * "unimplemented", and that is not too much.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FrancaError, isFrancaError } from "../../../src/errors.ts";
import type { Collection, Store } from "../../../src/store.ts";
import { qdrant } from "../../../src/stores/qdrant.ts";
import { startServer, type TestServer } from "../../../src/testing/testing.ts";
import { programArbitrary, type Step } from "../../oracle/arbitraries.ts";
import { schema } from "../../oracle/arbitrary-points.ts";
import { Oracle } from "../../oracle/oracle.ts";
import { runStep } from "../../oracle/run-program.ts";
import { flattened } from "./flattened.ts";
import "../../seed.ts";

const runs = process.env.FRANCA_SLOW ? 2_000 : 150;

function possible(step: Step): Step {
  if ("upsert" in step)
    return { upsert: step.upsert.map((point) => ({ ...point, payload: flattened(point.payload) })) };
  if ("update" in step) {
    const { overwritePayload, setPayload, ...change } = step.change;
    return {
      update: step.update,
      change: {
        ...change,
        ...(overwritePayload && { overwritePayload: flattened(overwritePayload) }),
        ...(setPayload && { setPayload: flattened(setPayload) }),
      },
    };
  }
  // Legs are whole, so that what ties at their ends plays no part.
  if ("query" in step && "fusion" in step.query) {
    const { legs, ...fusion } = step.query.fusion;
    const whole = legs.map(({ limit: _, ...leg }) => leg);
    return { query: { ...step.query, fusion: { ...fusion, legs: whole } } as typeof step.query };
  }
  return step;
}

describe("random programs on a Qdrant", () => {
  let server: TestServer;
  let store: Store;
  beforeAll(async () => {
    server = await startServer();
    store = qdrant({ url: server.urls.qdrant! });
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  it("are answered as the oracle answers them, or refused as unimplemented before anything is done", async () => {
    let names = 0;
    let answered = 0;
    const refused = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(programArbitrary, async (program) => {
        const name = `program-${names++}`;
        const collection = (await store.create(name, schema)) as Collection;
        const oracle = new Oracle(schema);
        try {
          for (const step of program.map(possible)) {
            const before = oracle.all();
            let refusal: FrancaError | undefined;
            const subject = listening(collection, (error) => {
              refusal = error;
            });
            try {
              await runStep(subject, oracle, step, { openTies: true });
              answered++;
            } catch (error) {
              if (refusal === undefined) throw error;
              expect(oracle.all()).toEqual(before);
              const what = refusal.message.replace(/ on ".*?"| ".*?"/g, "").split(":")[0]!;
              refused.set(what, (refused.get(what) ?? 0) + 1);
            }
          }
        } finally {
          await store.drop(name);
        }
      }),
      { numRuns: runs },
    );
    const total = answered + [...refused.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `qdrant programs: ${answered} of ${total} steps answered; refused:`,
      Object.fromEntries(refused),
    );
    expect(answered / total).toBeGreaterThan(0.5);
  }, 600_000);
});

/** A refusal is told, whatever is made of it. */
function listening(collection: Collection, told: (error: FrancaError) => void): Collection {
  return new Proxy(collection, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return async (...given: unknown[]) => {
        try {
          return await member.apply(target, given);
        } catch (error) {
          if (isFrancaError(error, "unimplemented")) told(error);
          throw error;
        }
      };
    },
  });
}
