/** A vector index of the Node-API addon. Long calls run on the kernel's threads; nothing here waits. */
import { cancelledError, FrancaError } from "../../errors.ts";
import type {
  BuildOptions,
  MappedFile,
  Metric,
  VectorIndex,
  VectorIndexOptions,
  VectorSearch,
  VectorSearchResult,
} from "../kernel.ts";
import type { Addon, Control, IndexHandle } from "./addon.ts";
import { answerBlock, answerOf } from "./answer.ts";
import {
  absentSlot,
  checkOptions,
  checkRows,
  checkSearch,
  checkSlot,
  checkThreads,
  metricCode,
  notFinite,
  refusedRows,
} from "./arguments.ts";
import { CallGate } from "./call-gate.ts";
import { mappingHandle } from "./native-mapping.ts";
import { BuildProgress } from "./progress.ts";
import { check, status, statusError } from "./status.ts";

const pieceBytes = 1 << 20;

export class NativeIndex implements VectorIndex {
  readonly dimension: number;
  readonly metric: Metric;
  readonly #addon: Addon;
  readonly #handle: IndexHandle;
  readonly #cores: number;
  readonly #gate: CallGate = new CallGate();

  constructor(addon: Addon, cores: number, options: VectorIndexOptions) {
    const { dimension, metric, m, efConstruction, seed } = checkOptions(options);
    const handle = addon.createIndex(dimension, metricCode[metric], m, efConstruction, seed);
    if (typeof handle === "number") throw statusError(handle, "a vector index");
    this.dimension = dimension;
    this.metric = metric;
    this.#addon = addon;
    this.#handle = handle;
    this.#cores = cores;
  }

  get slots(): number {
    this.#gate.assertOpen();
    return this.#addon.slots(this.#handle);
  }

  get indexed(): number {
    this.#gate.assertOpen();
    return this.#addon.indexed(this.#handle);
  }

  get sizeBytes(): number {
    this.#gate.assertOpen();
    return this.#addon.sizeBytes(this.#handle);
  }

  put(firstSlot: number, vectors: Float32Array): void {
    this.#gate.assertOpen();
    checkRows(this.dimension, firstSlot, vectors);
    check(this.#addon.put(this.#handle, firstSlot, vectors), "vectors", () =>
      refusedRows(this.dimension, firstSlot, vectors),
    );
  }

  putMapped(firstSlot: number, vectors: Float32Array, file: MappedFile, firstRow: number): void {
    this.#gate.assertOpen();
    checkRows(this.dimension, firstSlot, vectors);
    const code = this.#addon.putMapped(this.#handle, firstSlot, vectors, mappingHandle(file), firstRow);
    check(code, "vectors", () => refusedRows(this.dimension, firstSlot, vectors));
  }

