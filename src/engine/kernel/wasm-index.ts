/**
 * A vector index of the WebAssembly build. It runs on the calling thread, so long work goes in slices that yield
 * to the event loop. Each index has an instance, and so a memory, of its own: memory never shrinks, but a freed
 * index lets go of all of it, and one that fails takes no other with it.
 */
import { cancelledError, FrancaError } from "../../errors.ts";
import type { VectorIndexOptions, VectorSearchResult } from "../kernel.ts";
import { type CheckedSearch, checkOptions, metricCode } from "./arguments.ts";
import { type Count, type GraphWork, KernelIndex } from "./kernel-index.ts";
import { check } from "./status.ts";
import { nextTurn, sliceMs } from "./turn.ts";
import { pieceBytes, WasmMemory } from "./wasm-memory.ts";
import { instantiate, type Pointer, type WasmExports, type WasmModule } from "./wasm-module.ts";
import { WasmSearch } from "./wasm-search.ts";

export class WasmIndex extends KernelIndex {
  // Undefined once freed: what the instance holds can then be collected.
  #exports: WasmExports | undefined;
  readonly #index: Pointer;

  constructor(module: WasmModule, options: VectorIndexOptions) {
    const { dimension, metric, m, efConstruction, seed } = checkOptions(options);
    super(dimension, metric, 1);
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

  protected count(what: Count): number {
    const exports = this.#kernel();
    if (what === "sizeBytes") return Number(exports.fk_index_bytes(this.#index));
    return exports[countCalls[what]](this.#index) >>> 0;
  }

  protected callPut(firstSlot: number, vectors: Float32Array): number {
    const exports = this.#kernel();
    const memory = new WasmMemory(exports);
    return memory.lend(vectors.byteLength, "vectors", (block) => {
      memory.floats(block, vectors.length).set(vectors);
      return exports.fk_index_put(this.#index, firstSlot, block, vectors.length / this.dimension);
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

  protected callMarkDeleted(slot: number): number {
    return this.#kernel().fk_index_set_deleted(this.#index, slot);
  }

  protected callSearchSync(queries: Float32Array, checked: CheckedSearch): VectorSearchResult | number {
    const search = this.#begin(queries, checked);
    try {
      return search.runWhole() || search.result();
    } finally {
      search.free();
    }
  }

  protected async callSearch(
    queries: Float32Array,
    checked: CheckedSearch,
    signal: AbortSignal | undefined,
  ): Promise<VectorSearchResult | number> {
    const search = this.#begin(queries, checked);
    try {
      const code = await search.runInSlices(
        this.count("slots"),
        this.count("indexed"),
        this.count("pending"),
        signal,
      );
      return code || search.result();
    } finally {
      search.free();
    }
  }

  /** In slices of about 5 ms. */
  protected async callGraphWork({ call, signal, progress, total }: GraphWork): Promise<number> {
    let units = 16;
    let done = 0;
    while (true) {
      if (signal?.aborted) throw cancelledError(`the ${call}`, signal);
      // A build takes in no more than was pending when it began: it must not run for as long as puts go on.
      const left = call === "build" ? Math.min(total - done, this.count("pending")) : units;
      if (left <= 0) return 0;
      const asked = Math.min(units, left);
      const started = performance.now();
      const went = this.#slice(call, asked);
      units = nextSliceLength(asked, performance.now() - started);
      done += went;
      progress.step(done);
      if (went < asked) return 0;
      await nextTurn();
    }
  }

  protected async callRelease(slots: Uint32Array): Promise<number> {
    const exports = this.#kernel();
    const memory = new WasmMemory(exports);
    return memory.lend(slots.byteLength, "slots", (block) => {
      memory.words(block, slots.length).set(slots);
      return exports.fk_index_release(this.#index, block, slots.length);
    });
  }

  protected async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
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
  }

  protected async callLoad(chunks: AsyncIterable<Uint8Array>): Promise<void> {
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
      const code = exports.fk_index_load_end(loader, commit, 1);
      if (commit === 1) check(code, "a checkpoint");
    }
  }

  protected callFree(): void {
    this.#exports = undefined;
  }

  /** Returns how far it came. */
  #slice(call: GraphWork["call"], units: number): number {
    const exports = this.#kernel();
    const memory = new WasmMemory(exports);
    return memory.lend(8, `a ${call}`, (control) => {
      memory.words(control, 2).fill(0);
      check(exports[`fk_index_${call}`](this.#index, units, 1, control), `a ${call}`);
      return memory.word(control + 4);
    });
  }

  #begin(queries: Float32Array, search: CheckedSearch): WasmSearch {
    const exports = this.#kernel();
    return new WasmSearch(exports, new WasmMemory(exports), this.#index, this.dimension, queries, search);
  }

  /** The module, for a call that the gate has let in. */
  #kernel(): WasmExports {
    if (this.#exports === undefined) throw new FrancaError("internal", "a call reached a freed vector index");
    return this.#exports;
  }
}

const countCalls = {
  slots: "fk_index_slots",
  indexed: "fk_index_indexed",
  pending: "fk_index_pending",
  deletedInGraph: "fk_index_deleted_in_graph",
} as const satisfies Record<Exclude<Count, "sizeBytes">, keyof WasmExports>;

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
function nextSliceLength(units: number, tookMs: number): number {
  const wanted = units * Math.min(2, (sliceMs * 0.6) / Math.max(tookMs, 0.01));
  return Math.max(1, Math.min(10_000, Math.floor(wanted)));
}
