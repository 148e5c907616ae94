/** Strict mode: limits that a collection was given, checked where they are enabled. */
import type { FrancaError } from "../../../errors.ts";
import type { Opened } from "../collections/opened.ts";
import { badRequest } from "../errors.ts";

/** As Qdrant's StrictModeConfig; only what is looked at here. */
export interface StrictMode {
  readonly enabled?: boolean;
  readonly max_query_limit?: number;
  readonly max_timeout?: number;
  readonly unindexed_filtering_retrieve?: boolean;
  readonly unindexed_filtering_update?: boolean;
  readonly search_max_hnsw_ef?: number;
  readonly search_allow_exact?: boolean;
  readonly search_max_oversampling?: number;
  readonly upsert_max_batchsize?: number;
  readonly search_max_batchsize?: number;
  readonly max_collection_vector_size_bytes?: number;
  readonly read_rate_limit?: number;
  readonly write_rate_limit?: number;
  readonly max_collection_payload_size_bytes?: number;
  readonly max_points_count?: number;
  readonly filter_max_conditions?: number;
  readonly condition_max_size?: number;
  readonly multivector_config?: { readonly [vector: string]: { readonly max_vectors?: number } };
  readonly sparse_config?: { readonly [vector: string]: { readonly max_length?: number } };
  readonly max_payload_index_count?: number;
}

/** Undefined where it is off. */
export function strictModeOf({ settings }: Opened): StrictMode | undefined {
  const config = settings.strict_mode_config as StrictMode | undefined;
  return config?.enabled === true ? config : undefined;
}

export function strictError(description: string, help: string): FrancaError {
  return badRequest(`${description}. Help: ${help}`);
}

export function expectWithin(value: number | undefined, limit: number | undefined, name: string): void {
  if (value === undefined || limit === undefined || value <= limit) return;
  throw strictError(
    `Limit exceeded ${value} > ${limit} for "${name}"`,
    `Reduce the "${name}" parameter to or below ${limit}.`,
  );
}