  borrow(slots: Uint32Array, file: MappedFile, rows: Uint32Array): Promise<void> {
    return this.#gate.run(async () => {
      checkPlaces(slots, rows);
      check(this.#addon.borrow(this.#handle, slots, mappingHandle(file), rows), "mapped rows", absentSlots);
      await this.#settle(slots);
    });
  }

  hold(slots: Uint32Array): Promise<void> {
    return this.#gate.run(async () => {
      check(await this.#addon.hold(this.#handle, slots), "rows to hold", absentSlots);
      await this.#settle(slots);
    });
  }

  leave(file: MappedFile): Promise<void> {
    return this.#gate.run(async () => {
      const code = await this.#addon.leave(this.#handle, mappingHandle(file));
      check(
        code,
        "a file to leave",
        () => new FrancaError("failed_precondition", "rows of the index still lie in the file"),
      );
    });
  }

  async #settle(slots: Uint32Array): Promise<void> {
    if (slots.length === 0) return;
    let from = slots[0]!;
    let to = from;
    for (const slot of slots) {
      if (slot < from) from = slot;
      if (slot > to) to = slot;
    }
    check(await this.#addon.settle(this.#handle, from, to + 1), "mapped rows");
  }

  markDeleted(slot: number): void {
    this.#gate.assertOpen();
    checkSlot("slot", slot);
    check(this.#addon.markDeleted(this.#handle, slot), "a deletion", () => absentSlot(slot));
  }

  searchSync(queries: Float32Array, options: VectorSearch): VectorSearchResult {
    this.#gate.assertOpen();
    const { n, k, ef, mode, allow, budget, expected } = checkSearch(this.dimension, queries, options);
    if (options.signal?.aborted) throw cancelledError("the search", options.signal);
    const block = answerBlock(n, k);
    const code = this.#addon.searchSync(
      this.#handle,
      queries,
      k,
      ef,
      mode,
      allow,
      block.bytes,
      budget,
      expected,
    );
    check(code, "a search", () => notFinite("queries", this.dimension, queries));
    return answerOf(block);
  }

  search(queries: Float32Array, options: VectorSearch): Promise<VectorSearchResult> {
    return this.#gate.run(async () => {
      const { n, k, ef, mode, allow, budget, expected } = checkSearch(this.dimension, queries, options);
      const block = answerBlock(n, k);
      // A copy, so that the caller may go on with its buffer (or transfer it) while a thread reads it.
      const own = queries.slice();
      const code = await withAbort("the search", options.signal, (control) =>
        this.#addon.search(this.#handle, own, k, ef, mode, allow, block.bytes, budget, expected, control),
      );
      check(code, "a search", () => notFinite("queries", this.dimension, own));
      return answerOf(block);
    });
  }

  async build(options: BuildOptions = {}): Promise<void> {
    const { signal, onProgress } = options;
    const threads = checkThreads(options.threads, this.#cores);
    const leave = await this.#gate.enter();
    try {
      const progress = new BuildProgress(
        onProgress,
        this.#addon.slots(this.#handle) - this.#addon.indexed(this.#handle),
      );
      const code = await withAbort("the build", signal, (control) =>
        watched(this.#addon.build(this.#handle, threads, control), control, progress),
      );
      check(code, "a build");
      progress.end();
    } finally {
      leave();
    }
  }

  async *save(): AsyncGenerator<Uint8Array, void, undefined> {
    const leave = await this.#gate.enter();
    try {
      const saver = this.#addon.saveBegin(this.#handle);
      if (typeof saver === "number") throw statusError(saver, "a checkpoint");
      try {
        while (true) {
          const piece = new Uint8Array(pieceBytes);
          const length = this.#addon.saveRead(saver, piece);
          if (length < 0) throw statusError(-length, "a checkpoint");
          if (length === 0) return;
          yield piece.subarray(0, length);
        }
      } finally {
        this.#addon.saveEnd(saver);
      }
    } finally {
      leave();
    }
  }

  async load(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const leave = await this.#gate.enter();
    try {
      const loader = this.#addon.loadBegin(this.#handle);
      if (typeof loader === "number") throw statusError(loader, "a checkpoint");
      try {
        for await (const chunk of chunks) check(this.#addon.loadWrite(loader, chunk), "a checkpoint");
      } catch (error) {
        this.#addon.loadAbandon(loader);
        throw error;
      }
      check(await this.#addon.loadCommit(loader, this.#handle), "a checkpoint");
    } finally {
      leave();
    }
  }

  free(): Promise<void> {
    return this.#gate.close(() => this.#addon.freeIndex(this.#handle));
  }
}

function checkPlaces(slots: Uint32Array, rows: Uint32Array): void {
  if (slots.length === rows.length) return;
  throw new FrancaError("invalid_argument", `${slots.length} slots were given ${rows.length} rows`);
}

function absentSlots(): FrancaError {
  return new FrancaError("invalid_argument", "one of the slots holds no vector");
}

/** Tells the progress of a running build; a listener that throws stops it, and its error is the build's. */
async function watched(build: Promise<number>, control: Control, progress: BuildProgress): Promise<number> {
  let failure: { error: unknown } | undefined;
  const timer = setInterval(() => {
    try {
      progress.step(Atomics.load(control, 1));
    } catch (error) {
      failure = { error };
      Atomics.store(control, 0, 1);
      clearInterval(timer);
    }
  }, 100);
  try {
    const code = await build;
    if (failure !== undefined) throw failure.error;
    return code;
  } finally {
    clearInterval(timer);
  }
}

/** Runs a call whose control word the signal sets; an aborted one throws `cancelled`. */
async function withAbort(
  what: string,
  signal: AbortSignal | undefined,
  call: (control: Control) => Promise<number>,
): Promise<number> {
  const control: Control = new Uint32Array(2);
  if (signal === undefined) return call(control);
  if (signal.aborted) throw cancelledError(what, signal);
  const abort = () => Atomics.store(control, 0, 1);
  signal.addEventListener("abort", abort, { once: true });
  try {
    const code = await call(control);
    if (code === status.cancelled) throw cancelledError(what, signal);
    return code;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
