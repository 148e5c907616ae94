/** The parts of a collection's configuration, as requests give them, within Qdrant's bounds. */
import {
  boolean,
  choice,
  either,
  type JsonObject,
  json,
  map,
  number,
  object,
  optional,
  type Reader,
  unsigned,
} from "../requests/shape.ts";

const count = optional(unsigned());
const flag = optional(boolean);

export const hnswDiff: Reader<JsonObject> = object({
  m: count,
  ef_construct: optional(unsigned(4)),
  full_scan_threshold: count,
  max_indexing_threads: count,
  on_disk: flag,
  payload_m: count,
  inline_storage: flag,
}) as Reader<JsonObject>;

export const walDiff: Reader<JsonObject> = object({
  wal_capacity_mb: optional(unsigned(1)),
  wal_segments_ahead: count,
  wal_retain_closed: optional(unsigned(1)),
}) as Reader<JsonObject>;

export const optimizersDiff: Reader<JsonObject> = object({
  deleted_threshold: optional(number(0, 1)),
  vacuum_min_vector_number: optional(unsigned(100)),
  default_segment_number: count,
  max_segment_size: optional(unsigned(1)),
  memmap_threshold: count,
  indexing_threshold: count,
  flush_interval_sec: count,
  max_optimization_threads: optional(either("MaxOptimizationThreads", choice("auto"), unsigned())),
  prevent_unoptimized: flag,
}) as Reader<JsonObject>;

export const quantization: Reader<JsonObject> = either(
  "QuantizationConfig",
  object({
    scalar: object({ type: choice("int8"), quantile: optional(number(0.5, 1)), always_ram: flag }),
  }),
  object({
    product: object({ compression: choice("x4", "x8", "x16", "x32", "x64"), always_ram: flag }),
  }),
  object({
    binary: object({
      always_ram: flag,
      encoding: optional(choice("one_bit", "two_bits", "one_and_half_bits")),
      query_encoding: optional(choice("default", "binary", "scalar4bits", "scalar8bits")),
    }),
  }),
  object({
    turbo: object({ always_ram: flag, bits: optional(choice("bits1", "bits1_5", "bits2", "bits4")) }),
  }),
) as Reader<JsonObject>;

export const quantizationDiff: Reader<JsonObject | "Disabled"> = either(
  "QuantizationConfigDiff",
  choice("Disabled"),
  quantization,
);

const datatype = optional(choice("float32", "uint8", "float16"));

export interface VectorParams {
  size: number;
  distance: "Cosine" | "Euclid" | "Dot" | "Manhattan";
  hnsw_config?: JsonObject;
  quantization_config?: JsonObject;
  on_disk?: boolean;
  datatype?: "float32" | "uint8" | "float16";
  multivector_config?: { comparator: "max_sim" };
}

export const vectorParams: Reader<VectorParams> = object({
  size: unsigned(1, 65_536),
  distance: choice("Cosine", "Euclid", "Dot", "Manhattan"),
  hnsw_config: optional(hnswDiff),
  quantization_config: optional(quantization),
  on_disk: flag,
  datatype,
  multivector_config: optional(object({ comparator: choice("max_sim") })),
}) as Reader<VectorParams>;

export const vectorParamsDiff: Reader<JsonObject> = object({
  hnsw_config: optional(hnswDiff),
  quantization_config: optional(quantizationDiff),
  on_disk: flag,
}) as Reader<JsonObject>;

export interface SparseVectorParams {
  index?: JsonObject;
  modifier?: "none" | "idf";
}

export const sparseVectorParams: Reader<SparseVectorParams> = object({
  index: optional(object({ full_scan_threshold: count, on_disk: flag, datatype }) as Reader<JsonObject>),
  modifier: optional(choice("none", "idf")),
}) as Reader<SparseVectorParams>;

const positive = optional(unsigned(1));

export const strictMode: Reader<JsonObject> = object({
  enabled: flag,
  max_query_limit: positive,
  max_timeout: positive,
  unindexed_filtering_retrieve: flag,
  unindexed_filtering_update: flag,
  search_max_hnsw_ef: count,
  search_allow_exact: flag,
  search_max_oversampling: optional(number()),
  upsert_max_batchsize: count,
  search_max_batchsize: count,
  max_collection_vector_size_bytes: count,
  read_rate_limit: positive,
  write_rate_limit: positive,
  max_collection_payload_size_bytes: count,
  max_points_count: positive,
  filter_max_conditions: count,
  condition_max_size: count,
  multivector_config: optional(map(object({ max_vectors: positive }))),
  sparse_config: optional(map(object({ max_length: positive }))),
  max_payload_index_count: count,
  max_resident_memory_percent: optional(unsigned(1, 100)),
}) as Reader<JsonObject>;

export const paramsDiff: Reader<JsonObject> = object({
  replication_factor: positive,
  write_consistency_factor: positive,
  read_fan_out_factor: count,
  read_fan_out_delay_ms: count,
  on_disk_payload: flag,
}) as Reader<JsonObject>;

export const metadata: Reader<JsonObject> = json;
