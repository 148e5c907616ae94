/**
 * Power cuts at any moment, on a simulated disk that keeps what was not synced or not, sector by sector: every write
 * that was acknowledged is there afterwards, every other one whole or not at all.
 */
import { expect, it } from "vitest";
import type { Collection } from "../../src/store.ts";
import { Disk } from "../engine/disk.ts";
import { openOn, seeded } from "../engine/opened.ts";

const slow = process.env.FRANCA_SLOW === "1";
const rounds = slow ? 2000 : 80;
const timeoutMs = slow ? 1_200_000 : 60_000;
const schema = {
  vectors: { a: { dimension: 4 }, b: { dimension: 2 } },
  payload: { batch: { type: "keyword" } },
} as const;
const batchSize = 3;
type Things = Collection<typeof schema>;

/** What a batch of points may be found as: undefined for not there, else its version. */
interface Expected {
  acknowledged: number | undefined;
  possible: (number | undefined)[];
}

it(
  `loses no acknowledged write and leaves none in part, in ${rounds} power cuts`,
  async () => {
    let acknowledged = 0;
    for (let round = 0; round < rounds; round++) acknowledged += await cutOnce(round, "commit");
    expect(acknowledged).toBeGreaterThan(rounds);
  },
  timeoutMs,
);

it(
  `with durability os may lose the last writes, whole, and never the database, in ${rounds} power cuts`,
  async () => {
    let acknowledged = 0;
    for (let round = 0; round < rounds; round++) acknowledged += await cutOnce(round, "os");
    expect(acknowledged).toBeGreaterThan(rounds);
  },
  timeoutMs,
);

async function cutOnce(seed: number, durability: "commit" | "os"): Promise<number> {
  const random = seeded(seed);
  const expected = new Map<string, Expected>();
  let disk = new Disk();
  let acknowledged = 0;
  // Several lives, so that what one left behind meets the next one's power cut.
  for (let life = 0; life < 3; life++) {
    const store = await openOn(disk.root, {
      durability,
      segmentBytes: { log: 1500, vectors: 600 },
      checkpointBytes: random() < 0.5 ? 2000 : 2 ** 30,
    });
    const things = await store.create("things", schema, { ifExists: "open" });
    await expectAll(things, expected, `seed ${seed}, life ${life}`);
    const power = { isOn: true, durability, operationsLeft: Math.floor(random() * 150) };
    let found: Disk | undefined;
    disk.before = () => {
      if (power.operationsLeft-- > 0) return;
      power.isOn = false;
      found ??= disk.cutPower(random);
      throw Object.assign(new Error("the power is off"), { code: "EIO" });
    };
    const writers = Array.from({ length: 4 }, (_, writer) =>
      write(things, `${life}.${writer}`, random, expected, power),
    );
    acknowledged += (await Promise.all(writers)).reduce((sum, count) => sum + count, 0);
    if (random() < 0.3) await store.close().catch(() => {});
    disk = found ?? disk.cutPower(random);
  }
  const store = await openOn(disk.root);
  await expectAll(await store.create("things", schema, { ifExists: "open" }), expected, `seed ${seed}, end`);
  await store.close();
  return acknowledged;
}

/** Puts, changes, moves and deletes batches until the power is off; returns how many writes were acknowledged. */
async function write(
  things: Things,
  writer: string,
  random: () => number,
  expected: Map<string, Expected>,
  power: { isOn: boolean; durability: "commit" | "os" },
): Promise<number> {
  let acknowledged = 0;
  for (let n = 0; power.isOn && n < 12; n++) {
    const batch = `${writer}.${n}`;
    for (const step of ["put", "change", "move", "delete"]) {
      const state = expected.get(batch) ?? { acknowledged: undefined, possible: [undefined] };
      const next = step === "delete" ? undefined : (state.acknowledged ?? 0) + 1;
      // What the operating system alone had may be found as it was at any time since the last life.
      const before = power.durability === "os" ? state.possible : [state.acknowledged];
      expected.set(batch, { ...state, possible: [...before, next] });
      const written = await attempt(things, batch, step, next ?? 0);
      if (!written) return acknowledged;
      acknowledged++;
      const after = power.durability === "os" ? [...before, next] : [next];
      expected.set(batch, { acknowledged: next, possible: after });
      if (random() < 0.4) break;
    }
  }
  return acknowledged;
}

async function attempt(things: Things, batch: string, step: string, version: number): Promise<boolean> {
  const ids = Array.from({ length: batchSize }, (_, i) => `${batch}.${i}`);
  const payload = { batch: `${batch}@${version}` };
  try {
    if (step === "put") {
      await things.upsert(ids.map((id, i) => ({ id, vectors: { a: vectorOf(version, i) }, payload })));
    } else if (step === "change") {
      await things.update({ ids }, { setPayload: payload });
    } else if (step === "move") {
      await things.update(
        { filter: { field: "batch", eq: `${batch}@${version - 1}` } },
        { setPayload: payload, setVectors: { b: [version, 1] } },
      );
    } else {
      await things.delete({ ids });
    }
    return true;
  } catch {
    return false;
  }
}

function vectorOf(version: number, i: number): number[] {
  return [version, i, 1, 2];
}

async function expectAll(things: Things, expected: Map<string, Expected>, where: string): Promise<void> {
  let points = 0;
  for (const [batch, state] of expected) {
    const ids = Array.from({ length: batchSize }, (_, i) => `${batch}.${i}`);
    const found = await things.get(ids, { vectors: true });
    const versions = new Set(
      found.map((point) => point && Number(String(point.payload?.batch).split("@")[1])),
    );
    expect(versions.size, `${where}: ${batch} is whole`).toBe(1);
    const [version] = versions;
    expect(state.possible, `${where}: ${batch}`).toContain(version);
    found.forEach((point, i) => {
      if (point !== undefined) expect(point.vectors?.a).toEqual(Float32Array.from(vectorOf(1, i)));
    });
    // From here on it is known, and has to stay so.
    expected.set(batch, { acknowledged: version, possible: [version] });
    if (version !== undefined) points += batchSize;
    const filter = { field: "batch", eq: `${batch}@${version}` } as const;
    expect((await things.count({ filter })).count, `${where}: index of ${batch}`).toBe(
      version === undefined ? 0 : batchSize,
    );
  }
  expect((await things.count()).count, `${where}: nothing else is there`).toBe(points);
}
