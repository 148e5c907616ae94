/**
 * The same clients over a server, each with connections of its own, while connections break at random: before the server has
 * a request, after it has done it, and in the middle of its answer. What was acknowledged is there, what was refused is not,
 * and of what is unknown there is an order that explains all that anybody saw.
 */
import { expect, it } from "vitest";
import { open } from "../../src/open.ts";
import { startServer } from "../../src/testing/testing.ts";
import { seeded } from "../engine/opened.ts";
import { type Recorder, recorder, schema, type Things } from "./clients.ts";

const isSlow = process.env.FRANCA_SLOW === "1";
const rounds = isSlow ? 200 : 5;
const clients = 6;
const callsEach = 25;

it(
  `${rounds} histories of ${clients} clients of a server are linearizable while connections break`,
  async () => {
    const base = Number(process.env.FRANCA_SEED ?? 1);
    let unknown = 0;
    for (let round = 0; round < rounds; round++) {
      const recording = await run(base * 1000 + round);
      const why = recording.unexplained();
      if (why !== undefined) throw new Error(`FRANCA_SEED=${base}, round ${round}, ${why}`);
      unknown += recording.unknown;
    }
    expect(unknown).toBeGreaterThan(rounds);
  },
  isSlow ? 900_000 : 60_000,
);

async function run(seed: number): Promise<Recorder> {
  const server = await startServer({ seed });
  const recording = recorder(seeded(seed), { isRemote: true });
  await server.store.create("things", schema);
  const stores = await Promise.all(Array.from({ length: clients }, () => open(server.url)));
  const all: Things[] = await Promise.all(stores.map((store) => store.collection("things", schema)));
  const request = "/points/";
  await server.faults.set({ kind: "drop-request" }, { request, probability: 0.03 });
  await server.faults.set({ kind: "drop-answer" }, { request, probability: 0.03 });
  await server.faults.set({ kind: "truncate", bytes: 40 }, { request, probability: 0.02 });
  await Promise.all(all.map((things) => recording.client(things, callsEach)));
  server.faults.clear();
  await recording.last(all[0]!);
  await Promise.all(stores.map((store) => store.close()));
  await server.stop();
  return recording;
}
