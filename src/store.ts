/**
 * The waist of Franca: a Store holds collections, a Collection holds points.
 * The embedded engine, remote servers, vendors' services and clusters are all Stores;
 * dialects, retrieval-augmented generation, caches and benchmarks work over any of them.
 *
 * Every method checks its input and rejects with a FrancaError; nothing is approximated or ignored in silence:
 * what a store cannot do is "unimplemented", with what could be done instead.
 */
import type { Filter } from "./model/filter.ts";
import type { IdKind, PointId } from "./model/id.ts";
import type { JsonValue } from "./model/payload.ts";
import type { MultiVectorInput, Point, SparseVectorInput, StoredPoint, VectorInput } from "./model/point.ts";
import type { QueryRequest, ReadOptions, ScrollRequest, Selection } from "./model/query.ts";
import type {
  CalibrationStats,
  QueryResult,
  RecallEstimate,
  ScrollPage,
  Warning,
  WriteResult,
} from "./model/result.ts";
import type {
  CollectionSchema,
  FieldPath,
  Metric,
  MultiField,
  MultiName,
  PayloadField,
  PayloadFieldType,
  PayloadOf,
  SparseField,
  SparseName,
  VectorName,
} from "./model/schema.ts";

export interface Store {
  /** What this store can do. */
  readonly abilities: Abilities;
  /**
   * Makes a collection. `ifExists: "open"` returns the one that is there when its schema is equal, whatever its settings.
   * @throws FrancaError already_exists, invalid_argument; failed_precondition when the schemas differ
   */
  create<const S extends CollectionSchema>(
    name: string,
    schema: S,
    options?: { ifExists?: "error" | "open" },
  ): Promise<Collection<S>>;
  /**
   * An existing collection by name or alias. A schema given is for types, and is checked to be equal to the stored one.
   * @throws FrancaError not_found, failed_precondition
   */
  collection<const S extends CollectionSchema = CollectionSchema>(
    name: string,
    schema?: S,
  ): Promise<Collection<S>>;
  /** Deletes a collection and its aliases for good. False when there was none. */
  drop(name: string): Promise<boolean>;
  /** @throws FrancaError not_found */
  describe(name: string): Promise<CollectionInfo>;
  /** Names in order. */
  list(): Promise<string[]>;
  /** Adds (and indexes) or drops payload field declarations, adds or drops vector fields, or replaces settings. Payloads are not changed by it. */
  alter(name: string, change: SchemaChange): Promise<void>;
  /** Points an alias at a collection, in one step if it pointed elsewhere before. */
  setAlias(alias: string, collection: string): Promise<void>;
  /** False when there was none. */
  dropAlias(alias: string): Promise<boolean>;
  aliases(): Promise<{ [alias: string]: string }>;
  /** Finishes writes under way, checkpoints, frees everything. Later calls reject with failed_precondition. */
  close(): Promise<void>;
}

export interface Abilities {
  /** "engine", "remote", "qdrant", … */
  readonly name: string;
  readonly text: boolean;
  readonly fusion: boolean;
  readonly explain: boolean;
  readonly aliases: boolean;
  /** What it cannot hold of all that the model has. Absent: it holds everything. */
  readonly limits?: StoreLimits;
}

/** Each is absent where there is no limit. */
export interface StoreLimits {
  readonly metrics?: readonly Metric[];
  /** Types of payload fields that can be declared. */
  readonly payloadFields?: readonly PayloadFieldType[];
  readonly ids?: readonly IdKind[];
  /** Components of a vector, at most. */
  readonly dimension?: number;
  /** Kinds of vector fields beside dense ones that it can have. */
  readonly vectorKinds?: readonly ("sparse" | "multi")[];
  /** "analysis": of text fields those that are declared with `analysis`, to be matched and not ranked by. */
  readonly texts?: "analysis";
  /** A regular expression that every name of a collection and every alias matches, and that in words. */
  readonly names?: { readonly pattern: string; readonly expected: string };
}

export interface SchemaChange {
  addPayload?: { readonly [path: string]: PayloadField };
  dropPayload?: readonly string[];
  /** New fields, in which no point has a vector yet. Dense ones are those that a collection was made with. */
  addSparse?: { readonly [name: string]: SparseField };
  addMulti?: { readonly [name: string]: MultiField };
  /** Takes away sparse and multi fields in which no point has a vector. */
  dropVectors?: readonly string[];
  /** Replaces the settings whole. */
  settings?: { readonly [key: string]: JsonValue };
}

export interface CollectionInfo {
  name: string;
  aliases: string[];
  schema: CollectionSchema;
  points: number;
}

/** Which points a write is about. */
export type PointSelector<S extends CollectionSchema> = { ids: readonly PointId[] } | { filter: Filter<S> };

