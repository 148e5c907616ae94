/** A small database with everything in it, on a disk that can be damaged. */

import type { EngineOptions } from "../../src/engine/engine.ts";
import { type CollectionSchema, defineSchema } from "../../src/model/schema.ts";
import type { Store } from "../../src/store.ts";
import { Disk } from "../engine/disk.ts";
import { openOn, seeded } from "../engine/opened.ts";

export const thingsSchema: CollectionSchema = defineSchema({
  vectors: { a: { dimension: 3 }, b: { dimension: 2, metric: "euclidean" } },
  sparse: { s: {} },
  payload: {
    tag: { type: "keyword" },
    year: { type: "integer" },
    price: { type: "float" },
    sold: { type: "bool" },
    at: { type: "datetime" },
    key: { type: "uuid" },
    place: { type: "geo" },
    text: { type: "text" },
  },
});
export const notesSchema: CollectionSchema = defineSchema({
  vectors: { v: { dimension: 4, metric: "dot" } },
  multi: { m: { dimension: 2, metric: "dot" } },
  payload: { kind: { type: "keyword" } },
});

/** So that segments are sealed after a few writes, and compacted only by optimize(). */
export const smallSegments: Partial<EngineOptions> = {
  segmentBytes: { log: 900, vectors: 2 ** 20 },
  leastDead: { slots: 1000, bytes: 2 ** 20 },
};

const words = ["tea", "green", "black", "water", "cup", "leaf"];

export interface Built {
  disk: Disk;
  /** The same database earlier in its life, closed as well. */
  older: Disk;
}

/**
 * Made, used, closed, opened, used again and closed: several segments, all checkpoints; graphs and a compacted segment
 * where it is optimized.
 */
export async function build({ optimized = true }: { optimized?: boolean } = {}): Promise<Built> {
  const disk = new Disk();
  const random = seeded(7);
  const vector = (length: number) => Array.from({ length }, () => Math.round(random() * 200 - 100) / 16);
  const thing = (id: number | string | bigint, i: number) => ({
    id,
    vectors: { a: vector(3), ...(i % 3 !== 0 && { b: vector(2) }) },
    ...(i % 2 === 0 && { sparse: { s: { indices: [i, 1000], values: vector(2) } } }),
    payload: {
      tag: ["x", "y", "z"][i % 3]!,
      year: 2000 + i,
      price: i + 0.5,
      sold: i % 2 === 0,
      at: new Date(Date.UTC(2020, 0, i + 1)).toISOString(),
      key: `00000000-0000-4000-8000-0000000000${10 + i}`,
      place: { lat: i, lon: -i },
      text: `${words[i % 6]} and ${words[(i * 5 + 1) % 6]}`,
      other: { deep: [i, "ü"] },
    },
  });
  let store = await openOn(disk.root, smallSegments);
  let things = await store.create("things", thingsSchema);
  await store.setAlias("stuff", "things");
  let notes = await store.create("notes", notesSchema);
  await things.upsert([thing(0, 0), thing("one", 1), thing(2n ** 63n, 2)]);
  await notes.upsert([
    {
      id: 1,
      vectors: { v: vector(4) },
      multi: {
        m: [
          [1, 2],
          [3, 1],
        ],
      },
      payload: { kind: "n", note: "first" },
    },
  ]);
  await things.upsert([thing(3, 3), thing(4, 4)]);
  await things.update({ ids: ["one"] }, { setPayload: { year: 1 } });
  await things.delete({ ids: [3] });
  if (optimized) await things.optimize();
  await store.close();
  const older = disk.copy();

  store = await openOn(disk.root, smallSegments);
  things = await store.collection("things", thingsSchema);
  notes = await store.collection("notes", notesSchema);
  await things.upsert([thing(5, 5), { id: 6 }, thing(7, 7)]);
  if (optimized) await things.optimize();
  await things.upsert([thing(4, 8)]);
  await things.update({ ids: [0] }, { setPayload: { tag: "y" } });
  await things.update({ ids: [7] }, { setVectors: { b: vector(2) } });
  await things.update({ ids: [7] }, { setSparse: { s: { indices: [1000], values: [1] } } });
  await things.delete({ filter: { field: "year", eq: 2002 } });
  await notes.upsert([{ id: 2, vectors: { v: vector(4) }, payload: { kind: "m", note: "second" } }]);
  if (optimized) await notes.optimize();
  await store.close();
  return { disk, older };
}

export const live: { readonly [collection: string]: readonly (string | number | bigint)[] } = {
  things: [0, 4, 5, 6, 7, "one"],
  notes: [1, 2],
};

export type Answers = { [question: string]: unknown };

/** Asks everything that can be asked of a collection; each answer is of ids, so that differences have names. */
export async function ask(store: Store, name: "things" | "notes"): Promise<Answers> {
  const answers: Answers = {};
  const collection = await store.collection(name);
  answers.scroll = byId((await collection.scroll()).points);
  answers.vectors = byId((await collection.scroll({ select: { vectors: true } })).points);
  answers.count = (await collection.count()).count;
  const filters =
    name === "notes"
      ? [{ field: "kind", eq: "n" }]
      : [
          { field: "tag", eq: "y" },
          { field: "year", range: { gte: 2004 } },
          { field: "price", range: { lt: 6 } },
          { field: "sold", eq: true },
          { field: "at", range: { gte: "2020-01-05T00:00:00Z" } },
          { field: "key", eq: "00000000-0000-4000-8000-000000000015" },
          { field: "place", geoRadius: { center: { lat: 5, lon: -5 }, radiusMeters: 400_000 } },
          { field: "text", match: "tea" },
          { field: "other.deep", eq: 5 },
        ];
  for (const filter of filters) {
    const asked = filter as never;
    answers[JSON.stringify(filter)] = byId((await collection.scroll({ filter: asked })).points);
    answers[`count ${JSON.stringify(filter)}`] = (await collection.count({ filter: asked })).count;
  }
  for (const field of name === "notes" ? ["kind"] : ["tag", "sold"])
    answers[`facet ${field}`] = (await collection.facet({ field })).values;
  const queries =
    name === "notes"
      ? [
          { nearest: [1, 2, 3, 4], field: "v", limit: 20 },
          {
            nearest: [
              [1, 0],
              [0, 1],
            ],
            field: "m",
            limit: 20,
            select: { vectors: ["m"] },
          },
        ]
      : [
          { nearest: [1, 2, 3], field: "a", limit: 20 },
          { nearest: [1, -2], field: "b", limit: 20, select: { vectors: true, payload: false } },
          { nearest: { indices: [1000, 4], values: [1, 1] }, field: "s", limit: 20 },
          { text: "tea leaf", fields: ["text"], limit: 20 },
          { nearest: [1, 2, 3], field: "a", limit: 20, filter: { field: "tag", eq: "y" } },
        ];
  for (const query of queries)
    answers[JSON.stringify(query)] = byId((await collection.query(query as never)).hits);
  const { warnings } = await collection.stats();
  answers.warnings = warnings;
  for (const id of live[name]!) {
    const key = `get ${String(id)}`;
    answers[key] = await collection.get([id], { vectors: true }).then(
      ([point]) => (point === undefined ? "none" : byId([point])),
      (error: Error) => error,
    );
  }
  return answers;
}

/** By id, what is told of the point. */
export function byId(points: readonly { id: unknown }[]): { [id: string]: unknown } {
  return Object.fromEntries(points.map((point) => [String(point.id), point]));
}
