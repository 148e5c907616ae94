/** What there is: names, existence, and everything about one collection. */
import type { CollectionSchema } from "../../../model/schema.ts";
import type { CollectionStats } from "../../../store.ts";
import type { Handler } from "../handler.ts";
import type { JsonObject } from "../requests/shape.ts";
import { defaultHnsw, defaultOptimizers, defaultWal } from "./defaults.ts";
import { opened } from "./opened.ts";
import { paramsOf } from "./params.ts";
import { payloadSchemaOf } from "./payload-schema.ts";
import { settingsOf } from "./settings.ts";

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
