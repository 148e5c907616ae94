/**
 * Builds `assets/kernel.wasm` with clang compiled to WebAssembly (@yowasp/clang), so that `npm ci` alone can:
 * no toolchain on the machine is asked for. No threads and no exceptions there; SIMD of 128 bits is required.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { kernelSources } from "../native/node/sources.mjs";
import { discard, inputsHash, isCurrent, root, stamp } from "./kernel-build.mjs";

const output = join(root, "assets", "kernel.wasm");
const flags = [
  "-std=c++20",
  "-O3",
  "-msimd128",
  "-ffp-contract=off",
  "-fno-exceptions",
  "-fno-rtti",
  "-DFK_NO_THREADS",
  "-DNDEBUG",
  "-Inative/include",
  "-mexec-model=reactor",
  "-Wl,--strip-all",
  "-Wl,--max-memory=4294967296",
  "-Wl,-z,stack-size=1048576",
];
const clang = createRequire(import.meta.url).resolve("@yowasp/clang");
const clangVersion = JSON.parse(readFileSync(join(dirname(clang), "..", "package.json"), "utf8")).version;
const inputs = [
  "native/include",
  "native/kernel",
  "native/wasm",
  "native/sources.txt",
  "scripts/build-wasm.mjs",
];
const hash = inputsHash(inputs, { flags, clangVersion });

if (isCurrent(output, hash)) {
  console.log("wasm kernel: up to date");
} else {
  discard(output);
  await build();
}

async function build() {
  const { runClang, runLLVM } = await import("@yowasp/clang");
  // Loads the compiler, which would else report each step of it.
  await runLLVM(null, {}, { fetchProgress: () => {} });
  const exported = readFileSync(join(root, "native", "wasm", "exports.txt"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((symbol) => `-Wl,--export=${symbol}`);
  const sources = kernelSources()
    .filter(({ set }) => set === "base" || set === "wasm")
    .map(({ path }) => `native/${path}`);
  const files = { native: { include: tree("native/include"), kernel: tree("native/kernel") } };
  const say = (bytes) => bytes && process.stderr.write(bytes);
  const args = ["clang++", ...flags, ...exported, ...sources, "-o", "kernel.wasm"];
  const result = await runClang(args, files, { stdout: say, stderr: say }).catch((error) => {
    // The compiler's own messages are above; the error itself carries every source file.
    throw new Error(`wasm kernel: clang failed: ${error.message}`);
  });
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, result["kernel.wasm"]);
  stamp(output, hash);
  console.log(
    `wasm kernel: built assets/kernel.wasm, ${Math.round(result["kernel.wasm"].length / 1024)} KiB`,
  );
}

function tree(path) {
  const entries = {};
  for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
    const below = `${path}/${entry.name}`;
    entries[entry.name] = entry.isDirectory() ? tree(below) : source(below);
  }
  return entries;
}

/** The file system that clang sees here knows no "..", so those includes are left to -I. */
function source(path) {
  return readFileSync(join(root, path), "utf8").replaceAll('#include "../include/', '#include "');
}
