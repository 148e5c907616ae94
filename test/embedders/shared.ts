/**
 * Files that lie beside the repository (../shared) and are too big or not ours to commit. A test that needs them is
 * skipped where they are absent, with the reason in its name; in CI they must be there, so nothing is skipped.
 */
import { existsSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, "../shared");

export const miniLm: string = resolve(shared, "models/all-MiniLM-L6-v2");
export const knownItem: string = resolve(shared, "data/known-item");

/** Why tests that need `path` are skipped, or undefined where they run. */
export function reasonToSkip(path: string): string | undefined {
  if (process.env.CI || existsSync(path)) return undefined;
  return `there is no ${relative(root, path)}`;
}

export function readLines<Row>(path: string): Row[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
