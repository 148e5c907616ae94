/**
 * The WebAssembly build's module: its exports, the few imports it asks for, and its memory. Nothing here is of
 * Node or of a browser. The platform's `WebAssembly` is typed here as far as it is used, since the libraries this
 * project compiles against do not declare it.
 */
import { FrancaError } from "../../errors.ts";
import { abiVersion } from "./status.ts";

/** A pointer into the module's memory; 0 is null. */
export type Pointer = number;

export interface WasmExports {
  memory: { readonly buffer: ArrayBuffer };
  malloc(size: number): Pointer;
  free(block: Pointer): void;
  fk_abi_version(): number;
  fk_instruction_set(): Pointer;
  fk_crc32c(seed: number, bytes: Pointer, length: number): number;
  fk_distance_f32(metric: number, a: Pointer, b: Pointer, dimension: number): number;
  fk_json_read(
    body: Pointer,
    bytes: number,
    names: Pointer,
    nameBytes: number,
    maxDepth: number,
    pieceBytes: number,
    out: Pointer,
  ): number;
  fk_json_parts(json: Pointer, out: Pointer): void;
  fk_json_free(json: Pointer): void;
  fk_index_create(options: Pointer, out: Pointer): number;
  fk_index_put(index: Pointer, firstSlot: number, vectors: Pointer, n: number): number;
  fk_index_set_deleted(index: Pointer, slot: number): number;
  fk_index_slots(index: Pointer): number;
  fk_index_indexed(index: Pointer): number;
  fk_index_pending(index: Pointer): number;
  fk_index_deleted_in_graph(index: Pointer): number;
  fk_index_bytes(index: Pointer): bigint;
  fk_index_build(index: Pointer, maxInserts: number, threads: number, control: Pointer): number;
  fk_index_repair(index: Pointer, maxVertices: number, threads: number, control: Pointer): number;
  fk_index_release(index: Pointer, slots: Pointer, n: number): number;
  fk_index_search(
    index: Pointer,
    params: Pointer,
    queries: Pointer,
    n: number,
    slots: Pointer,
    distances: Pointer,
    counts: Pointer,
    stats: Pointer,
    control: Pointer,
  ): number;
  fk_index_save_begin(index: Pointer, out: Pointer): number;
  fk_index_save_read(saver: Pointer, buffer: Pointer, capacity: number, length: Pointer): number;
  fk_index_save_end(saver: Pointer): void;
  fk_index_load_begin(index: Pointer, out: Pointer): number;
  fk_index_load_write(loader: Pointer, bytes: Pointer, length: number): number;
  fk_index_load_end(loader: Pointer, commit: number, threads: number): number;
}

export type WasmModule = object & { readonly wasmModule?: never };

type Imports = Record<string, Record<string, (...values: number[]) => number>>;

interface WasmPlatform {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  Instance: new (module: WasmModule, imports: Imports) => { exports: unknown };
}

const platform = (globalThis as unknown as { WebAssembly: WasmPlatform }).WebAssembly;

/** @throws FrancaError failed_precondition when the engine lacks SIMD, or the bytes are no kernel of this version */
export async function compileKernel(bytes: Uint8Array): Promise<WasmModule> {
  let module: WasmModule;
  let found: number;
  try {
    module = await platform.compile(bytes);
    found = instantiate(module).fk_abi_version();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FrancaError(
      "failed_precondition",
      `the WebAssembly kernel does not load: ${reason}. It needs a JavaScript engine with WebAssembly SIMD`,
      { cause },
    );
  }
  if (found === abiVersion) return module;
  throw new FrancaError(
    "failed_precondition",
    `the WebAssembly kernel has version ${found} of its interface, but ${abiVersion} is needed; run \`npm run prepare\``,
  );
}

/** A fresh instance with a memory of its own. */
export function instantiate(module: WasmModule): WasmExports {
  // The C++ library's last words when it aborts; without them a trap says no more than "unreachable".
  let complaint = "";
  const say = (_fd: number, vectors: number, count: number, written: number): number => {
    const memory = new DataView(exports.memory.buffer);
    let length = 0;
    for (let i = 0; i < count; i++) {
      const from = memory.getUint32(vectors + 8 * i, true);
      const size = memory.getUint32(vectors + 8 * i + 4, true);
      complaint = (complaint + new TextDecoder().decode(new Uint8Array(memory.buffer, from, size))).slice(
        -1000,
      );
      length += size;
    }
    memory.setUint32(written, length, true);
    return 0;
  };
  const noSuchFile = (): number => 8;
  /** Whatever clock is asked for: nanoseconds that never go back. */
  const clock = (_clock: number, _precision: number, out: number): number => {
    const nanoseconds = BigInt(Math.round(performance.now() * 1e6));
    new DataView(exports.memory.buffer).setBigUint64(out, nanoseconds, true);
    return 0;
  };
  const exit = (code: number): never => {
    throw new FrancaError("internal", `the WebAssembly kernel ended itself (${code}): ${complaint}`);
  };
  const instance = new platform.Instance(module, {
    wasi_snapshot_preview1: {
      fd_write: say,
      fd_close: noSuchFile,
      fd_seek: noSuchFile,
      proc_exit: exit,
      clock_time_get: clock,
    },
  });
  const exports = instance.exports as WasmExports & { _initialize(): void };
  exports._initialize();
  return exports;
}
