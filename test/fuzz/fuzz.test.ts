/**
 * The readers of every file format, fed with changed bytes whose checksums are put right: a typed FrancaError or a valid
 * object, never a RangeError or TypeError, a hang, or a giant allocation. Everyday runs are bounded by executions;
 * FRANCA_FUZZ_SECONDS bounds a slow run by time, FRANCA_FUZZ_ONLY picks targets, and FRANCA_SEED repeats a run.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isFrancaError } from "../../src/errors.ts";
import { seeded } from "../engine/opened.ts";
import { seed } from "../seed.ts";
import { openForged } from "./forged.ts";
import { mutate } from "./mutate.ts";
import { allTargets, type Target } from "./targets.ts";

const fuzzSeconds = Number(process.env.FRANCA_FUZZ_SECONDS ?? 0);
/** Of the cheapest target, in an everyday run. */
const everyday = 2400;
/** Changed bytes are a few kilobytes. */
const mostMegabytes = 512;

let targets: Target[];
const executions = new Map<string, { tried: number; refused: number }>();
beforeAll(async () => {
  const only = new RegExp(process.env.FRANCA_FUZZ_ONLY ?? "");
  targets = (await allTargets()).filter(({ name }) => only.test(name));
});
afterAll(() => {
  for (const [name, { tried, refused }] of executions)
    console.log(`fuzz: ${name}: ${tried} executions, ${refused} refused with a typed error`);
});

async function fuzz(target: Target, from: number): Promise<void> {
  const counts = { tried: 0, refused: 0 };
  executions.set(target.name, counts);
  const endMs = performance.now() + (fuzzSeconds * 1000) / targets.length;
  const isOver = () =>
    fuzzSeconds > 0 ? performance.now() > endMs : counts.tried >= Math.max(20, everyday / target.cost);
  while (!isOver()) {
    const random = seeded(from + counts.tried++);
    const sample = target.samples[Math.floor(random() * target.samples.length)]!;
    const other = target.samples[Math.floor(random() * target.samples.length)]!;
    const changed = mutate(sample, random, other);
    const bytes = random() < 0.9 ? target.fix(changed) : changed;
    try {
      await target.read(bytes);
    } catch (error) {
      if (!isFrancaError(error) || error.code === "internal")
        throw new Error(`${target.name}, seed ${from}, execution ${counts.tried}: ${String(error)}`, {
          cause: error,
        });
      counts.refused++;
    }
  }
}

it("a put into a slot that cannot be, under good checksums, is data_loss and no allocation", async () => {
  for (const slot of [2 ** 25, 2 ** 28 - 1, 2 ** 31 - 1, 2 ** 32 - 16]) {
    await expect(openForged(slot), String(slot)).rejects.toMatchObject({
      code: "data_loss",
      message: expect.stringMatching(/there can be no slot/),
    });
  }
}, 600_000);

describe("a reader fed with changed bytes gives a typed error or a valid object", () => {
  it("each of the readers, and whole databases", async () => {
    const before = process.resourceUsage().maxRSS;
    for (const target of targets) await fuzz(target, seed);
    const grownMegabytes = (process.resourceUsage().maxRSS - before) / 1024;
    expect(grownMegabytes).toBeLessThan(mostMegabytes);
  }, 3_600_000);
});
