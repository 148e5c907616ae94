/**
 * Many clients, random calls, three points: for each point there is an order of the calls that explains all that they
 * returned, over segments that roll, checkpoints, builds, compactions, and closing in the middle of it.
 */
import { expect, it } from "vitest";
import { memoryDirectory } from "../../src/engine/files/memory.ts";
import { isFrancaError } from "../../src/errors.ts";
import type { StoredPoint } from "../../src/model/point.ts";
import type { Collection } from "../../src/store.ts";
import { openOn, seeded } from "../engine/opened.ts";
import { type Operation, unexplained } from "./linearizable.ts";
import { slowed } from "./slowed.ts";

const isSlow = process.env.FRANCA_SLOW === "1";
const rounds = isSlow ? 400 : 25;
const clients = 8;
const callsEach = 30;
const ids = ["a", "b", "c"] as const;
type Id = (typeof ids)[number];

const schema = {
  vectors: { v: { dimension: 2, metric: "euclidean" } },
  payload: { n: { type: "integer" }, id: { type: "keyword" } },
} as const;
type Things = Collection<typeof schema>;

/** "vector:payload" by their versions; undefined where there is no point. */
type State = string | undefined;

it(
  `${rounds} histories of ${clients} clients are linearizable for each point`,
  async () => {
    const base = Number(process.env.FRANCA_SEED ?? 1);
    for (let round = 0; round < rounds; round++) {
      const history = await run(seeded(base * 1000 + round));
      for (const id of ids) {
        const why = unexplained(history.get(id)!, undefined);
        if (why !== undefined) throw new Error(`FRANCA_SEED=${base}, round ${round}, point ${id}: ${why}`);
      }
    }
  },
  isSlow ? 900_000 : 60_000,
);

async function run(random: () => number): Promise<Map<Id, Operation<State>[]>> {
  const history = new Map<Id, Operation<State>[]>(ids.map((id) => [id, []]));
  const files = memoryDirectory();
  let time = 0;
  let version = 0;
  const options = {
    segmentBytes: { log: 600, vectors: 200 },
    checkpointBytes: 1000,
    durability: random() < 0.5 ? "commit" : "os",
  } as const;
  for (let life = 0; life < 2; life++) {
    const store = await openOn(slowed(files, random), options);
    const things: Things = await store.create("things", schema, { ifExists: "open" });
    const ended = Promise.all(Array.from({ length: clients }, () => client(things)));
    // The second life ends in the middle of the calls: what they returned before holds, the rest was refused whole.
    if (life === 1) {
      while (time < clients * callsEach * 3) await new Promise(setImmediate);
      await store.close();
    }
    await ended;
    if (life === 0) await store.close();
  }
  const store = await openOn(files, options);
  const things: Things = await store.collection("things", schema);
  for (const id of ids)
    await observe([id], async () => note(await things.get([id], { vectors: true }), [id]));
  expect((await things.count()).count).toBe((await things.scroll()).points.length);
  await store.close();
  return history;

  async function client(things: Things): Promise<void> {
    for (let n = 0; n < callsEach; n++) {
      try {
        await call(things);
      } catch (error) {
        // Closed (or a build that closing stopped): nothing of it happened, so that it has no place in the history.
        if (isFrancaError(error, "failed_precondition") || isFrancaError(error, "cancelled")) return;
        throw error;
      }
    }
  }

  async function call(things: Things): Promise<void> {
    const some = ids.filter(() => random() < 0.4);
    const id = ids[Math.floor(random() * ids.length)]!;
    const n = ++version;
    const dice = random();
    if (dice < 0.2) {
      await observe(some, async () => {
        await things.upsert(some.map((each) => ({ id: each, vector: [n, 0], payload: { n, id: each } })));
        return some.map(() => ({ next: () => [`${n}:${n}`], name: `upsert ${n}` }));
      });
    } else if (dice < 0.3) {
      await observe([id], async () => {
        const { count } = await things.update({ ids: [id] }, { setPayload: { n } });
        return [
          {
            next: (state) => updated(state, count, (vector) => `${vector}:${n}`),
            name: `pay ${n} → ${count}`,
          },
        ];
      });
    } else if (dice < 0.4) {
      await observe([id], async () => {
        const { count } = await things.update(
          { filter: { field: "id", eq: id } },
          { setVectors: { v: [n, 0] } },
        );
        return [
          {
            next: (state) => updated(state, count, (_, payload) => `${n}:${payload}`),
            name: `vec ${n} → ${count}`,
          },
        ];
      });
    } else if (dice < 0.5) {
      const selector = random() < 0.5 ? { ids: [id] } : { filter: { field: "id", eq: id } as const };
      await observe([id], async () => {
        const { count } = await things.delete(selector);
        return [
          {
            next: (state) => ((state !== undefined) === (count === 1) ? [undefined] : []),
            name: `delete → ${count}`,
          },
        ];
      });
    } else if (dice < 0.7) {
      await observe(some, async () => note(await things.get(some, { vectors: true }), some));
    } else if (dice < 0.85) {
      await observe(ids, async () => {
        const exact = random() < 0.5;
        const { hits } = await things.query({
          nearest: [0, 0],
          select: { vectors: true },
          params: { exact },
        });
        for (const hit of hits) expect(hit.score).toBe(hit.vectors?.v?.[0]);
        return note(
          ids.map((each) => hits.find((hit) => hit.id === each)),
          ids,
        );
      });
    } else if (dice < 0.95) {
      await observe(ids, async () => {
        const { points } = await things.scroll({ select: { vectors: true } });
        return note(
          ids.map((each) => points.find((point) => point.id === each)),
          ids,
        );
      });
    } else {
      await things.optimize();
    }
  }

  /** Puts the call into the history of each of its points. */
  async function observe(
    about: readonly Id[],
    act: () => Promise<{ next: (state: State) => readonly State[]; name: string }[]>,
  ): Promise<void> {
    if (about.length === 0) return;
    const called = time++;
    const outcomes = await act();
    const returned = time++;
    outcomes.forEach(({ next, name }, i) => {
      history.get(about[i]!)!.push({ called, returned, next, toString: () => name });
    });
  }
}

/** One reading of each of the points. */
function note(points: readonly (StoredPoint<typeof schema> | undefined)[], about: readonly Id[]) {
  return about.map((_, i) => {
    const point = points[i];
    const seen = point && `${point.vectors?.v?.[0]}:${point.payload?.n}`;
    return { next: (state: State) => (state === seen ? [state] : []), name: `read ${seen}` };
  });
}

function updated(
  state: State,
  count: number,
  change: (vector: string, payload: string) => string,
): readonly State[] {
  if (state === undefined) return count === 0 ? [undefined] : [];
  const [vector, payload] = state.split(":") as [string, string];
  return count === 1 ? [change(vector, payload)] : [];
}
