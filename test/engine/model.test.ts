/**
 * Random programs of writes, with restarts, crashes, power cuts, lost checkpoints and optimize() in between, against a
 * Map that is obviously right; also with slots given back and segments compacted all the time.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { EngineOptions } from "../../src/engine/engine.ts";
import { compareIds, normalizeId, type PointId } from "../../src/model/id.ts";
import type { Payload } from "../../src/model/payload.ts";
import type { Collection, Store } from "../../src/store.ts";
import { Disk } from "./disk.ts";
import { openOn, seeded } from "./opened.ts";

const schema = {
  vectors: { a: { dimension: 2 }, b: { dimension: 1 } },
  payload: { n: { type: "integer" } },
} as const;
const slow = process.env.FRANCA_SLOW === "1";
type Things = Collection<typeof schema>;
interface Stored {
  payload: Payload;
  vectors: { a?: number[]; b?: number[] };
}
type Model = Map<PointId, Stored>;

const ids = fc.constantFrom<PointId>(1, 2, 3, "1", "x", 2n ** 60n);
const numbers = fc.integer({ min: -3, max: 3 });
const payloads = fc.record(
  {
    n: fc.oneof(numbers, fc.constant(null), fc.array(numbers, { maxLength: 2 })),
    word: fc.constantFrom("x", "y"),
    other: fc.jsonValue({ maxDepth: 1 }),
  },
  { requiredKeys: [] },
);
const vectors = fc.record({ a: fc.tuple(numbers, numbers), b: fc.tuple(numbers) }, { requiredKeys: [] });
const selectors = fc.oneof(
  fc.record({ ids: fc.array(ids, { maxLength: 3 }) }),
  fc.record({ filter: fc.record({ field: fc.constant("n" as const), eq: numbers }) }),
);
const steps = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("upsert"),
      points: fc.array(fc.record({ id: ids, payload: payloads, vectors }), { maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("update"),
      selector: selectors,
      change: fc.record(
        {
          overwritePayload: payloads,
          deletePayload: fc.subarray(["n", "word", "other"]),
          setPayload: payloads,
          setVectors: vectors,
        },
        { requiredKeys: [] },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete"), selector: selectors }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("optimize", "alter") }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("reopen", "forget", "crash", "power"), seed: fc.nat() }),
  },
);
const settings: [string, Partial<EngineOptions>][] = [
  ["", {}],
  [", with compaction all the time", { leastDead: { slots: 1, bytes: 1 }, retryMs: 1 }],
];

it.each(settings)(
  "a collection holds what a Map would hold after any program of writes, restarts and crashes%s",
  async (_, options) => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 60, size: "max" }), async (program) => {
        let disk = new Disk();
        let { store, things } = await opened(disk, options);
        const model: Model = new Map();
        for (const step of program) {
          if (step.kind === "optimize") await things.optimize();
          else if (step.kind === "alter") await alter(store);
          else if ("seed" in step) {
            disk = await stopped(step, disk, store);
            ({ store, things } = await opened(disk, options));
            if (step.kind === "reopen") expect((await things.stats()).warnings).toEqual([]);
          } else {
            await run(step as never, things, model);
          }
          await expectEqual(things, model);
        }
        await store.close();
      }),
      { numRuns: slow ? 5000 : 50 },
    );
  },
  slow ? 1_200_000 : 240_000,
);

/** Ends a store, and returns the disk that the next one finds. */
async function stopped(step: { kind: string; seed: number }, disk: Disk, store: Store): Promise<Disk> {
  if (step.kind === "power") {
    const found = disk.cutPower(seeded(step.seed));
    await store.close().catch(() => {});
    return found;
  }
  // A crashed process leaves its files as they are; its lock is another test's.
  const left = disk.copy();
  await store.close();
  if (step.kind === "crash") return left;
  if (step.kind === "forget") {
    for (const path of disk.files().filter((name) => name.endsWith(".checkpoint"))) {
      const [folder, name] = path.split("/");
      await (await disk.root.directory(folder!)).remove(name!);
    }
  }
  return disk;
}

