/** What a Qdrant server reports where nothing was set. */
import type { JsonObject } from "../requests/shape.ts";

export const defaultParams: JsonObject = {
  shard_number: 1,
  replication_factor: 1,
  write_consistency_factor: 1,
  on_disk_payload: true,
};

export const defaultHnsw: JsonObject = {
  m: 16,
  ef_construct: 100,
  full_scan_threshold: 10_000,
  max_indexing_threads: 0,
  on_disk: false,
};

export const defaultOptimizers: JsonObject = {
  deleted_threshold: 0.2,
  vacuum_min_vector_number: 1_000,
  default_segment_number: 0,
  max_segment_size: null,
  memmap_threshold: null,
  indexing_threshold: 10_000,
  flush_interval_sec: 5,
  max_optimization_threads: null,
};

export const defaultWal: JsonObject = {
  wal_capacity_mb: 32,
  wal_segments_ahead: 0,
  wal_retain_closed: 1,
};
