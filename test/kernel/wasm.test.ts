/** The WebAssembly build under the kernel's contract. */

import { loadWasm } from "../../src/engine/kernel/wasm.ts";
import { readWasm } from "../../src/engine/kernel/wasm-node.ts";
import { kernelContract } from "../contracts/kernel.ts";

kernelContract("wasm", await loadWasm(await readWasm()));
