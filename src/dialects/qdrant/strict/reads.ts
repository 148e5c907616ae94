/** What strict mode asks of reads. */
import type { Opened } from "../collections/opened.ts";
import { indexTypeOf } from "../collections/settings.ts";
import { expectFilterAllowed } from "./filters.ts";
import { spend } from "./rates.ts";
import { expectWithin, strictError, strictModeOf } from "./strict-mode.ts";

/** As it came. */
export interface ReadAsked {
  readonly limit?: number;
  readonly filter?: unknown;
  /** Of counts and facets. */
  readonly exact?: boolean;
  readonly params?: unknown;
  readonly prefetch?: unknown;
  /** What it counts as, against the rate. */
  readonly cost?: number;
}

export function expectReadable(to: Opened, asked: ReadAsked): void {
  const strict = strictModeOf(to);
  if (strict === undefined) return;
  spend(to.collection.name, "read", asked.cost ?? 1, strict.read_rate_limit);
  expectAllowed(to, asked);
}

function expectAllowed(to: Opened, { limit, filter, exact, params, prefetch }: ReadAsked): void {
  const strict = strictModeOf(to)!;
  for (const inner of Array.isArray(prefetch) ? prefetch : prefetch ? [prefetch] : [])
    expectAllowed(to, { limit: 10, ...(inner as ReadAsked) });
  expectWithin(limit, strict.max_query_limit, "limit");
  expectFilterAllowed(filter, to, strict, strict.unindexed_filtering_retrieve);
  const search = (params ?? {}) as {
    exact?: boolean;
    hnsw_ef?: number;
    quantization?: { oversampling?: number };
  };
  if ((exact || search.exact) && strict.search_allow_exact === false)
    throw strictError("Exact search disabled!", "Set exact=false.");
  expectWithin(search.quantization?.oversampling, strict.search_max_oversampling, "oversampling");
  expectWithin(search.hnsw_ef, strict.search_max_hnsw_ef, "hnsw_ef");
}

export function expectBatch(to: Opened, size: number): void {
  expectWithin(size, strictModeOf(to)?.search_max_batchsize, "search batch size");
}

/** Of grouping, which needs an index as filters do. */
export function expectGroupable(to: Opened, key: string): void {
  const strict = strictModeOf(to);
  if (strict?.unindexed_filtering_retrieve !== false) return;
  const type = indexTypeOf(key, to.collection.schema, to.settings);
  const help = "Create an index supporting `match` for this key.";
  if (type === undefined) throw strictError(`Index required but not found for "${key}"`, help);
  if (!["keyword", "integer", "bool", "uuid"].includes(type as string))
    throw strictError(`Index of type "${type}" found for "${key}"`, help);
}
