/** A vector index of the Node-API addon. Long calls run on the kernel's threads; nothing here waits. */
import { cancelledError, FrancaError } from "../../errors.ts";
import type { MappedFile, VectorIndexOptions, VectorSearchResult } from "../kernel.ts";
import type { Addon, Control, IndexHandle } from "./addon.ts";
import { answerBlock, answerOf } from "./answer.ts";
import { type CheckedSearch, checkOptions, checkRows, metricCode, refusedRows } from "./arguments.ts";
import { type Count, type GraphWork, KernelIndex } from "./kernel-index.ts";
import { mappingHandle } from "./native-mapping.ts";
import type { BuildProgress } from "./progress.ts";
import { check, status, statusError } from "./status.ts";

const pieceBytes = 1 << 20;

export class NativeIndex extends KernelIndex {
  readonly #addon: Addon;
  readonly #handle: IndexHandle;
  readonly #cores: number;

  constructor(addon: Addon, cores: number, options: VectorIndexOptions) {
    const { dimension, metric, m, efConstruction, seed } = checkOptions(options);
    const handle = addon.createIndex(dimension, metricCode[metric], m, efConstruction, seed);
    if (typeof handle === "number") throw statusError(handle, "a vector index");
    super(dimension, metric, cores);
    this.#addon = addon;
    this.#handle = handle;
    this.#cores = cores;
  }

  protected count(what: Count): number {
    return this.#addon[what](this.#handle);
  }

  protected callPut(firstSlot: number, vectors: Float32Array): number {
    return this.#addon.put(this.#handle, firstSlot, vectors);
  }

  putMapped(firstSlot: number, vectors: Float32Array, file: MappedFile, firstRow: number): void {
    this.gate.assertOpen();
    checkRows(this.dimension, firstSlot, vectors);
    const code = this.#addon.putMapped(this.#handle, firstSlot, vectors, mappingHandle(file), firstRow);
    check(code, "vectors", () => refusedRows(this.dimension, firstSlot, vectors));
  }

  borrow(slots: Uint32Array, file: MappedFile, rows: Uint32Array): Promise<void> {
    return this.gate.run(async () => {
      checkPlaces(slots, rows);
      check(this.#addon.borrow(this.#handle, slots, mappingHandle(file), rows), "mapped rows");
      await this.#settle(slots);
    });
  }

  hold(slots: Uint32Array): Promise<void> {
    return this.gate.run(async () => {
      check(await this.#addon.hold(this.#handle, slots), "rows to hold");
      await this.#settle(slots);
    });
  }

  leave(file: MappedFile): Promise<void> {
    return this.gate.run(async () => {
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

  protected callMarkDeleted(slot: number): number {
    return this.#addon.markDeleted(this.#handle, slot);
  }

  protected callSearchSync(queries: Float32Array, search: CheckedSearch): VectorSearchResult | number {
    const { n, k, ef, mode, allow, budget, expected } = search;
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
    return code || answerOf(block);
  }

  protected async callSearch(
    queries: Float32Array,
    search: CheckedSearch,
    signal: AbortSignal | undefined,
  ): Promise<VectorSearchResult | number> {
    const { n, k, ef, mode, allow, budget, expected } = search;
    const block = answerBlock(n, k);
    const code = await withAbort("the search", signal, (control) =>
      this.#addon.search(this.#handle, queries, k, ef, mode, allow, block.bytes, budget, expected, control),
    );
    return code || answerOf(block);
  }

  protected callGraphWork({ call, threads, signal, progress }: GraphWork): Promise<number> {
    return withAbort(`the ${call}`, signal, (control) =>
      watched(this.#addon[call](this.#handle, threads, control), control, progress),
    );
  }

  protected callRelease(slots: Uint32Array): Promise<number> {
    return this.#addon.release(this.#handle, slots);
  }

  protected async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
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
  }

  protected async callLoad(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const loader = this.#addon.loadBegin(this.#handle);
    if (typeof loader === "number") throw statusError(loader, "a checkpoint");
    try {
      for await (const chunk of chunks) check(await this.#addon.loadWrite(loader, chunk), "a checkpoint");
    } catch (error) {
      this.#addon.loadAbandon(loader);
      throw error;
    }
    check(await this.#addon.loadCommit(loader, this.#handle, this.#cores), "a checkpoint");
  }

  protected callFree(): void {
    this.#addon.freeIndex(this.#handle);
  }
}

function checkPlaces(slots: Uint32Array, rows: Uint32Array): void {
  if (slots.length === rows.length) return;
  throw new FrancaError("invalid_argument", `${slots.length} slots were given ${rows.length} rows`);
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
