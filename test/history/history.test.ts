/**
 * Many clients, random calls, three points: for each point there is an order of the calls that explains all that they
 * returned, over segments that roll, checkpoints, builds, compactions, and closing in the middle of it.
 */
import { it } from "vitest";
import { memoryDirectory } from "../../src/engine/files/memory.ts";
import { openOn, seeded } from "../engine/opened.ts";
import { type Recorder, recorder, schema, type Things } from "./clients.ts";
import { slowed } from "./slowed.ts";

const isSlow = process.env.FRANCA_SLOW === "1";
const rounds = isSlow ? 400 : 25;
const clients = 8;
const callsEach = 30;

it(
  `${rounds} histories of ${clients} clients are linearizable for each point`,
  async () => {
    const base = Number(process.env.FRANCA_SEED ?? 1);
    for (let round = 0; round < rounds; round++) {
      const why = (await run(seeded(base * 1000 + round))).unexplained();
      if (why !== undefined) throw new Error(`FRANCA_SEED=${base}, round ${round}, ${why}`);
    }
  },
  isSlow ? 900_000 : 60_000,
);

async function run(random: () => number): Promise<Recorder> {
  const files = memoryDirectory();
  const recording = recorder(random);
  const options = {
    segmentBytes: { log: 600, vectors: 200 },
    checkpointBytes: 1000,
    durability: random() < 0.5 ? "commit" : "os",
  } as const;
  for (let life = 0; life < 2; life++) {
    const store = await openOn(slowed(files, random), options);
    const things: Things = await store.create("things", schema, { ifExists: "open" });
    const ended = Promise.all(Array.from({ length: clients }, () => recording.client(things, callsEach)));
    // The second life ends in the middle of the calls: what they returned before holds, the rest was refused whole.
    if (life === 1) {
      while (recording.time < clients * callsEach * 3) await new Promise(setImmediate);
      await store.close();
    }
    await ended;
    if (life === 0) await store.close();
  }
  const store = await openOn(files, options);
  await recording.last(await store.collection("things", schema));
  await store.close();
  return recording;
}
