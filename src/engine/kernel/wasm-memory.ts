/**
 * Blocks of a WebAssembly memory. The memory moves when it grows, which any call may make it do, so a view is
 * taken for one use and never kept.
 */
import { FrancaError } from "../../errors.ts";
import type { Pointer, WasmExports } from "./wasm-module.ts";

/** Largest run of bytes that is copied in at once; longer input goes by pieces. */
export const pieceBytes: number = 1 << 20;

export class WasmMemory {
  readonly #exports: WasmExports;

  constructor(exports: WasmExports) {
    this.#exports = exports;
  }

  /** @throws FrancaError resource_exhausted */
  allocate(sizeBytes: number, what: string): Pointer {
    // Pointers cross as signed numbers; memory above 2 GiB would read as negative.
    const block = this.#exports.malloc(sizeBytes) >>> 0;
    if (block !== 0) return block;
    throw new FrancaError(
      "resource_exhausted",
      `there is not enough memory for ${what} (${sizeBytes} bytes); WebAssembly ends at 4 GiB, the native kernel does not`,
    );
  }

  free(block: Pointer): void {
    this.#exports.free(block);
  }

  /** Lends a block for the time of `use`. */
  lend<T>(sizeBytes: number, what: string, use: (block: Pointer) => T): T {
    const block = this.allocate(sizeBytes, what);
    try {
      return use(block);
    } finally {
      this.free(block);
    }
  }

  bytes(block: Pointer, length: number): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, block, length);
  }

  words(block: Pointer, length: number): Uint32Array {
    return new Uint32Array(this.#exports.memory.buffer, block, length);
  }

  floats(block: Pointer, length: number): Float32Array {
    return new Float32Array(this.#exports.memory.buffer, block, length);
  }

  longs(block: Pointer, length: number): BigUint64Array {
    return new BigUint64Array(this.#exports.memory.buffer, block, length);
  }

  word(block: Pointer): number {
    return this.words(block, 1)[0]!;
  }

  text(block: Pointer): string {
    const bytes = new Uint8Array(this.#exports.memory.buffer, block);
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }
}
