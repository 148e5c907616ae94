/**
 * The kernel as WebAssembly with SIMD: runs wherever JavaScript does, browsers included. The module's bytes are
 * given to it; where they come from is the loader's business.
 */
import type { JsonKeys, Kernel, Metric, VectorIndex, VectorIndexOptions } from "../kernel.ts";
import { checkMetric, checkPair, metricCode } from "./arguments.ts";
import { assembled, assembledInSlices, jsonPieceBytes, largeJsonBytes } from "./json.ts";
import { WasmIndex } from "./wasm-index.ts";
import { readJsonParts } from "./wasm-json.ts";
import { pieceBytes, WasmMemory } from "./wasm-memory.ts";
import {
  compileKernel,
  instantiate,
  type Pointer,
  type WasmExports,
  type WasmModule,
} from "./wasm-module.ts";

/** @throws FrancaError failed_precondition when the bytes are no kernel of this version, or SIMD is lacking */
export async function loadWasm(bytes: Uint8Array): Promise<Kernel> {
  return new WasmKernel(await compileKernel(bytes));
}

class WasmKernel implements Kernel {
  readonly build = "wasm";
  readonly instructionSet: string;
  readonly #module: WasmModule;
  // For the work that belongs to no index.
  readonly #exports: WasmExports;
  readonly #memory: WasmMemory;
  readonly #scratch: Pointer;

  constructor(module: WasmModule) {
    this.#module = module;
    this.#exports = instantiate(module);
    this.#memory = new WasmMemory(this.#exports);
    this.#scratch = this.#memory.allocate(pieceBytes, "the kernel");
    this.instructionSet = this.#memory.text(this.#exports.fk_instruction_set());
  }

  crc32c(bytes: Uint8Array, seed = 0): number {
    let crc = seed;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      this.#memory.bytes(this.#scratch, piece.length).set(piece);
      crc = this.#exports.fk_crc32c(crc, this.#scratch, piece.length) >>> 0;
    }
    return crc;
  }

  firstBadRow(bytes: Uint8Array, rowBytes: number, checksums: Uint32Array): number {
    let row = 0;
    while (row < checksums.length && (row + 1) * rowBytes <= bytes.length) {
      if (this.crc32c(bytes.subarray(row * rowBytes, (row + 1) * rowBytes)) !== checksums[row]) break;
      row++;
    }
    return row;
  }

  distance(metric: Metric, a: Float32Array, b: Float32Array): number {
    checkMetric(metric);
    checkPair(a, b);
    const code = metricCode[metric];
    if (8 * a.length <= pieceBytes) return this.#distance(code, a, b, this.#scratch);
    return this.#memory.lend(8 * a.length, "two vectors", (block) => this.#distance(code, a, b, block));
  }

  readJson(body: Uint8Array, keys: JsonKeys): unknown {
    const isLarge = body.byteLength > largeJsonBytes;
    const parts = readJsonParts(this.#exports, this.#memory, body, keys, isLarge ? jsonPieceBytes : 0);
    return isLarge ? assembledInSlices(body, parts) : assembled(body, parts);
  }

  createIndex(options: VectorIndexOptions): VectorIndex {
    return new WasmIndex(this.#module, options);
  }

  #distance(metric: number, a: Float32Array, b: Float32Array, block: Pointer): number {
    const second = block + a.byteLength;
    this.#memory.floats(block, a.length).set(a);
    this.#memory.floats(second, b.length).set(b);
    return this.#exports.fk_distance_f32(metric, block, second, a.length);
  }
}