async function opened(
  disk: Disk,
  options: Partial<EngineOptions>,
): Promise<{ store: Store; things: Things }> {
  const store = await openOn(disk.root, {
    segmentBytes: { log: 200, vectors: 2 ** 20 },
    checkpointBytes: 900,
    ...options,
  });
  if (!(await store.list()).includes("things")) await store.create("things", schema);
  return { store, things: (await store.collection("things")) as unknown as Things };
}

/** Declares or drops a field, which the payloads have anyway. */
async function alter(store: Store): Promise<void> {
  const { payload = {} } = (await store.describe("things")).schema;
  if (Object.hasOwn(payload, "word")) await store.alter("things", { dropPayload: ["word"] });
  else await store.alter("things", { addPayload: { word: { type: "keyword" } } });
}

type Step =
  | { kind: "upsert"; points: { id: PointId; payload: Payload; vectors: Stored["vectors"] }[] }
  | { kind: "update"; selector: Selector; change: Change }
  | { kind: "delete"; selector: Selector };
type Selector = { ids: PointId[] } | { filter: { field: "n"; eq: number } };
interface Change {
  overwritePayload?: Payload;
  deletePayload?: string[];
  setPayload?: Payload;
  setVectors?: Stored["vectors"];
}

/** Does the step on both sides, and compares what it says it did. */
async function run(step: Step, things: Things, model: Model): Promise<void> {
  if (step.kind === "upsert") {
    const { count } = await things.upsert(step.points as never);
    for (const { id, payload, vectors } of step.points)
      model.set(normalizeId(id), structuredClone({ payload, vectors }));
    expect(count).toBe(new Set(step.points.map(({ id }) => id)).size);
    return;
  }
  const selected = [...model.keys()].filter((id) => isSelected(step.selector, id, model.get(id)!));
  if (step.kind === "delete") {
    expect((await things.delete(step.selector)).count).toBe(selected.length);
    for (const id of selected) model.delete(id);
    return;
  }
  expect((await things.update(step.selector, step.change as never)).count).toBe(selected.length);
  for (const id of selected) change(model.get(id)!, structuredClone(step.change));
}

function isSelected(selector: Selector, id: PointId, point: Stored): boolean {
  return "ids" in selector
    ? selector.ids.includes(id)
    : [point.payload.n].flat().includes(selector.filter.eq);
}

function change(
  point: Stored,
  { overwritePayload, deletePayload = [], setPayload, setVectors }: Change,
): void {
  if (overwritePayload !== undefined) point.payload = overwritePayload;
  for (const key of deletePayload) delete point.payload[key];
  Object.assign(point.payload, setPayload);
  Object.assign(point.vectors, setVectors);
}

async function expectEqual(things: Things, model: Model): Promise<void> {
  const expected = [...model].sort(([a], [b]) => compareIds(a, b));
  const { points } = await things.scroll({ select: { vectors: true } });
  expect(points.map(({ id, payload, vectors }) => [id, payload, plain(vectors)])).toEqual(
    // Through JSON, as stored: −0 is 0 there.
    expected.map(([id, { payload, vectors }]) => [id, JSON.parse(JSON.stringify(payload)), vectors]),
  );
  for (const n of [-3, 0, 2]) {
    const { count } = await things.count({ filter: { field: "n", eq: n } });
    expect(count).toBe(
      expected.filter(([id, point]) => isSelected({ filter: { field: "n", eq: n } }, id, point)).length,
    );
  }
  const words = await things.count({ filter: { field: "word", eq: "x" } as never });
  expect(words.count).toBe(expected.filter(([, { payload }]) => payload.word === "x").length);
  const { hits } = await things.query({ nearest: [1, 2], field: "a", limit: 10 });
  expect(hits.map(({ id }) => id).sort(compareIds)).toEqual(
    expected.filter(([, point]) => point.vectors.a !== undefined).map(([id]) => id),
  );
}

function plain(vectors: { [field: string]: Float32Array | undefined } = {}): Stored["vectors"] {
  return Object.fromEntries(Object.entries(vectors).map(([field, vector]) => [field, [...vector!]]));
}
