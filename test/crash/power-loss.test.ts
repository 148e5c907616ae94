/**
 * Power cuts: of small histories every state that a disk may be found in, of random ones a sample. In each of them
 * what was acknowledged is there, every other call is there whole or not at all, all that is derived agrees, and
 * writing goes on.
 */
import { afterAll, describe, expect, it } from "vitest";
import type { EngineOptions } from "../../src/engine/engine.ts";
import { isFrancaError } from "../../src/errors.ts";
import { compareIds } from "../../src/model/id.ts";
import type { Store } from "../../src/store.ts";
import { Disk } from "../engine/disk.ts";
import { openOn, seeded } from "../engine/opened.ts";
import { type CrashState, crashStates, randomCrashState } from "./crash-states.ts";
import { textOf } from "./expect-same.ts";
import { type Found, History, observe } from "./history.ts";
import { randomCalls, type Script, schema, scripts } from "./scripts.ts";

const slow = process.env.FRANCA_SLOW === "1";
/** States tried per moment of a script; where there are more it is a sample. */
const statesPerMoment = slow ? 2000 : 8;
const randomHistories = slow ? 200 : 6;
const timeoutMs = slow ? 3_600_000 : 120_000;
const durabilities = ["commit", "os"] as const;

const totals = { moments: 0, states: 0, opened: 0, acknowledged: 0, sampledMoments: 0 };
afterAll(() => {
  console.log(
    `power cuts: ${totals.acknowledged} acknowledged calls, ${totals.moments} moments (${totals.sampledMoments} sampled, the others whole), ${totals.states} states, ${totals.opened} of them different and opened twice; bad 0`,
  );
});

describe.each(durabilities)("with durability %s", (durability) => {
  it.each(scripts.map((script) => [script.name, script] as const))(
    "%s: nothing acknowledged is lost, nothing is there in part, whatever a power cut leaves",
    async (_, script) => {
      const history = new History(new Disk(), durability);
      await play(history, script, durability);
      totals.acknowledged += history.acknowledged;
      const seen = new Map<string, Found>();
      const random = seeded(1);
      for (const at of history.moments()) {
        totals.moments++;
        let tried = 0;
        for (const state of crashStates(history.disk, at, statesPerMoment, random)) {
          tried++;
          const found =
            seen.get(state.hash) ?? (await openTwice(state, script.options, `${script.name}, at ${at}`));
          seen.set(state.hash, found);
          history.expectAllowed(found, at, `${script.name}, at ${at}`);
        }
        totals.states += tried;
        if (tried === statesPerMoment) totals.sampledMoments++;
      }
      totals.opened += seen.size;
    },
    timeoutMs,
  );

  it(
    `${randomHistories} random histories of three lives keep the same promise`,
    async () => {
      for (let seed = 0; seed < randomHistories; seed++) await liveThrice(seed, durability);
    },
    timeoutMs,
  );
});

async function play(
  history: History,
  { steps, options }: Script,
  durability: "commit" | "os",
): Promise<void> {
  const opened = () => openOn(history.disk.root, { durability, syncEveryMs: 1, ...options });
  let store = await opened();
  for (const step of steps) {
    if (step === "reopen") {
      await store.close();
      store = await opened();
    } else if (step === "optimize") await (await store.collection("main")).optimize();
    else
      await Promise.all(
        [step].flat().map((call) => history.call(store, isOfPoints(call) ? 0 : "catalog", call)),
      );
  }
  await store.close();
}

function isOfPoints(call: object): boolean {
  return !("side" in call) && ("upsert" in call || "update" in call || "delete" in call);
}