/** What `update` does to each selected point; the parts are applied in this order, all or none. */
export interface PointChange<S extends CollectionSchema> {
  /** Replaces the payload whole. */
  overwritePayload?: PayloadOf<S>;
  /** Removes keys (paths). */
  deletePayload?: readonly (FieldPath<S> | (string & {}))[];
  /** Sets top-level keys, keeps the others. */
  setPayload?: Partial<PayloadOf<S>>;
  /** Removes the vectors of these fields, of any kind; a point that has none there stays as it is. */
  deleteVectors?: readonly (VectorName<S> | SparseName<S> | MultiName<S>)[];
  /** Sets vectors by field, keeps the others. */
  setVectors?: { [K in VectorName<S>]?: VectorInput };
  setSparse?: { [K in SparseName<S>]?: SparseVectorInput };
  setMulti?: { [K in MultiName<S>]?: MultiVectorInput };
}

export interface Collection<S extends CollectionSchema = CollectionSchema> {
  readonly name: string;
  readonly schema: S;
  /**
   * Inserts points, or replaces whole those whose id is there. All or none of one call; durable and visible when it resolves.
   * An id that occurs twice in a call: the last one counts. Leave the points as they are until it settles: many are looked at
   * bit by bit.
   */
  upsert(points: readonly Point<S>[], options?: WriteOptions): Promise<WriteResult>;
  /** Changes parts of existing points; ids that are not there are skipped (`count` tells). */
  update(selector: PointSelector<S>, change: PointChange<S>, options?: WriteOptions): Promise<WriteResult>;
  /** `count` tells how many were there. */
  delete(selector: PointSelector<S>, options?: WriteOptions): Promise<WriteResult>;
  /** Parallel to `ids`; undefined where there is no such point. */
  get(
    ids: readonly PointId[],
    select?: Selection<S>,
    options?: ReadOptions,
  ): Promise<(StoredPoint<S> | undefined)[]>;
  query(request: QueryRequest<S>): Promise<QueryResult<S>>;
  /** Pages through points in the order of ids. A point that is not changed meanwhile is returned exactly once. */
  scroll(request?: ScrollRequest<S>): Promise<ScrollPage<S>>;
  /** Exact. */
  count(request?: CountRequest<S>): Promise<{ count: number; warnings: Warning[] }>;
  /** The values of a declared field with the number of points that hold each, most frequent first, ties by value. */
  facet(request: FacetRequest<S>): Promise<{ values: FacetValue[]; warnings: Warning[] }>;
  /**
   * Brings vector indexes up to date, and gives back what deleted and replaced points take in memory and on disk; waits
   * for it. What is left undone by a failure or an abort is harmless, and done later.
   */
  optimize(options?: OptimizeOptions): Promise<void>;
  stats(): Promise<CollectionStats>;
}

export interface OptimizeOptions {
  signal?: AbortSignal;
  onProgress?: (progress: OptimizeProgress) => void;
}

/** "build": points of a field brought into its index; "reclaim": dead ones taken out; "compact": bytes of files rewritten. */
export interface OptimizeProgress {
  stage: "build" | "reclaim" | "compact";
  field?: string;
  done: number;
  total: number;
}

export interface WriteOptions {
  /**
   * When it is aborted before the write's turn has come, nothing of it is written and it rejects with cancelled (or
   * deadline_exceeded); later it changes nothing. A store that cannot know whether its turn had come (a server that does not
   * answer) rejects as well, with `details.outcome` "unknown".
   */
  signal?: AbortSignal;
}

export interface CountRequest<S extends CollectionSchema> extends ReadOptions {
  filter?: Filter<S>;
}

export interface FacetRequest<S extends CollectionSchema> extends ReadOptions {
  field: FieldPath<S>;
  filter?: Filter<S>;
  /** Default 10. */
  limit?: number;
}

export interface FacetValue {
  value: Extract<JsonValue, string | number | boolean>;
  count: number;
}

export interface CollectionStats {
  points: number;
  /** LSN of the last write. */
  lsn: number;
  vectors: { [field: string]: { count: number; indexed: number; memoryBytes: number } };
  /**
   * Places for points that have ever been needed at once: those that wait to be used again, and those of deleted or
   * replaced points that are not given back yet. The others hold the points.
   */
  slots: { given: number; free: number; dead: number };
  /** Files that the log consists of (with those of their vectors counted as one). */
  segments: number;
  /** Of the log: of points and payloads that were deleted or replaced, and of the deletions themselves. */
  deadBytes: number;
  /** All files, with what is derived from the log; 0 where a store cannot tell. */
  diskBytes: number;
  /**
   * Bytes held in memory by what they are for, of which maxMemoryBytes limits the sum, and bytes of vectors that are read
   * from mapped files instead. Absent where a store cannot tell.
   */
  memory?: {
    vectors: number;
    unbuiltGraphs: number;
    slotTable: number;
    ids: number;
    payloadIndexes: number;
    checkpoint: number;
    files: number;
    mappedBytes: number;
  };
  /** By field, class of filters and number of hits; absent where a store does not measure it. */
  recall?: RecallEstimate[];
  calibrations?: CalibrationStats[];
  warnings: Warning[];
}
