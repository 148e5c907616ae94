/** The native build under the kernel's contract. Without a compiler there is none; REQUIRE_NATIVE=1 demands it. */
import { existsSync } from "node:fs";
import { describe, it } from "vitest";
import { loadNative, nativePaths } from "../../src/engine/kernel/native.ts";
import { kernelContract } from "../contracts/kernel.ts";

if (process.env.REQUIRE_NATIVE === "1" || nativePaths().some((path) => existsSync(path))) {
  kernelContract("native", loadNative().kernel);
} else {
  describe("the native kernel", () => {
    it.skip("no addon was built here: there was no C++ compiler at `npm ci`", () => {});
  });
}
