/**
 * Runs a suite on each build of the kernel. Where `npm ci` found no C++ compiler there is no native one, and its suite
 * is skipped, saying so; REQUIRE_NATIVE=1 (as in CI) demands it.
 */
import { existsSync } from "node:fs";
import { describe } from "vitest";
import { nativePaths } from "../src/engine/kernel/native.ts";

const hasNative = process.env.REQUIRE_NATIVE === "1" || nativePaths().some((path) => existsSync(path));

export function describeKernels(title: string, suite: (kernel: "native" | "wasm") => void): void {
  const why = hasNative ? "" : " (skipped: no addon was built here, for want of a C++ compiler)";
  describe.skipIf(!hasNative)(`${title} on the native kernel${why}`, () => suite("native"));
  describe(`${title} on the WebAssembly kernel`, () => suite("wasm"));
}
