/**
 * Damage under a limit on memory, where rows are read from mapped files: whether they are mapped at opening, later, or
 * damaged in between, answers are the same, or differ in what a warning names. A file that is too short is never read
 * through a mapping, which would end the process. Everyday runs draw positions; FRANCA_SLOW=1 tries many more.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { EngineCollection } from "../../src/engine/collection.ts";
import { isFrancaError } from "../../src/errors.ts";
import type { Store } from "../../src/store.ts";
import { seeded } from "../engine/opened.ts";
import { seed } from "../seed.ts";
import type { Answers } from "./database.ts";
import {
  buildMapped,
  dimension,
  type Files,
  leastLimit,
  mapAll,
  mappedBytes,
  openMapped,
  readAll,
  search,
  writeFiles,
} from "./mapped-database.ts";
import { type Outcome, outcomeOfAsking } from "./outcome.ts";

const slow = process.env.FRANCA_SLOW !== undefined;
const tried = slow ? { flips: 1500, cuts: 400 } : { flips: 40, cuts: 15 };

let folder: string;
let whole: Files;
let maxMemoryBytes: number;
let expected: { searches: Answers; reads: Answers };
const totals = new Map<string, Map<string, number>>();

beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), "franca-mapped-")), "database");
  whole = await buildMapped(folder);
  const store = await openMapped(folder);
  expected = { searches: await search(store), reads: await readAll(store) };
  await store.close();
  maxMemoryBytes = await leastLimit(folder);
});

afterAll(() => {
  rmSync(join(folder, ".."), { recursive: true });
  for (const [kind, counts] of totals) {
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `${kind}: ${all} tried; ${[...counts].map(([what, count]) => `${what} ${count}`).join(", ")}`,
    );
  }
});

/** When rows begin to be read from their files; each returns how many bytes of them are. */
const ways: { [way: string]: { limit: () => number | undefined; map(store: Store): Promise<number> } } = {
  "mapped at opening": { limit: () => maxMemoryBytes, map: mappedBytes },
  "mapped later": { limit: () => undefined, map: mapAll },
};

/** What comes of opening what lies in the folder. */
async function outcomeOf(way: string): Promise<{ outcome: Outcome; mapped: number }> {
  const { limit, map } = ways[way]!;
  let store: Store;
  try {
    store = await openMapped(folder, limit());
  } catch (error) {
    if (!isFrancaError(error, "data_loss") && !isFrancaError(error, "failed_precondition")) throw error;
    return { outcome: "not opened", mapped: 0 };
  }
  let mapped = 0;
  try {
    const outcome = await outcomeOfAll(store, async () => {
      mapped = await map(store);
    });
    return { outcome, mapped };
  } finally {
    await store.close();
  }
}

async function outcomeOfAll(store: Store, first: () => Promise<unknown>): Promise<Outcome> {
  const searching = async () => {
    await first();
    return search(store);
  };
  const searched = await outcomeOfAsking(searching, "searches", expected.searches);
  const read = await outcomeOfAsking(() => readAll(store), "reads", expected.reads);
  return read === "same" ? searched : read;
}

async function attempt(way: string, kind: string, what: string, files: Files) {
  writeFiles(folder, files);
  const { outcome, mapped } = await outcomeOf(way).catch((error: Error) => {
    throw new Error(`${way}, ${what}: ${error.message}`, { cause: error });
  });
  const counts = totals.get(`${way}, ${kind}`) ?? new Map<string, number>();
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  totals.set(`${way}, ${kind}`, counts);
  return { outcome, mapped };
}

const isVectors = (path: string) => path.includes(".vectors-");

function damaged(path: string, change: (bytes: Uint8Array) => Uint8Array): Files {
  return new Map([...whole, [path, change(new Uint8Array(whole.get(path)!))]]);
}

function flipped(at: number, mask: number) {
  return (bytes: Uint8Array) => {
    bytes[at]! ^= mask;
    return bytes;
  };
}

