/** What there is: names, existence, and everything about one collection. */
import type { CollectionSchema, Metric } from "../../../model/schema.ts";
import type { CollectionStats } from "../../../store.ts";
import type { Handler } from "../handler.ts";
import type { JsonObject } from "../requests/shape.ts";
import { defaultHnsw, defaultOptimizers, defaultParams, defaultWal } from "./defaults.ts";
import { opened } from "./opened.ts";
import { payloadSchemaOf } from "./payload-schema.ts";
import { type QdrantSettings, settingsOf } from "./settings.ts";

export const listCollections: Handler<{ collections: { name: string }[] }> = async (store) => ({
  collections: (await store.list()).map((name) => ({ name })),
});

export const collectionExists: Handler<{ exists: boolean }> = async (store, { collection = "" }) => {
  const names = await store.list();
  return { exists: names.includes(collection) || Object.hasOwn(await store.aliases(), collection) };
};

export const getCollection: Handler<JsonObject> = async (store, params, _, { signal }) => {
  const from = await opened(store, params);
  const { collection } = from;
  const stats = await collection.stats();
  return {
    status: "green",
    optimizer_status: "ok",
    indexed_vectors_count: indexedVectors(stats),
    points_count: stats.points,
    segments_count: Math.max(1, stats.segments),
    config: configOf(collection.schema),
    payload_schema: await payloadSchemaOf(from, signal),
    update_queue: { length: 0 },
  };
};

function indexedVectors({ vectors }: CollectionStats): number {
  return Object.values(vectors).reduce((sum, { indexed }) => sum + indexed, 0);
}

export function configOf(schema: CollectionSchema): JsonObject {
  const settings = settingsOf(schema);
  const { hnsw_config, optimizers_config, wal_config, quantization_config } = settings;
  const { strict_mode_config, metadata } = settings;
  const { max_optimization_threads: threads, ...optimizers } = optimizers_config ?? {};
  return {
    params: paramsOf(schema, settings),
    hnsw_config: { ...defaultHnsw, ...hnsw_config },
    optimizer_config: {
      ...defaultOptimizers,
      ...optimizers,
      ...(typeof threads === "number" && { max_optimization_threads: threads }),
    },
    wal_config: { ...defaultWal, ...wal_config },
    quantization_config: quantization_config ?? null,
    ...(strict_mode_config !== undefined && { strict_mode_config }),
    ...(metadata !== undefined && { metadata }),
  };
}

function paramsOf(schema: CollectionSchema, settings: QdrantSettings): JsonObject {
  const dense: [string, JsonObject][] = [
    ...Object.entries(schema.vectors),
    ...Object.entries(schema.multi ?? {}),
  ].map(([name, { dimension, metric = "cosine" }]) => [
    name,
    { size: dimension, distance: distances[metric], ...multiOf(schema, name), ...settings.vectors?.[name] },
  ]);
  const sparse = Object.entries(schema.sparse ?? {}).map(([name, { modifier }]) => [
    name,
    settings.sparse_vectors?.[name] ?? (modifier === undefined ? {} : { modifier }),
  ]);
  const single = settings.unnamed ? dense[0]?.[1] : undefined;
  return {
    vectors: single ?? Object.fromEntries(dense),
    ...defaultParams,
    ...settings.params,
    ...(sparse.length > 0 && { sparse_vectors: Object.fromEntries(sparse) }),
  };
}

function multiOf(schema: CollectionSchema, name: string): JsonObject {
  return Object.hasOwn(schema.multi ?? {}, name) ? { multivector_config: { comparator: "max_sim" } } : {};
}

const distances: { readonly [metric in Metric]: string } = {
  cosine: "Cosine",
  euclidean: "Euclid",
  dot: "Dot",
  manhattan: "Manhattan",
};
