/**
 * Which files are to be read, and which are gone, from their sizes and times alone.
 */
import { FrancaError } from "../../errors.ts";
import type { SourceFile } from "../documents/document.ts";
import type { SourceRow } from "./sources.ts";

export interface Plan {
  /** In the order given. */
  todo: SourceFile[];
  /** Files that look as they did when they were read. */
  unchanged: number;
  /** As they were recorded before this run. */
  rows: ReadonlyMap<string, SourceRow>;
  gone: ReadonlyMap<string, SourceRow>;
  /** A file that is gone and had this content; each is given once. */
  takeRenamed(hash: string): SourceRow | undefined;
  /** A key for ids that no other file uses. */
  freeKey(path: string): string;
}

/** File systems' clocks tick in up to two seconds: a file as young as that when it was read may have changed since. */
const clockTickMs = 2000;

export async function planFiles(
  recorded: ReadonlyMap<string, SourceRow>,
  files: Iterable<SourceFile> | AsyncIterable<SourceFile>,
  covers: (path: string) => boolean,
  settings: string,
): Promise<Plan> {
  const rows = new Map(recorded);
  const todo: SourceFile[] = [];
  const listed = new Set<string>();
  for await (const file of files) {
    if (listed.has(file.path))
      throw new FrancaError("invalid_argument", `each file is to be given once; got "${file.path}" twice`, {
        details: { path: file.path },
      });
    listed.add(file.path);
    if (!looksUnchanged(rows.get(file.path), file, settings)) todo.push(file);
  }
  const gone = new Map([...rows].filter(([path]) => !listed.has(path) && covers(path)));
  const byHash = new Map<string, SourceRow>();
  for (const row of gone.values()) if (row.done) byHash.set(row.hash, row);
  const keys = new Set([...rows.values()].map((row) => row.key));
  return {
    todo,
    unchanged: listed.size - todo.length,
    rows,
    gone,
    takeRenamed(hash) {
      const row = byHash.get(hash);
      byHash.delete(hash);
      return row;
    },
    freeKey(path) {
      let key = path;
      for (let copy = 2; keys.has(key); copy++) key = `${path}\n${copy}`;
      keys.add(key);
      return key;
    },
  };
}

function looksUnchanged(row: SourceRow | undefined, file: SourceFile, settings: string): boolean {
  return (
    row?.done === true &&
    row.settings === settings &&
    row.sizeBytes === file.sizeBytes &&
    row.modifiedMs === file.modifiedMs &&
    row.readMs - row.modifiedMs > clockTickMs
  );
}
