/**
 * Clients that make random calls on three points, and the history of each point: when every call was made and returned, and
 * what it can have done. A call whose outcome is unknown never returned: it may have happened at any time since, or not.
 */
import { expect } from "vitest";
import { isFrancaError } from "../../src/errors.ts";
import type { StoredPoint } from "../../src/model/point.ts";
import type { Collection } from "../../src/store.ts";
import { type Operation, unexplained } from "./linearizable.ts";

export const ids = ["a", "b", "c"] as const;
type Id = (typeof ids)[number];

export const schema = {
  vectors: { v: { dimension: 2, metric: "euclidean" } },
  payload: { n: { type: "integer" }, id: { type: "keyword" } },
} as const;
export type Things = Collection<typeof schema>;

/** "vector:payload" by their versions; undefined where there is no point. */
type State = string | undefined;
type Step = Pick<Operation<State>, "next"> & { name: string };

export interface Recorder {
  /** Makes random calls, and resolves when they are made or the store is closed. */
  client(things: Things, calls: number): Promise<void>;
  /** Reads every point once more. */
  last(things: Things): Promise<void>;
  /** Moments so far: two for each call on a point. */
  readonly time: number;
  /** Calls whose outcome is unknown. */
  readonly unknown: number;
  /** Undefined when every point's history is linearizable. */
  unexplained(): string | undefined;
}

/** `isRemote`: reads may fail, however often they are tried, and leave no trace. */
export function recorder(random: () => number, { isRemote = false }: { isRemote?: boolean } = {}): Recorder {
  const history = new Map<Id, Operation<State>[]>(ids.map((id) => [id, []]));
  let time = 0;
  let version = 0;
  let unknown = 0;

  return {
    client,
    async last(things) {
      for (const id of ids)
        await observe([id], async () => note(await things.get([id], { vectors: true }), [id]));
      expect((await things.count()).count).toBe((await things.scroll()).points.length);
    },
    get time() {
      return time;
    },
    get unknown() {
      return unknown;
    },
    unexplained() {
      for (const id of ids) {
        const why = unexplained(history.get(id)!, undefined);
        if (why !== undefined) return `point ${id}: ${why}`;
      }
      return undefined;
    },
  };

  async function client(things: Things, calls: number): Promise<void> {
    for (let n = 0; n < calls; n++) {
      try {
        await call(things);
      } catch (error) {
        // Closed (or a build that closing stopped): nothing of it happened, so that it has no place in the history.
        if (isFrancaError(error, "failed_precondition") || isFrancaError(error, "cancelled")) return;
        if (!isRemote || !isFrancaError(error, "unavailable")) throw error;
      }
    }
  }

  async function call(things: Things): Promise<void> {
    const some = ids.filter(() => random() < 0.4);
    const id = ids[Math.floor(random() * ids.length)]!;
    const n = ++version;
    const dice = random();
    if (dice < 0.2) {
      const written: Step = { next: () => [`${n}:${n}`], name: `upsert ${n}` };
      await observe(
        some,
        async () => {
          await things.upsert(some.map((each) => ({ id: each, vector: [n, 0], payload: { n, id: each } })));
          return some.map(() => written);
        },
        written,
      );
    } else if (dice < 0.3) {
      await observe(
        [id],
        async () => {
          const { count } = await things.update({ ids: [id] }, { setPayload: { n } });
          return [
            {
              next: (state) => updated(state, count, (vector) => `${vector}:${n}`),
              name: `pay ${n} → ${count}`,
            },
          ];
        },
        { next: (state) => changed(state, (vector) => `${vector}:${n}`), name: `pay ${n}` },
      );
    } else if (dice < 0.4) {
      await observe(
        [id],
        async () => {
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
        },
        { next: (state) => changed(state, (_, payload) => `${n}:${payload}`), name: `vec ${n}` },
      );
    } else if (dice < 0.5) {
      const selector = random() < 0.5 ? { ids: [id] } : { filter: { field: "id", eq: id } as const };
      await observe(
        [id],
        async () => {
          const { count } = await things.delete(selector);
          return [
            {
              next: (state) => ((state !== undefined) === (count === 1) ? [undefined] : []),
              name: `delete → ${count}`,
            },
          ];
        },
        { next: () => [undefined], name: "delete" },
      );
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
    act: () => Promise<Step[]>,
    /** What a write does, whatever it would have returned. */
    maybe?: Step,
  ): Promise<void> {
    if (about.length === 0) return;
    const called = time++;
    try {
      const steps = await act();
      const returned = time++;
      for (const [i, step] of steps.entries()) put(about[i]!, called, returned, step);
    } catch (error) {
      if (maybe === undefined || !isFrancaError(error) || error.details.outcome !== "unknown") throw error;
      unknown++;
      for (const id of about)
        put(id, called, Number.POSITIVE_INFINITY, { ...maybe, name: `${maybe.name} ?` });
    }
  }

  function put(id: Id, called: number, returned: number, { next, name }: Step): void {
    history.get(id)!.push({ called, returned, next, toString: () => name });
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
  return (state !== undefined) === (count === 1) ? changed(state, change) : [];
}

function changed(state: State, change: (vector: string, payload: string) => string): readonly State[] {
  if (state === undefined) return [undefined];
  const [vector, payload] = state.split(":") as [string, string];
  return [change(vector, payload)];
}
