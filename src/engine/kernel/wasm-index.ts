/**
 * A vector index of the WebAssembly build. It runs on the calling thread, so long work goes in slices that yield
 * to the event loop. Each index has an instance, and so a memory, of its own: memory never shrinks, but a freed
 * index lets go of all of it, and one that fails takes no other with it.
 */
import { cancelledError, FrancaError } from "../../errors.ts";
import type {
  BuildOptions,
  Metric,
  VectorIndex,
  VectorIndexOptions,
  VectorSearch,
  VectorSearchResult,
} from "../kernel.ts";
import {
  absentSlot,
  type CheckedSearch,
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
import { BuildProgress } from "./progress.ts";
import { check } from "./status.ts";
import { nextTurn, sliceMs } from "./turn.ts";
import { pieceBytes, WasmMemory } from "./wasm-memory.ts";
import { instantiate, type Pointer, type WasmExports, type WasmModule } from "./wasm-module.ts";
import { WasmSearch } from "./wasm-search.ts";

export class WasmIndex implements VectorIndex {
  readonly dimension: number;
  readonly metric: Metric;
  readonly #gate: CallGate = new CallGate();
  // Undefined once freed: what the instance holds can then be collected.
  #exports: WasmExports | undefined;
  readonly #index: Pointer;

  constructor(module: WasmModule, options: VectorIndexOptions) {
    const { dimension, metric, m, efConstruction, seed } = checkOptions(options);
    this.dimension = dimension;
    this.metric = metric;
    const exports = instantiate(module);
    const memory = new WasmMemory(exports);
    this.#exports = exports;
    // struct fk_index_options, then the place for the handle.
    this.#index = memory.lend(32, "a vector index", (block) => {
      memory.words(block, 4).set([dimension, metricCode[metric], m, efConstruction]);
      memory.longs(block + 16, 1)[0] = BigInt(seed);
      check(exports.fk_index_create(block, block + 24), "a vector index");
      return memory.word(block + 24);
    });
  }

  get slots(): number {
    this.#gate.assertOpen();
    return this.#slots();
  }

  get indexed(): number {
    this.#gate.assertOpen();
    return this.#indexed();
  }

  get sizeBytes(): number {
    this.#gate.assertOpen();
    return Number(this.#kernel().fk_index_bytes(this.#index));
  }

  put(firstSlot: number, vectors: Float32Array): void {
    this.#gate.assertOpen();
    const exports = this.#kernel();
    checkRows(this.dimension, firstSlot, vectors);
    const memory = new WasmMemory(exports);
    memory.lend(vectors.byteLength, "vectors", (block) => {
      memory.floats(block, vectors.length).set(vectors);
      const code = exports.fk_index_put(this.#index, firstSlot, block, vectors.length / this.dimension);
      check(code, "vectors", () => refusedRows(this.dimension, firstSlot, vectors));
    });
  }

  putMapped(): never {
    throw notMapped();
  }

  borrow(): Promise<never> {
    return Promise.reject(notMapped());
  }

  hold(): Promise<never> {
    return Promise.reject(notMapped());
  }

  leave(): Promise<never> {
    return Promise.reject(notMapped());
  }

  markDeleted(slot: number): void {
    this.#gate.assertOpen();
    checkSlot("slot", slot);
    check(this.#kernel().fk_index_set_deleted(this.#index, slot), "a deletion", () => absentSlot(slot));
  }

  searchSync(queries: Float32Array, options: VectorSearch): VectorSearchResult {
    this.#gate.assertOpen();
    const checked = checkSearch(this.dimension, queries, options);
    if (options.signal?.aborted) throw cancelledError("the search", options.signal);
    const search = this.#begin(queries, checked);
    try {
      check(search.runWhole(), "a search", () => notFinite("queries", this.dimension, queries));
      return search.result();
    } finally {
      search.free();
    }
  }

  search(queries: Float32Array, options: VectorSearch): Promise<VectorSearchResult> {
    return this.#gate.run(async () => {
      const search = this.#begin(queries, checkSearch(this.dimension, queries, options));
      try {
        const code = await search.runInSlices(this.#slots(), this.#indexed(), options.signal);
        check(code, "a search", () => notFinite("queries", this.dimension, queries));
        return search.result();
      } finally {
        search.free();
      }
    });
  }

  async build(options: BuildOptions = {}): Promise<void> {
    const { signal, onProgress } = options;
    checkThreads(options.threads, 1);
    const leave = await this.#gate.enter();
    try {
      const from = this.#indexed();
      const target = this.#slots();
      const progress = new BuildProgress(onProgress, target - from);
      let inserts = 16;
      for (let at = from; at < target; at = this.#indexed()) {
        if (signal?.aborted) throw cancelledError("the build", signal);
        const started = performance.now();
        const inserted = this.#buildSlice(Math.min(inserts, target - at));
        inserts = nextSliceLength(inserts, performance.now() - started);
        // A slot of a high level goes in before its turn, so a slice may count without moving `indexed`.
        if (inserted === 0 && this.#indexed() === at) {
          throw new FrancaError("internal", `the build stands still at slot ${at}`);
        }
        progress.step(this.#indexed() - from);
        await nextTurn();
      }
      if (signal?.aborted) throw cancelledError("the build", signal);
      progress.end();
    } finally {
      leave();
    }
  }

  async *save(): AsyncGenerator<Uint8Array, void, undefined> {
    const leave = await this.#gate.enter();
    try {
      const exports = this.#kernel();
      const memory = new WasmMemory(exports);
      const block = memory.allocate(8 + pieceBytes, "a checkpoint");
      try {
        check(exports.fk_index_save_begin(this.#index, block), "a checkpoint");
        const saver = memory.word(block);
        try {
          while (true) {
            const code = exports.fk_index_save_read(saver, block + 8, pieceBytes, block + 4);
            check(code, "a checkpoint");
            const length = memory.word(block + 4);
            if (length === 0) return;
            yield memory.bytes(block + 8, length).slice();
          }
        } finally {
          exports.fk_index_save_end(saver);
        }
      } finally {
        memory.free(block);
      }
    } finally {
      leave();
    }
  }

  async load(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const leave = await this.#gate.enter();
    try {
      const exports = this.#kernel();
      const memory = new WasmMemory(exports);
      const loader = memory.lend(4, "a checkpoint", (block) => {
        check(exports.fk_index_load_begin(this.#index, block), "a checkpoint");
        return memory.word(block);
      });
      let commit = 0;
      try {
        for await (const chunk of chunks) write(exports, memory, loader, chunk);
        commit = 1;
      } finally {
        const code = exports.fk_index_load_end(loader, commit);
        if (commit === 1) check(code, "a checkpoint");
      }
    } finally {
      leave();
    }
  }

  free(): Promise<void> {
    return this.#gate.close(() => {
      this.#exports = undefined;
    });
  }

  /** Returns how many slots it brought into the graph. */
  #buildSlice(inserts: number): number {
    const exports = this.#kernel();
    const memory = new WasmMemory(exports);
    return memory.lend(8, "a build", (control) => {
      memory.words(control, 2).fill(0);
      check(exports.fk_index_build(this.#index, inserts, 1, control), "a build");
      return memory.word(control + 4);
    });
  }

  #begin(queries: Float32Array, search: CheckedSearch): WasmSearch {
    const exports = this.#kernel();
    return new WasmSearch(exports, new WasmMemory(exports), this.#index, this.dimension, queries, search);
  }

  #slots(): number {
    return this.#kernel().fk_index_slots(this.#index) >>> 0;
  }

  #indexed(): number {
    return this.#kernel().fk_index_indexed(this.#index) >>> 0;
  }

  /** The module, for a call that the gate has let in. */
  #kernel(): WasmExports {
    if (this.#exports === undefined) throw new FrancaError("internal", "a call reached a freed vector index");
    return this.#exports;
  }
}

function notMapped(): FrancaError {
  return new FrancaError(
    "unimplemented",
    "WebAssembly maps no files: its rows are held in memory; use the native kernel",
  );
}

function write(exports: WasmExports, memory: WasmMemory, loader: Pointer, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; at += pieceBytes) {
    const piece = chunk.subarray(at, at + pieceBytes);
    memory.lend(piece.length, "a checkpoint", (block) => {
      memory.bytes(block, piece.length).set(piece);
      check(exports.fk_index_load_write(loader, block, piece.length), "a checkpoint");
    });
  }
}

/** Aims at slices of about 5 ms: an insert costs more as the graph grows, so half a slice is left spare. */
function nextSliceLength(inserts: number, tookMs: number): number {
  const wanted = inserts * Math.min(2, (sliceMs * 0.6) / Math.max(tookMs, 0.01));
  return Math.max(1, Math.min(10_000, Math.floor(wanted)));
}
