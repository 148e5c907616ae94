/** kill −9 at random moments: every acknowledged write is there afterwards, every other one whole or not at all. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import type { Collection } from "../../src/store.ts";
import { seeded } from "../engine/opened.ts";

const slow = process.env.FRANCA_SLOW === "1";
const rounds = slow ? 200 : 12;
const writer = fileURLToPath(new URL("./writer.mjs", import.meta.url));

/** Version of a batch: a number, or "gone" when it is not there. */
interface Expected {
  acknowledged: string;
  possible: string[];
}

it("the built package is there, for the children run it", () => {
  expect(existsSync(new URL("../../dist/engine/open.js", import.meta.url)), "npm run build").toBe(true);
});

it.each(["commit", "os"])(
  `${rounds} kills lose no acknowledged write and leave none in part (durability %s)`,
  async (durability) => {
    const folder = await mkdtemp(join(tmpdir(), "franca-kill-"));
    const random = seeded(rounds);
    const expected = new Map<string, Expected>();
    let acknowledged = 0;
    try {
      for (let round = 0; round < rounds; round++) {
        acknowledged += await killOnce(folder, round, durability, Math.floor(random() * 60), expected);
        const store = await open(folder);
        const things = await store.collection("things").catch(() => undefined);
        await expectAll(things, expected, `round ${round}`);
        // Most times the log goes on without a checkpoint, as after a crash; the lock is left to the dead then.
        await store.close();
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(acknowledged).toBeGreaterThan(rounds);
  },
  slow ? 1_200_000 : 60_000,
);

/** Kills the child after so many acknowledgements; returns how many came through. */
async function killOnce(
  folder: string,
  life: number,
  durability: string,
  after: number,
  expected: Map<string, Expected>,
): Promise<number> {
  const child = spawn(process.execPath, [writer, folder, String(life), durability], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let acknowledged = 0;
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  let rest = "";
  child.stdout.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (note(line, expected)) acknowledged++;
    }
    if (acknowledged >= after) child.kill("SIGKILL");
  });
  expect(await ended(child), errors).toBe("SIGKILL");
  return acknowledged;
}

function ended(child: ChildProcess): Promise<string | number | null> {
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve(signal ?? code));
  });
}

/** Takes a line of the child into account; true when it acknowledges a write. */
function note(line: string, expected: Map<string, Expected>): boolean {
  const [word, batch, version] = line.split(" ") as [string, string, string];
  const before = expected.get(batch)?.acknowledged ?? "gone";
  if (word === "try") expected.set(batch, { acknowledged: before, possible: [before, version] });
  else expected.set(batch, { acknowledged: version, possible: [version] });
  return word === "done";
}

async function expectAll(
  things: Collection | undefined,
  expected: Map<string, Expected>,
  where: string,
): Promise<void> {
  let points = 0;
  for (const [batch, { possible }] of expected) {
    const found = (await things?.get(
      [0, 1, 2, 3].map((i) => `${batch}.${i}`),
      { vectors: true },
    )) ?? [undefined];
    const versions = new Set(
      found.map((point) => (point === undefined ? "gone" : String(point.payload?.version))),
    );
    expect(versions.size, `${where}: ${batch} is whole`).toBe(1);
    const [version] = versions as Set<string>;
    expect(possible, `${where}: ${batch}`).toContain(version);
    for (const point of found) {
      if (point !== undefined) expect(point.vectors?.v).toHaveLength(16);
    }
    expected.set(batch, { acknowledged: version!, possible: [version!] });
    if (version !== "gone") points += found.length;
  }
  expect((await things?.count())?.count ?? 0, `${where}: nothing else is there`).toBe(points);
}
