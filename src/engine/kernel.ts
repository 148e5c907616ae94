/**
 * The engine's view of the kernel: distances, vector indexes and checksums over plain typed arrays.
 * Two drivers answer this contract, `kernel/native.ts` (Node-API addon) and `kernel/wasm.ts` (WebAssembly SIMD);
 * both run the same C++ source (`native/include/kernel.h`) and give the same ids for the same seed.
 */

export type Metric = "cosine" | "dot" | "euclidean" | "manhattan";

export interface Kernel {
  readonly build: "native" | "wasm";
  /** What runs: "scalar" | "avx2" | "avx512" | "avx512vnni" | "neon" | "wasm-simd128". */
  readonly instructionSet: string;
  /** CRC-32C (Castagnoli); chain by passing the previous result as `seed` (default 0). Unsigned 32-bit. */
  crc32c(bytes: Uint8Array, seed?: number): number;
  /** Distance of one pair; smaller is nearer (cosine 1 − cos, dot −⟨a,b⟩, euclidean |a−b|, manhattan Σ|aᵢ−bᵢ|). */
  distance(metric: Metric, a: Float32Array, b: Float32Array): number;
  /** The first row of `rowBytes` bytes that is short or differs from its checksum; the number of checksums when all hold. */
  firstBadRow(bytes: Uint8Array, rowBytes: number, checksums: Uint32Array): number;
  /**
   * JSON in UTF-8, as strictly as JSON.parse. Below the keys in `vectors`, and not below one in `except`, each list of numbers,
   * one or more, is a Float32Array with the same numbers as `Float32Array.from(list)`; elsewhere integers beyond ±(2^53 − 1) are
   * bigints. Bodies beyond 256 KiB do not hold up the event loop: they are scanned on a thread of the kernel (native; WASM
   * scans at one go) and the rest is parsed in slices; do not change the bytes before it settles.
   * @throws FrancaError invalid_argument: no JSON, no UTF-8, nested too deep, a number of a vector beyond float32, an integer
   * of more than 1,000 digits; resource_exhausted. Rejects with it where it returns a promise
   */
  readJson(bytes: Uint8Array, keys: JsonKeys): unknown;
  createIndex(options: VectorIndexOptions): VectorIndex;
  /**
   * Maps a file of float32 rows, so that indexes may read them where they are. Absent where there is no mapping of files
   * (WebAssembly). The file must not be shortened while it is mapped: reading past its end ends the process.
   * @throws FrancaError unavailable when the system refuses, or the file is shorter than `sizeBytes`
   */
  mapFile?(path: string, sizeBytes: number): MappedFile;
  /**
   * Reads from an open file what the system has in memory, without waiting for the medium: the number of bytes, −1 when that
   * cannot be done now, −2 when never with this file. Absent where there is no such call.
   */
  readCached?(descriptor: number, offset: number, bytes: Uint8Array): number;
}

export interface JsonKeys {
  /** Keys whose subtrees hold vectors. */
  readonly vectors: readonly string[];
  /** Keys whose subtrees stay as they are, though below one of `vectors` or above one. */
  readonly except?: readonly string[];
  /** Levels of lists and objects. Default 128. */
  readonly maxDepth?: number;
}

/** Bytes of a file, read by indexes where they lie. They take address space and page cache, no memory of the process. */
export interface MappedFile {
  readonly sizeBytes: number;
  /** Gives it up; the address space goes back when every index that reads from it has left it. */
  unmap(): void;
}

export interface VectorIndexOptions {
  /** 1 … 65,536. */
  dimension: number;
  metric: Metric;
  /** HNSW M, 2 … 64. Default 16. */
  m?: number;
  /** Default 200. */
  efConstruction?: number;
  /** Default 42. */
  seed?: number;
}

/**
 * How slots are found. "exact": float32 of every allowed slot. "codes": int8 codes of every allowed slot, the best
 * re-ranked exactly. "graph": a walk. "auto": graph or codes by rules of thumb, for callers that measure nothing.
 * All but "exact" compare slots that the graph lacks exactly.
 */
export type SearchMode = "auto" | "exact" | "codes" | "graph";

export interface VectorSearch {
  k: number;
  /** Allowed slots that a walk of the graph looks for; at least k. Default max(64, k). */
  ef?: number;
  /** Default "auto". */
  mode?: SearchMode;
  /** The same as mode "exact". Default false. */
  exact?: boolean;
  /**
   * Of mode "graph": as many distances of a walk take as long as a scan of the allowed slots. A walk with more than
   * this still before it, by what has passed near the query so far, becomes that scan. Default 0: it never does.
   */
  budget?: number;
  /** Of mode "graph": the share of slots near the query that should be allowed. Default 0: unknown. */
  expected?: number;
  /** Bit s of word s >>> 5 allows slot s; absent: every live slot. Not copied: do not change it until the search settles. */
  allow?: Uint32Array;
  signal?: AbortSignal;
}

