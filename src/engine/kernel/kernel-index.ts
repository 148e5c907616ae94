/**
 * What the indexes of both builds have in common: arguments are checked, calls pass a gate, statuses become errors.
 * A build says how its kernel is called.
 */
import { cancelledError } from "../../errors.ts";
import type {
  BuildOptions,
  MappedFile,
  Metric,
  VectorIndex,
  VectorSearch,
  VectorSearchResult,
} from "../kernel.ts";
import {
  absentSlot,
  type CheckedSearch,
  checkRows,
  checkSearch,
  checkSlot,
  checkSlots,
  checkThreads,
  neededSlots,
  notFinite,
  refusedRows,
} from "./arguments.ts";
import { CallGate } from "./call-gate.ts";
import { BuildProgress } from "./progress.ts";
import { check } from "./status.ts";

export type Count = "slots" | "indexed" | "pending" | "deletedInGraph" | "sizeBytes";

/** A build or a repair. */
export interface GraphWork {
  call: "build" | "repair";
  threads: number;
  signal: AbortSignal | undefined;
  progress: BuildProgress;
  /** Units of progress at its end, as far as is known. */
  total: number;
}

/** Statuses are fk_status of kernel.h. */
export abstract class KernelIndex implements VectorIndex {
  readonly dimension: number;
  readonly metric: Metric;
  protected readonly gate: CallGate = new CallGate();
  readonly #cores: number;

  constructor(dimension: number, metric: Metric, cores: number) {
    this.dimension = dimension;
    this.metric = metric;
    this.#cores = cores;
  }

  protected abstract count(what: Count): number;
  protected abstract callPut(firstSlot: number, vectors: Float32Array): number;
  protected abstract callMarkDeleted(slot: number): number;
  /** The answer, or the status of a search that failed. */
  protected abstract callSearchSync(
    queries: Float32Array,
    search: CheckedSearch,
  ): VectorSearchResult | number;
  protected abstract callSearch(
    queries: Float32Array,
    search: CheckedSearch,
    signal: AbortSignal | undefined,
  ): Promise<VectorSearchResult | number>;
  protected abstract callGraphWork(work: GraphWork): Promise<number>;
  protected abstract callRelease(slots: Uint32Array): Promise<number>;
  protected abstract pieces(): AsyncGenerator<Uint8Array, void, undefined>;
  protected abstract callLoad(chunks: AsyncIterable<Uint8Array>): Promise<void>;
  protected abstract callFree(): void;

  abstract putMapped(firstSlot: number, vectors: Float32Array, file: MappedFile, firstRow: number): void;
  abstract borrow(slots: Uint32Array, file: MappedFile, rows: Uint32Array): Promise<void>;
  abstract hold(slots: Uint32Array): Promise<void>;
  abstract leave(file: MappedFile): Promise<void>;

  get slots(): number {
    return this.#counted("slots");
  }

  get indexed(): number {
    return this.#counted("indexed");
  }

  get pending(): number {
    return this.#counted("pending");
  }

  get deletedInGraph(): number {
    return this.#counted("deletedInGraph");
  }

  get sizeBytes(): number {
    return this.#counted("sizeBytes");
  }

  put(firstSlot: number, vectors: Float32Array): void {
    this.gate.assertOpen();
    checkRows(this.dimension, firstSlot, vectors);
    check(this.callPut(firstSlot, vectors), "vectors", () => refusedRows(this.dimension, firstSlot, vectors));
  }

  markDeleted(slot: number): void {
    this.gate.assertOpen();
    checkSlot("slot", slot);
    check(this.callMarkDeleted(slot), "a deletion", () => absentSlot(slot));
  }

  searchSync(queries: Float32Array, options: VectorSearch): VectorSearchResult {
    this.gate.assertOpen();
    const search = checkSearch(this.dimension, queries, options);
    if (options.signal?.aborted) throw cancelledError("the search", options.signal);
    return this.#answer(this.callSearchSync(queries, search), queries);
  }

  search(queries: Float32Array, options: VectorSearch): Promise<VectorSearchResult> {
    return this.gate.run(async () => {
      const search = checkSearch(this.dimension, queries, options);
      // A copy, so that the caller may go on with its buffer (or transfer it) meanwhile.
      const own = queries.slice();
      return this.#answer(await this.callSearch(own, search, options.signal), own);
    });
  }

  build(options: BuildOptions = {}): Promise<void> {
    return this.#graphWork("build", options, () => this.count("pending"));
  }

  repair(options: BuildOptions = {}): Promise<void> {
    // Each vertex is looked at once for its links, and once for the way to it.
    return this.#graphWork("repair", options, () =>
      this.count("deletedInGraph") === 0 ? 0 : 2 * this.count("indexed"),
    );
  }

  release(slots: Uint32Array): Promise<void> {
    const searched = this.gate.settled();
    return this.gate.run(async () => {
      checkSlots(slots);
      const own = slots.slice();
      await searched;
      check(await this.callRelease(own), "a release of slots", neededSlots);
    });
  }

  async *save(): AsyncGenerator<Uint8Array, void, undefined> {
    const leave = await this.gate.enter();
    try {
      yield* this.pieces();
    } finally {
      leave();
    }
  }

  async load(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const leave = await this.gate.enter();
    try {
      await this.callLoad(chunks);
    } finally {
      leave();
    }
  }

  free(): Promise<void> {
    return this.gate.close(() => this.callFree());
  }

  async #graphWork(call: GraphWork["call"], options: BuildOptions, units: () => number): Promise<void> {
    const { signal, onProgress } = options;
    const threads = checkThreads(options.threads, this.#cores);
    const leave = await this.gate.enter();
    try {
      if (signal?.aborted) throw cancelledError(`the ${call}`, signal);
      const total = units();
      const progress = new BuildProgress(onProgress, total);
      check(await this.callGraphWork({ call, threads, signal, progress, total }), `a ${call}`);
      progress.end();
    } finally {
      leave();
    }
  }

  #counted(what: Count): number {
    this.gate.assertOpen();
    return this.count(what);
  }

  #answer(answer: VectorSearchResult | number, queries: Float32Array): VectorSearchResult {
    if (typeof answer !== "number") return answer;
    check(answer, "a search", () => notFinite("queries", this.dimension, queries));
    throw new TypeError("a search that succeeded has an answer");
  }
}
