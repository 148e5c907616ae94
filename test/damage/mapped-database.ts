/**
 * A collection on a real disk whose rows are long enough that a limit on memory leaves them in their files: damaged on
 * the way there, opened, asked everything about its vectors.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EngineCollection } from "../../src/engine/collection.ts";
import type { EngineOptions } from "../../src/engine/engine.ts";
import { nodeDirectory } from "../../src/engine/files/node.ts";
import { isFrancaError } from "../../src/errors.ts";
import { type CollectionSchema, defineSchema } from "../../src/model/schema.ts";
import type { Store } from "../../src/store.ts";
import { openOn, seeded } from "../engine/opened.ts";
import { type Answers, byId } from "./database.ts";

export const dimension = 64;
const schema: CollectionSchema = defineSchema({
  vectors: {
    a: { dimension, hnsw: { m: 4, efConstruction: 40 } },
    b: { dimension: 16, metric: "euclidean", index: "flat" },
  },
  payload: { tag: { type: "keyword" } },
});
const points = 90;
/** More than there are points, so that a point that is left out makes room for no other. */
const limit = 200;

/** Every few points seal a segment; compacted only by optimize(). */
const sizes: Partial<EngineOptions> = {
  segmentBytes: { log: 2 ** 20, vectors: 20 * dimension * 4 },
  leastDead: { slots: 1000, bytes: 2 ** 20 },
};

/** Files by their path below the database's folder. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Several sealed segments, one of them compacted, a graph, points that are replaced and deleted. */
export async function buildMapped(folder: string): Promise<Files> {
  const store = await openOn(await nodeDirectory(folder), sizes);
  const things = await store.create("things", schema);
  for (let first = 0; first < points; first += 10) await things.upsert(range(first, first + 10).map(pointOf));
  await things.delete({ ids: range(0, 30).filter((id) => id % 3 === 0) });
  await things.optimize();
  await things.upsert(range(50, 60).map(pointOf));
  await things.delete({ ids: [70, 71] });
  await store.close();
  return filesOf(folder);
}

function pointOf(id: number) {
  const random = seeded(id + 1);
  const vector = (length: number) => Array.from({ length }, () => random() * 2 - 1);
  return {
    id,
    vectors: { a: vector(dimension), ...(id % 4 !== 0 && { b: vector(16) }) },
    payload: { tag: ["x", "y", "z"][id % 3]!, note: `note ${id}` },
  };
}

export function openMapped(folder: string, maxMemoryBytes?: number): Promise<Store> {
  return nodeDirectory(folder).then((directory) =>
    openOn(directory, { ...sizes, ...(maxMemoryBytes !== undefined && { maxMemoryBytes }) }),
  );
}

/** The least limit under which it opens: its rows are in their files from the start. */
export async function leastLimit(folder: string): Promise<number> {
  for (let limit = 16 * 1024; ; limit += 4 * 1024) {
    const store = await openMapped(folder, limit);
    try {
      await store.collection("things");
      return limit;
    } catch (error) {
      if (!isFrancaError(error, "resource_exhausted")) throw error;
    } finally {
      await store.close();
    }
  }
}

/** Moves the rows of every sealed segment into their files. */
export async function mapAll(store: Store): Promise<number> {
  const { state } = (await store.collection("things")) as unknown as EngineCollection;
  while (await state.mapped.mapNext());
  return state.mapped.sizeBytes;
}

export async function mappedBytes(store: Store): Promise<number> {
  return (await (await store.collection("things")).stats()).memory?.mappedBytes ?? 0;
}

/** Searches read no more than rows, so that they alone have to have noticed what is wrong with those. By id. */
export async function search(store: Store): Promise<Answers> {
  const things = await store.collection("things");
  const answers: Answers = {};
  for (const [field, length] of [
    ["a", dimension],
    ["b", 16],
  ] as const) {
    const random = seeded(length);
    const nearest = Array.from({ length }, () => random() * 2 - 1);
    const query = { nearest, field, limit, select: { payload: false } } as const;
    answers[`exact ${field}`] = byId((await things.query({ ...query, params: { exact: true } })).hits);
    const filter = { field: "tag", eq: "y" } as const;
    answers[`filtered ${field}`] = byId((await things.query({ ...query, filter })).hits);
    if (field === "b") continue;
    const params = { ef: 400, plan: "graph" } as const;
    answers.graph = byId((await things.query({ ...query, params })).hits);
    const from = { ...query, params, nearest: { id: 89 } };
    answers["get 89"] = await things.query(from).then(
      ({ hits }) => byId(hits),
      (error: Error) => error,
    );
  }
  answers.warnings = (await things.stats()).warnings;
  return answers;
}

/** All that is stored of each point. By id. */
export async function readAll(store: Store): Promise<Answers> {
  const things = await store.collection("things");
  const answers: Answers = {};
  answers.vectors = byId((await things.scroll({ limit, select: { vectors: true } })).points);
  answers.count = (await things.count()).count;
  answers.warnings = (await things.stats()).warnings;
  return answers;
}

export function filesOf(folder: string, below = ""): Files {
  const files = new Map<string, Uint8Array>();
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (entry.isDirectory()) for (const [inner, bytes] of filesOf(folder, path)) files.set(inner, bytes);
    else files.set(path, readFileSync(join(folder, path)));
  }
  return files;
}

/** Puts a folder there with these files and nothing else. */
export function writeFiles(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
