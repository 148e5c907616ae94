/**
 * Every byte of every file changed, every file cut, missing, or put back from another time or place: the same answers,
 * a typed error, or differences that a warning names. Never a crash, never a wrong answer without a warning.
 * Everyday runs draw positions by the seed; FRANCA_SLOW=1 tries all of them, and prints how many there were.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Disk } from "../engine/disk.ts";
import { openOn, seeded } from "../engine/opened.ts";
import { seed } from "../seed.ts";
import { build, smallSegments } from "./database.ts";
import { askAll, type Expected, findsDamage, type Outcome, outcomeOf } from "./outcome.ts";

const slow = process.env.FRANCA_SLOW !== undefined;
/** Tried in an everyday run. */
const everyday = { flips: 400, cuts: 150 };

let whole: Disk;
let older: Disk;
let expected: Expected;
const totals = new Map<string, Map<string, number>>();

beforeAll(async () => {
  ({ disk: whole, older } = await build());
  const store = await openOn(whole.copy().root, smallSegments);
  expected = await askAll(store);
  await store.close();
});

afterAll(() => {
  const files = whole.files().length;
  const bytes = whole.files().reduce((sum, path) => sum + whole.bytes(path).length, 0);
  console.log(`damage: ${files} files, ${bytes} bytes`);
  for (const [kind, counts] of totals) {
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `  ${kind}: ${all} tried; ${[...counts].map(([what, count]) => `${what} ${count}`).join(", ")}`,
    );
  }
});

async function attempt(
  kind: string,
  what: string,
  disk: Disk,
): Promise<{ outcome: Outcome; found: boolean }> {
  let found: boolean;
  let outcome: Outcome;
  try {
    found = await findsDamage(disk.copy().root);
    outcome = await outcomeOf(disk.root, expected);
  } catch (error) {
    throw new Error(`${kind}: ${what}: ${(error as Error).message}`, { cause: error });
  }
  const counts = totals.get(kind) ?? new Map<string, number>();
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  totals.set(kind, counts);
  return { outcome, found };
}

/** All, or as many as an everyday run has time for. */
function drawn<T>(all: T[], most: number): T[] {
  if (slow || all.length <= most) return all;
  const random = seeded(seed);
  return Array.from({ length: most }, () => all[Math.floor(random() * all.length)]!);
}

const replaced = (path: string, bytes: Uint8Array): Disk => {
  const disk = whole.copy();
  disk.replace(path, bytes);
  return disk;
};
const remove = async (disk: Disk, path: string): Promise<void> => {
  const [folder, name] = path.includes("/") ? path.split("/") : [undefined, path];
  await (folder === undefined ? disk.root : await disk.root.directory(folder)).remove(name!);
};
const isDerived = (path: string) => path.endsWith(".checkpoint");

describe("a database with everything in it", () => {
  it("has segments that are sealed, checkpoints of all kinds, and answers to compare", () => {
    const paths = whole.files();
    const logs = paths.filter((path) => path.endsWith(".log"));
    const areCompacted = logs.map((path) => whole.bytes(path)[20] === 1);
    expect(areCompacted).toContain(true);
    expect(areCompacted.filter((isCompacted) => !isCompacted).length).toBeGreaterThan(2);
    expect(paths.filter(isDerived).length).toBe(7);
    expect(Object.keys(expected.things.scroll as object).length).toBe(6);
  });

  it("with any byte changed answers the same, names what differs, or refuses; verify finds every one", async () => {
    const places = whole.files().flatMap((path) => Array.from(whole.bytes(path), (_, at) => ({ path, at })));
    for (const { path, at } of drawn(places, everyday.flips)) {
      const bytes = whole.bytes(path).slice();
      bytes[at]! ^= 1 << (at % 8);
      const { outcome, found } = await attempt("bytes changed", `${path}, byte ${at}`, replaced(path, bytes));
      expect(found, `verify of ${path}, byte ${at}`).toBe(true);
      if (isDerived(path)) expect(outcome, `${path}, byte ${at}`).toBe("rebuilt");
      // One byte of a vector or behind a segment's header is a point or none, and the database opens.
      const isOfPoints = path.includes(".vectors-") || (path.endsWith(".log") && at >= 32);
      if (isOfPoints) expect(["named", "same"], `${path}, byte ${at}`).toContain(outcome);
    }
  }, 3_600_000);

  it("with a file cut at any length answers the same, names what differs, or refuses; verify finds every one", async () => {
    const cuts = whole.files().flatMap((path) => {
      const { length } = whole.bytes(path);
      return Array.from({ length }, (_, at) => ({ path, at })).filter(
        ({ at }) => length <= 2048 || at % 512 === 0 || at === length - 1,
      );
    });
    for (const { path, at } of drawn(cuts, everyday.cuts)) {
      const disk = replaced(path, whole.bytes(path).slice(0, at));
      const { outcome, found } = await attempt("files cut", `${path} to ${at}`, disk);
      expect(found, `verify of ${path} cut to ${at}`).toBe(true);
      if (isDerived(path)) expect(outcome, `${path} cut to ${at}`).toBe("rebuilt");
    }
  }, 3_600_000);

  it("with any file missing rebuilds what is derived and refuses what is not; verify finds every one", async () => {
    for (const path of whole.files()) {
      const disk = whole.copy();
      await remove(disk, path);
      const { outcome, found } = await attempt("files missing", path, disk);
      expect(found, path).toBe(true);
      expect(isDerived(path) ? ["rebuilt"] : ["refused", "not opened"], path).toContain(outcome);
    }
  }, 600_000);

  it("with any file put back from earlier answers the same, names what differs, or refuses", async () => {
    for (const path of older.files()) {
      if (!whole.files().includes(path)) continue;
      await attempt("files of an older copy", path, replaced(path, older.bytes(path)));
    }
  }, 600_000);

  it("with any file exchanged for another collection's answers the same, names what differs, or refuses", async () => {
    const [first, second] = ["collection-000001", "collection-000002"];
    for (const path of whole.files().filter((each) => each.includes("/"))) {
      const [folder, name] = path.split("/");
      const other = `${folder === first ? second : first}/${name}`;
      if (!whole.files().includes(other)) continue;
      const disk = replaced(path, whole.bytes(other));
      const { found } = await attempt("files of another collection", `${path} from ${other}`, disk);
      expect(found, path).toBe(true);
    }
  }, 600_000);
});
