/**
 * Reads `native/sources.txt`: one C++ file a line, relative to `native/`, optionally followed by the
 * instruction set it is compiled for (that file says which there are). `#` starts a comment.
 *
 * As a program (binding.gyp calls it): `node sources.mjs <set|base>` prints the files of one set.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const list = new URL("../sources.txt", import.meta.url);
const knownSets = ["base", "sse42", "avx2", "avx512", "avx512vnni", "neon", "wasm"];

/** @returns {{ path: string, set: string }[]} paths relative to `native/` */
export function kernelSources() {
  const entries = [];
  for (const line of readFileSync(list, "utf8").split("\n")) {
    const [path, set = "base"] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (!path) continue;
    if (!knownSets.includes(set)) {
      throw new Error(
        `native/sources.txt: "${path}" asks for the unknown set "${set}"; known: ${knownSets.join(", ")}`,
      );
    }
    entries.push({ path, set });
  }
  return entries;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const wanted = process.argv[2] ?? "base";
  for (const { path, set } of kernelSources()) if (set === wanted) console.log(`../${path}`);
}
