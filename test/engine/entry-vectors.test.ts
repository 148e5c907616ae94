/**
 * Sparse and multi vectors over the life of a collection: random programs with restarts, crashes, lost checkpoints, slots given
 * back and segments compacted in between; after each, everything is as the oracle has it.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { EngineOptions } from "../../src/engine/engine.ts";
import type { Collection, Store } from "../../src/store.ts";
import { expectSame } from "../crash/expect-same.ts";
import { programArbitrary, type Step } from "../oracle/arbitraries.ts";
import { schema } from "../oracle/arbitrary-points.ts";
import { Oracle } from "../oracle/oracle.ts";
import { runStep } from "../oracle/run-program.ts";
import { Disk } from "./disk.ts";
import { openOn } from "./opened.ts";

const ends = fc.constantFrom("close", "crash", "forget", "optimize");
const lives = fc.array(fc.tuple(programArbitrary, ends), { minLength: 1, maxLength: 4 });
const settings: [string, Partial<EngineOptions>][] = [
  ["", {}],
  [", with compaction all the time", { leastDead: { slots: 1, bytes: 1 }, retryMs: 1 }],
];

it.each(settings)(
  "a collection has the vectors of every kind that were written, whatever its lives were%s",
  async (_, options) => {
    await fc.assert(
      fc.asyncProperty(lives, async (programs) => {
        let disk = new Disk();
        const oracle = new Oracle(schema);
        let { store, points } = await opened(disk, options);
        for (const [program, end] of programs) {
          for (const step of program) {
            if (isWrite(step)) await runStep(points, oracle, step);
          }
          if (end === "optimize") await points.optimize();
          else {
            disk = await ended(end, disk, store);
            ({ store, points } = await opened(disk, options));
          }
          await expectSame(points, oracle, end);
        }
        const { vectors } = await points.stats();
        for (const field of ["terms", "weighed", "rows", "angles", "places", "steps"]) {
          const own = oracle.all().filter(({ sparse, multi }) => field in sparse || field in multi);
          expect(vectors[field]?.count, field).toBe(own.length);
        }
        await store.close();
      }),
      { numRuns: process.env.FRANCA_SLOW ? 2000 : 30 },
    );
  },
  240_000,
);

function isWrite(step: Step): boolean {
  return "upsert" in step || "update" in step || "delete" in step;
}

async function opened(
  disk: Disk,
  options: Partial<EngineOptions>,
): Promise<{ store: Store; points: Collection }> {
  const store = await openOn(disk.root, {
    segmentBytes: { log: 2000, vectors: 2 ** 20 },
    checkpointBytes: 4000,
    ...options,
  });
  const points = await store.create("points", schema, { ifExists: "open" });
  return { store, points: points as unknown as Collection };
}

/** Ends a store, and returns the disk that the next one finds. */
async function ended(how: string, disk: Disk, store: Store): Promise<Disk> {
  const left = disk.copy();
  await store.close();
  if (how === "crash") return left;
  if (how === "forget") {
    for (const path of disk.files().filter((name) => name.endsWith(".checkpoint"))) {
      const [folder, name] = path.split("/");
      await (await disk.root.directory(folder!)).remove(name!);
    }
  }
  return disk;
}

it("to compare many lists lets others work meanwhile, and stops when it is given up", async () => {
  const store = await openOn(new Disk().root);
  const points = await store.create("lists", { vectors: {}, multi: { m: { dimension: 64 } } });
  const rows = (count: number, first: number) =>
    Array.from({ length: count }, (_, i) => Array.from({ length: 64 }, (_, at) => (first + i * 7 + at) % 11));
  for (let first = 0; first < 600; first += 100) {
    await points.upsert(
      Array.from({ length: 100 }, (_, i) => ({ id: first + i, multi: { m: rows(64, first + i) } })),
    );
  }
  const giveUp = new AbortController();
  setTimeout(() => giveUp.abort(), 1);
  const nearest = rows(128, 3);
  const query = points.query({ nearest, field: "m", signal: giveUp.signal });
  await expect(query).rejects.toMatchObject({ code: "cancelled" });
  const { hits } = await points.query({ nearest: rows(1, 5), field: "m", limit: 1 });
  expect(hits[0]?.score).toBeCloseTo(1, 6);
  await store.close();
});
