/** Clustered points and graphs with few links, so that a small collection has recall to lose; truth by exact scan. */
import { openEngine } from "../../src/engine/engine.ts";
import type { Directory } from "../../src/engine/file.ts";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import type { RecallOptions } from "../../src/engine/recall/recall.ts";
import type { QueryRequest } from "../../src/model/query.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { Collection, Store } from "../../src/store.ts";
import { seeded } from "../engine/opened.ts";
import { clusteredVectors } from "./clustered.ts";

export const dimension = 32;
const clusters = 40;

export const schema: CollectionSchema = {
  vectors: { v: { dimension, metric: "cosine", hnsw: { m: 4, efConstruction: 20 } } },
  payload: { part: { type: "integer" } },
};

export async function openWith(
  directory: Directory,
  kernel: "native" | "wasm",
  recall: Partial<RecallOptions> = {},
): Promise<Store> {
  return openEngine(directory, {
    kernel: await loadKernel({ prefer: kernel }),
    durability: "os",
    checkpointBytes: 2 ** 30,
    syncEveryMs: 60_000,
    segmentBytes: { log: 2 ** 26, vectors: 2 ** 26 },
    recall: { sampleRecall: 0, random: seeded(11), ...recall },
  });
}

/** Vectors around cluster centres, the same ones for the same seed. */
export function vectorsAround(seed: number): () => Float32Array {
  return clusteredVectors(seed, dimension, clusters);
}

export async function fill(
  collection: Collection,
  source: () => Float32Array,
  from: number,
  to: number,
): Promise<void> {
  for (let at = from; at < to; at += 1000) {
    await collection.upsert(
      Array.from({ length: Math.min(1000, to - at) }, (_, i) => ({
        id: at + i,
        vector: source(),
        payload: { part: (at + i) % 4 },
      })),
    );
  }
}

export interface MeasuredRecall {
  recall: number;
  /** Pool widths chosen; none where the scan was exact. */
  efs: number[];
}

export async function measured(
  collection: Collection,
  vectors: readonly Float32Array[],
  request: {
    limit: number;
    filter?: QueryRequest["filter"];
    recall?: number;
    params?: QueryRequest["params"];
  },
  /** Euclidean and manhattan scores are distances. */
  smallerIsBetter = false,
): Promise<MeasuredRecall> {
  let found = 0;
  const efs: number[] = [];
  for (const nearest of vectors) {
    const { recall: _, ...same } = request;
    const select = { payload: false };
    const exact = await collection.query({
      ...same,
      nearest,
      select,
      params: { exact: true },
    } as QueryRequest);
    const answer = await collection.query({ ...request, nearest, select, explain: true } as QueryRequest);
    const last = exact.hits.at(-1)!.score;
    found += answer.hits.filter(({ score }) => (smallerIsBetter ? score <= last : score >= last)).length;
    const step = answer.explain!.steps![1]!.steps!.find(({ step }) => step === "recall");
    if (step?.recall?.ef !== undefined) efs.push(step.recall.ef);
  }
  return { recall: found / (request.limit * vectors.length), efs };
}