/** What is there; and that after a write, and a death or a close, it is still there, with the write. */
async function openTwice(state: CrashState, options: Partial<EngineOptions>, where: string): Promise<Found> {
  const disk = state.disk();
  let store: Store | undefined;
  try {
    store = await openOn(disk.root, options);
    const found = await observe(store, where);
    const hasMain = (await store.list()).includes("main");
    const main = hasMain ? await store.collection("main") : await store.create("main", schema);
    const probe = { id: 999_000, vectors: { a: [1, 1], b: [1] }, payload: { n: 1 } };
    await main.upsert([probe]);
    const gone = found.main.slice(0, 1).map(({ id }) => id);
    await main.delete({ ids: gone });
    // Every other one is killed instead of closed.
    const left = state.hash < "8" ? disk.copy() : disk;
    await store.close();
    store = await openOn(left.root, options);
    const again = await observe(store, `${where}, second opening`);
    const expected = [...found.main.slice(1), probe].sort((a, b) => compareIds(a.id, b.id));
    expect(again.main.map(textOf)).toEqual(expected.map(textOf));
    if (hasMain) expect(again.catalog).toBe(found.catalog);
    return found;
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}; files ${disk.files().join(", ")}`, {
      cause: error,
    });
  } finally {
    await store?.close().catch(() => {});
  }
}

async function liveThrice(seed: number, durability: "commit" | "os"): Promise<void> {
  const random = seeded(seed);
  const options: Partial<EngineOptions> = {
    durability,
    syncEveryMs: 1,
    segmentBytes: { log: 1500, vectors: 600 },
    checkpointBytes: random() < 0.5 ? 1000 : 2 ** 30,
    leastDead: { slots: 2, bytes: 300 },
    retryMs: 1,
  };
  let history = new History(new Disk(), durability);
  for (let life = 0; life < 3; life++) {
    const store = await openOn(history.disk.root, options);
    if (!(await store.list()).includes("main"))
      await history.call(store, "catalog", { create: "main", schema });
    const main = await store.collection("main");
    await Promise.all([
      ...[0, 1, 2].map(async (writer) => {
        for (const call of randomCalls(writer, life, 8, random)) {
          const done = history.call(store, writer, call);
          if (random() < 0.6) await done;
        }
      }),
      random() < 0.5 ? main.optimize() : undefined,
    ]);
    // Closing may be where the power goes.
    await store.close();
    totals.acknowledged += history.acknowledged;
    let next: History | undefined;
    const end = history.disk.now();
    for (let sample = 0; sample < 6; sample++) {
      const at = Math.floor(random() * end);
      const where = `seed ${seed}, life ${life}, at ${at}`;
      const found = await openTwice(randomState(history.disk, at, random), options, where);
      history.expectAllowed(found, at, where);
      totals.moments++;
      totals.sampledMoments++;
      totals.states++;
      totals.opened++;
      if (next === undefined) {
        const disk = randomCrashState(history.disk, at, random);
        next = history.next(disk, await openTwice({ hash: "f", disk: () => disk.copy() }, options, where));
      }
    }
    history = next!;
  }
}

function randomState(disk: Disk, at: number, random: () => number): CrashState {
  return { hash: random() < 0.5 ? "0" : "f", disk: () => randomCrashState(disk, at, random) };
}

describe("a disk that lost what it had synced", () => {
  it("is data_loss that names the file, or the points, or answers as before: never other answers", async () => {
    const outcomes = { same: 0, named: 0, dataLoss: 0 };
    for (const script of scripts) {
      const history = new History(new Disk(), "commit");
      await play(history, script, "commit");
      const whole = history.disk.copy();
      const expected = await observe(await openOn(whole.copy().root, script.options), script.name);
      for (const path of whole.files()) {
        const bytes = whole.bytes(path);
        for (let sector = 0; sector * 512 < bytes.length; sector++) {
          const disk = whole.copy();
          const lost = bytes.slice();
          lost.fill(0, sector * 512, (sector + 1) * 512);
          disk.replace(path, lost);
          outcomes[await outcomeOf(disk, path, script, expected)]++;
        }
      }
    }
    console.log(`pages lost after their sync: ${JSON.stringify(outcomes)}`);
    expect(outcomes.dataLoss).toBeGreaterThan(0);
    expect(outcomes.same).toBeGreaterThan(0);
  });
});

async function outcomeOf(
  disk: Disk,
  path: string,
  { name, options }: Script,
  expected: Found,
): Promise<"same" | "named" | "dataLoss"> {
  const where = `${name}, ${path}`;
  let store: Store | undefined;
  try {
    store = await openOn(disk.root, options);
    for (const collection of await store.list()) {
      // Reading finds what opening did not.
      const things = await store.collection(collection);
      const { warnings } = await things.scroll({ limit: 1000, select: { vectors: true } });
      const damaged = warnings.find(({ code }) => code === "damaged_points");
      if (damaged === undefined) continue;
      expect(damaged.details, where).toMatchObject({ count: expect.any(Number) });
      return "named";
    }
    expect(await observe(store, where), where).toEqual(expected);
    return "same";
  } catch (error) {
    if (!isFrancaError(error, "data_loss")) throw error;
    expect(error.details.file, where).toContain(path.split("/").at(-1));
    return "dataLoss";
  } finally {
    await store?.close().catch(() => {});
  }
}
