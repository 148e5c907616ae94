/** A schema as the request that makes a collection of it. Qdrant keeps the schema itself as the collection's metadata. */
import type { JsonValue } from "../../model/payload.ts";
import type { CollectionSchema, Metric, VectorField } from "../../model/schema.ts";
import type { CheckedCreation } from "./options.ts";

/** Under it the metadata has what is Franca's. */
export const metadataName = "franca";

export const distances: { readonly [metric in Metric]: string } = {
  cosine: "Cosine",
  dot: "Dot",
  euclidean: "Euclid",
  manhattan: "Manhattan",
};

type Json = { [name: string]: unknown };

export function createBody(schema: CollectionSchema, settings: CheckedCreation): Json {
  const { vectors, sparse = {}, multi = {} } = schema;
  const { onDisk } = settings;
  const dense = mapped(vectors, (field) => ({ ...vectorParams(field, onDisk), ...hnswOf(field) }));
  const rows = mapped(multi, (field) => ({
    ...vectorParams(field, onDisk),
    multivector_config: { comparator: "max_sim" },
  }));
  return {
    vectors: { ...dense, ...rows },
    ...(Object.keys(sparse).length > 0 && { sparse_vectors: mapped(sparse, sparseParams) }),
    ...settingsIn(settings),
    metadata: metadataOf(schema),
  };
}

export function metadataOf(schema: CollectionSchema): Json {
  return { [metadataName]: { schema: schema as unknown as JsonValue } };
}

export function sparseParams({ modifier = "none" }: { modifier?: "none" | "idf" }): Json {
  return modifier === "none" ? {} : { modifier };
}

function vectorParams(
  { dimension, metric = "cosine" }: { dimension: number; metric?: Metric },
  onDisk: boolean,
): Json {
  return { size: dimension, distance: distances[metric], on_disk: onDisk };
}

/** A field that is always scanned has a graph without links. */
function hnswOf({ index, hnsw = {} }: VectorField): Json {
  if (index === "flat") return { hnsw_config: { m: 0 } };
  const { m, efConstruction } = hnsw;
  const own = {
    ...(m !== undefined && { m }),
    ...(efConstruction !== undefined && { ef_construct: efConstruction }),
  };
  return Object.keys(own).length === 0 ? {} : { hnsw_config: own };
}

function settingsIn(settings: CheckedCreation): Json {
  const { onDisk, m, efConstruct, fullScanThreshold, shardNumber, replicationFactor } = settings;
  return {
    on_disk_payload: settings.onDiskPayload,
    hnsw_config: {
      m,
      ef_construct: efConstruct,
      full_scan_threshold: fullScanThreshold,
      ...(onDisk && { on_disk: true }),
    },
    optimizers_config: {
      default_segment_number: settings.defaultSegmentNumber,
      indexing_threshold: settings.indexingThreshold,
      memmap_threshold: settings.memmapThreshold,
    },
    ...(shardNumber !== undefined && { shard_number: shardNumber }),
    ...(replicationFactor !== undefined && { replication_factor: replicationFactor }),
    ...(settings.writeConsistencyFactor !== undefined && {
      write_consistency_factor: settings.writeConsistencyFactor,
    }),
    ...(settings.quantization !== undefined && { quantization_config: settings.quantization }),
  };
}

function mapped<F>(fields: { readonly [name: string]: F }, to: (field: F) => Json): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, to(field)]));
}
