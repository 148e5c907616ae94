/**
 * Files that lie beside the repository (../shared) and are too big or not ours to commit. A test that needs them is
 * skipped where they are absent, with the reason in its name; in CI they must be there, so nothing is skipped.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const shared = resolve(import.meta.dirname, "../../../shared");

export const miniLm: string = resolve(shared, "models/all-MiniLM-L6-v2");
export const knownItem: string = resolve(shared, "data/known-item");

/** Why tests that need `path` are skipped, or undefined where they run. */
export function reasonToSkip(path: string): string | undefined {
  if (process.env.CI || existsSync(path)) return undefined;
  return `${path.slice(shared.length - "../shared".length + 3)} is not beside the repository`;
}

export function readLines<Row>(path: string): Row[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