/** Every second place is one of a vector. */
function places(count: number): { path: string; at: number }[] {
  const random = seeded(seed);
  const paths = [...whole.keys()].filter((path) => whole.get(path)!.length > 0);
  return Array.from({ length: count }, (_, i) => {
    const among = i % 2 === 0 ? paths.filter(isVectors) : paths;
    const path = among[Math.floor(random() * among.length)]!;
    return { path, at: Math.floor(random() * whole.get(path)!.length) };
  });
}

describe.each(Object.keys(ways))("rows that are %s", (way) => {
  it("give the same answers as those that are held", async () => {
    const { outcome, mapped } = await attempt(way, "whole", "whole", whole);
    expect(outcome).toBe("same");
    expect(mapped).toBeGreaterThan(10_000);
  });

  it("with any byte changed: the same answers, those that differ are named, or it is refused", async () => {
    for (const { path, at } of places(tried.flips)) {
      const files = damaged(path, flipped(at, 1 << (at % 8)));
      const { outcome } = await attempt(way, "bytes changed", `${path}, byte ${at}`, files);
      if (isVectors(path)) expect(["named", "same"], `${path}, byte ${at}`).toContain(outcome);
    }
  }, 3_600_000);

  it("with a file cut at any length: the same answers, those that differ are named, or it is refused", async () => {
    for (const { path, at } of places(tried.cuts)) {
      await attempt(
        way,
        "files cut",
        `${path} to ${at}`,
        damaged(path, (bytes) => bytes.subarray(0, at)),
      );
    }
  }, 3_600_000);

  it("with a file missing: rebuilt, or refused", async () => {
    for (const path of whole.keys()) {
      const files = new Map([...whole].filter(([other]) => other !== path));
      await attempt(way, "files missing", path, files);
    }
  }, 600_000);
});

describe("rows that are damaged on the medium while they are held", () => {
  /** Opens what is whole, damages it, maps what can be mapped, and asks. */
  async function meanwhile(path: string, change: (bytes: Uint8Array) => Uint8Array): Promise<Outcome> {
    writeFiles(folder, whole);
    const store = await openMapped(folder);
    try {
      await store.collection("things");
      writeFileSync(join(folder, path), change(new Uint8Array(whole.get(path)!)));
      return await outcomeOfAll(store, () => mapAll(store));
    } finally {
      await store.close();
    }
  }

  it("are noticed when they would be read from there: the same answers, or those that differ are named", async () => {
    const paths = [...whole.keys()].filter((path) => path.includes("vectors-0"));
    for (const path of paths) {
      for (const at of [3, 4 * dimension * 2 + 3]) {
        const outcome = await meanwhile(path, flipped(at, 0x40));
        expect(["same", "named"], `${path}, byte ${at}`).toContain(outcome);
      }
    }
  });

  it("stay held where their file was cut", async () => {
    for (const path of [...whole.keys()].filter(isVectors)) {
      const outcome = await meanwhile(path, (bytes) => bytes.subarray(0, bytes.length - 1));
      expect(["same", "named"], path).toContain(outcome);
    }
  });

  it("stay held where their file cannot be read; nothing fails for it", async () => {
    writeFiles(folder, whole);
    const store = await openMapped(folder);
    const { state } = (await store.collection("things")) as unknown as EngineCollection;
    for (const { vectors } of state.log.segments) {
      for (const file of vectors) vi.spyOn(file, "read").mockRejectedValue(new Error("EIO"));
    }
    expect(await mapAll(store)).toBe(0);
    vi.restoreAllMocks();
    expect(await outcomeOfAll(store, async () => {})).toBe("same");
    await store.close();
  });
});

it("closing waits for rows that are on their way into their files", async () => {
  writeFiles(folder, whole);
  const store = await openMapped(folder);
  const { state } = (await store.collection("things")) as unknown as EngineCollection;
  const moving = state.mapped.mapNext();
  await store.close();
  await expect(moving).resolves.toBeTypeOf("boolean");
});
