/**
 * kill −9 at random moments and at named points of a child that writes from all sides: whatever it was told is done is
 * there afterwards, every other call whole or not at all, and everything derived agrees with it. The next child
 * recovers what the last one left, so that kills during recovery are among them. Every third database lives under a limit
 * on its memory, so small that sealed vectors stay in their files and writes are refused: those have changed nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { nodeDirectory } from "../../src/engine/files/node.ts";
import { isFrancaError } from "../../src/errors.ts";
import type { Store } from "../../src/store.ts";
import { openOn, seeded } from "../engine/opened.ts";
import { Ledger } from "./ledger.ts";
import { namedPoints } from "./points.ts";
import { type Shape, shapeOf } from "./shapes.ts";
import { planOf, Totals } from "./totals.ts";

const slow = process.env.FRANCA_SLOW === "1";
const kills = Number(process.env.FRANCA_KILLS ?? (slow ? 2000 : 50));
/** Lives of one database; the next begins with a new one. */
const livesPerDatabase = 8;
const script = fileURLToPath(new URL("./child.mjs", import.meta.url));

/** What the child's stdout told besides its calls. */
interface Death {
  point: string;
  visits: { [point: string]: number };
  /** Whether rows were read from their files before. */
  hasMapped: boolean;
  /** How often opening "main" was refused under the limit. */
  didNotFit: number;
}

it("the built package is there, for the children run it", () => {
  expect(existsSync(new URL("../../dist/engine/open.js", import.meta.url)), "npm run build").toBe(true);
});

it(
  `${kills} kills lose no acknowledged call and leave none in part`,
  async () => {
    const seed = Number(process.env.FRANCA_SEED ?? 1);
    const random = seeded(seed);
    const totals = new Totals();
    for (let database = 0; totals.kills < kills; database++) {
      const folder = await mkdtemp(join(tmpdir(), "franca-kill-"));
      try {
        await live(folder, `seed ${seed}, database ${database}`, shapeOf(database, random), random, totals);
      } finally {
        await rm(folder, { recursive: true });
      }
    }
    console.log(String(totals));
    expect(totals.acknowledged).toBeGreaterThan(kills);
    const { refused, mapped, mappedAtOpening } = totals.underLimit;
    expect(Math.min(refused, mapped, mappedAtOpening)).toBeGreaterThan(0);
    if (slow) expect(namedPoints.filter((point) => !totals.deaths.has(point))).toEqual([]);
  },
  slow ? 3_600_000 : 120_000,
);

async function live(
  folder: string,
  name: string,
  shape: Shape,
  random: () => number,
  totals: Totals,
): Promise<void> {
  const { maxMemoryBytes } = shape;
  const ledger = new Ledger({ mayRefuse: maxMemoryBytes !== undefined });
  const durability = random() < 0.5 ? "commit" : "os";
  for (let life = 0; life < livesPerDatabase && totals.kills < kills; life++) {
    const plan = planOf(random, totals);
    const where = `${name}, life ${life} (${durability}, ${JSON.stringify({ ...plan, ...shape })})`;
    const options = {
      folder: join(folder, "database"),
      durability,
      life,
      seed: Math.floor(random() * 2 ** 31),
      phases: 1 + Math.floor(random() * 2),
      calls: 6 + Math.floor(random() * 20),
      plan,
      ...shape,
    };
    const death = await killOnce(options, random() < 0.1 ? random() * 300 : undefined, ledger);
    const { point, visits } = death;
    // Whoever closed its database before has not died of it.
    if (point === "end") totals.ended++;
    else totals.kills++;
    totals.deaths.set(point, (totals.deaths.get(point) ?? 0) + 1);
    for (const [visited, count] of Object.entries(visits))
      totals.mostVisits.set(visited, Math.max(totals.mostVisits.get(visited) ?? 0, count));
    const { mappedAtOpening } = await settle(
      { folder: options.folder, ...shape },
      ledger,
      `${where}, died ${point}`,
      random() < 0.25,
    );
    if (maxMemoryBytes !== undefined) {
      if (point !== "end") totals.underLimit.kills++;
      totals.underLimit.mapped += Number(death.hasMapped);
      totals.underLimit.didNotFit += death.didNotFit;
      totals.underLimit.mappedAtOpening += mappedAtOpening;
    }
  }
  totals.underLimit.refused += ledger.refused;
  if (maxMemoryBytes !== undefined) totals.underLimit.acknowledged += ledger.acknowledged;
  totals.acknowledged += ledger.acknowledged;
  totals.inFlight += ledger.inFlight;
  totals.survived += ledger.survived;
}

/** @param afterMs when the parent kills, whatever the child plans */
async function killOnce(options: object, afterMs: number | undefined, ledger: Ledger): Promise<Death> {
  const child = spawn(process.execPath, ["--no-warnings", script, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const death: Death = { point: "killed by the parent", visits: {}, hasMapped: false, didNotFit: 0 };
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  let rest = "";
  child.stdout.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const [word, who, number, ...text] = line.split(" ") as [string, string, string, ...string[]];
      if (word === "try") ledger.began(who, number, JSON.parse(text.join(" "), withBigints));
      else if (word === "done") ledger.done(who, number);
      else if (word === "refused") ledger.notDone(who, number);
      else if (word === "mapped") death.hasMapped = true;
      else if (line === "did not fit") death.didNotFit++;
      else if (word === "died") Object.assign(death, JSON.parse(line.slice(5)));
      else if (word === "opened" && afterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), afterMs);
    }
  });
  expect(await ended(child), errors).toBe("SIGKILL");
  return death;
}

function ended(child: ChildProcess): Promise<string | number | null> {
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve(signal ?? code));
  });
}

function withBigints(_: string, value: unknown): unknown {
  const digits = (value as { bigint?: unknown } | null)?.bigint;
  return typeof digits === "string" ? BigInt(digits) : value;
}

/** Looks at a copy, so that the next child finds what the dead one left. */
async function settle(
  { folder, ...shape }: { folder: string } & Shape,
  ledger: Ledger,
  where: string,
  twice: boolean,
): Promise<{ mappedAtOpening: number }> {
  const found = { mappedAtOpening: 0 };
  if (!existsSync(folder)) return found;
  const copy = `${folder}-copy`;
  await cp(folder, copy, { recursive: true });
  try {
    // What was cut stays cut, and what the first opening settled is so for the second.
    for (let opening = 1; opening <= (twice ? 2 : 1); opening++) {
      const store = await openCopy(copy, shape);
      try {
        if (await mapsRows(store)) found.mappedAtOpening++;
        await ledger.settle(store, `${where}, opening ${opening}`);
      } finally {
        await store.close();
      }
    }
  } finally {
    await rm(copy, { recursive: true });
  }
  return found;
}

/** Under the limit, as far as everything in it fits. */
async function openCopy(copy: string, { segmentBytes, maxMemoryBytes }: Shape): Promise<Store> {
  const options = { segmentBytes, ...(maxMemoryBytes !== undefined && { maxMemoryBytes }) };
  const store = await openOn(await nodeDirectory(copy), options);
  if (maxMemoryBytes === undefined) return store;
  try {
    for (const name of await store.list()) await store.collection(name);
    return store;
  } catch (error) {
    await store.close();
    if (!isFrancaError(error, "resource_exhausted")) throw error;
    return openOn(await nodeDirectory(copy), { segmentBytes });
  }
}

async function mapsRows(store: Store): Promise<boolean> {
  if (!(await store.list()).includes("main")) return false;
  return ((await (await store.collection("main")).stats()).memory?.mappedBytes ?? 0) > 0;
}
