/** Reads the WebAssembly kernel from the package's folder, for Node. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { FrancaError } from "../../errors.ts";

export const wasmPath: string = fileURLToPath(new URL("../../../assets/kernel.wasm", import.meta.url));

/** @throws FrancaError not_found */
export async function readWasm(): Promise<Uint8Array> {
  try {
    return await readFile(wasmPath);
  } catch (cause) {
    throw new FrancaError("not_found", `the WebAssembly kernel cannot be read from ${wasmPath}`, { cause });
  }
}