export interface VectorSearchResult {
  /** k places a query, nearest first, `counts[q]` of them filled. Ties go to the smaller slot. */
  slots: Uint32Array;
  /** Exact float32 distances, parallel to `slots`. */
  distances: Float32Array;
  counts: Uint32Array;
  stats: SearchStats;
}

/** Summed over the queries of a search. */
export interface SearchStats {
  /** All that were computed, of codes and of float32. */
  distances: number;
  /** Vertices of the graph whose neighbours were looked at. */
  hops: number;
  /** Slots compared one after the other. */
  scanned: number;
  /** Of the distances, those of walks. */
  walked: number;
  /** The vertices nearest to the query by which a walk judged the filter, and how many of them were allowed. */
  seen: number;
  passed: number;
  /** Queries whose walk became a scan. */
  gaveUp: number;
  walkMs: number;
  /** Of scans of allowed slots; of slots that the graph lacks, left out. */
  scanMs: number;
}

export interface BuildOptions {
  /**
   * The kernel's own threads; "spare" leaves one core to others. Default: the machine's cores. WASM: always one, in
   * slices that yield to the event loop.
   */
  threads?: number | "spare";
  signal?: AbortSignal;
  /** Called at most every 100 ms, and once at the end. */
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** Rows of float32 addressed by slot, their int8 codes, and an HNSW graph over them. Free it when done. */
export interface VectorIndex {
  readonly dimension: number;
  readonly metric: Metric;
  /** One past the highest slot ever put. */
  readonly slots: number;
  /** How many slots the graph holds, live or dead. */
  readonly indexed: number;
  /** How many live slots it does not hold yet. Wherever they lie, each search scans them exactly: nothing put is ever missed. */
  readonly pending: number;
  /** How many dead slots it holds: searches pass through them, and lose time, until a repair. */
  readonly deletedInGraph: number;
  readonly sizeBytes: number;
  /**
   * Stores `vectors.length / dimension` rows from `firstSlot` on, in slots that are absent: never put, or released since.
   * Skipped slots stay absent.
   * @throws FrancaError invalid_argument on NaN, infinities, a length that is no multiple of `dimension`, or a slot that is not absent
   */
  put(firstSlot: number, vectors: Float32Array): void;
  /**
   * Like `put`, but row i stays in the file, at row `firstRow + i`, which holds the same bytes as `vectors`; these are only
   * looked at. Native only, like the next three: others throw unimplemented.
   */
  putMapped(firstSlot: number, vectors: Float32Array, file: MappedFile, firstRow: number): void;
  /**
   * The row of `slots[i]` is row `rows[i]` of the file from now on; the same bytes must be there. Absent
   * slots are passed over, and dead ones whose row is in memory.
   * Resolves when nothing reads the rows where they were any more, and the memory that held them went back to the system.
   */
  borrow(slots: Uint32Array, file: MappedFile, rows: Uint32Array): Promise<void>;
  /** Takes mapped rows into memory. Resolves when nothing reads them in the file any more. */
  hold(slots: Uint32Array): Promise<void>;
  /** Lets go of a file that no row lies in any more; then it may be unmapped. @throws FrancaError failed_precondition when one does */
  leave(file: MappedFile): Promise<void>;
  /** The slot is skipped by every later search. Idempotent. */
  markDeleted(slot: number): void;
  /** Brings all pending slots into the graph; searches and puts go on meanwhile. Rejects with code "cancelled" on abort; what was inserted stays. */
  build(options?: BuildOptions): Promise<void>;
  /**
   * Takes the slots that are dead when it begins out of the graph, whose other vertices are linked anew. Searches, puts and
   * deletions go on; waits for build, save and load, and they for it. Rejects with code "cancelled" on abort; the dead slots
   * are then in the graph still, and the next repair has less to do.
   */
  repair(options?: BuildOptions): Promise<void>;
  /**
   * Forgets dead slots that no graph holds, so that they can be put again. Resolves when searches begun before have ended.
   * Absent slots are passed over.
   * @throws FrancaError failed_precondition when one of the slots is live or in the graph; none is released then
   */
  release(slots: Uint32Array): Promise<void>;
  /** `queries` holds one or more rows. Never blocks the event loop for long: long work runs on kernel threads (native) or in slices (WASM). */
  search(queries: Float32Array, options: VectorSearch): Promise<VectorSearchResult>;
  /** The same on the calling thread; for small work, where the hop to a thread costs more than the search. */
  searchSync(queries: Float32Array, options: VectorSearch): VectorSearchResult;
  /** The graph's checkpoint, in pieces of about 1 MiB. Builds wait until the iteration ends. */
  save(): AsyncIterable<Uint8Array>;
  /**
   * Adopts a checkpoint; every slot that its graph holds must have been put before. The other live slots are pending then.
   * @throws FrancaError data_loss when the bytes are damaged, of another version, or of another index; the index is then as before
   */
  load(chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Waits for running calls, then gives the memory back. Later calls throw failed_precondition. */
  free(): Promise<void>;
}
