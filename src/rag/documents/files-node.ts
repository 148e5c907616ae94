/**
 * Files on this machine's disk, by files and folders. Folders are walked in the order of names; hidden entries,
 * `node_modules`, links to folders and files that are not readable documents are passed over.
 */
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { FrancaError } from "../../errors.ts";
import type { SourceFile } from "./document.ts";
import { isReadable, readableExtensions } from "./load.ts";

export interface FilesOnDisk {
  files: SourceFile[];
  /** Whether a recorded path lies in a folder that was walked: if it is not among `files`, it is gone. */
  covers: (path: string) => boolean;
}

/**
 * Finds the files. Their recorded paths are relative to `base` where they lie in it, absolute elsewhere, with `/`.
 * @throws FrancaError not_found for a path that is not there, invalid_argument for a file that cannot be read as a document
 */
export async function findFiles(paths: readonly string[], base: string): Promise<FilesOnDisk> {
  const found = new Map<string, SourceFile>();
  const folders: string[] = [];
  for (const path of paths) {
    const absolute = resolve(path);
    const info = await stat(absolute).catch((error: NodeJS.ErrnoException) => {
      throw new FrancaError(
        error.code === "ENOENT" ? "not_found" : "permission_denied",
        `${path}: ${error.code === "ENOENT" ? "there is no such file or folder" : error.message}`,
        { details: { path }, cause: error },
      );
    });
    if (info.isDirectory()) {
      folders.push(absolute);
      for await (const file of walk(absolute)) await keep(found, file, base);
    } else if (isReadable(absolute)) await keep(found, absolute, base);
    else
      throw new FrancaError(
        "invalid_argument",
        `${path}: expected a folder or a file that ends in ${readableExtensions.map((name) => `.${name}`).join(", ")}`,
        { details: { path } },
      );
  }
  return {
    files: [...found.values()],
    covers: (path) => folders.some((folder) => visits(folder, resolve(base, path))),
  };
}

/** How a file is called in the database. */
export function recordedPath(absolute: string, base: string): string {
  const inside = relative(base, absolute);
  const path = inside === "" || isOutside(inside) ? absolute : inside;
  return sep === "/" ? path : path.split(sep).join("/");
}

async function keep(found: Map<string, SourceFile>, absolute: string, base: string): Promise<void> {
  if (found.has(absolute)) return;
  const info = await stat(absolute).catch(() => undefined);
  // A link to nowhere, or a file deleted since its folder was listed.
  if (info === undefined || !info.isFile()) return;
  found.set(absolute, {
    path: recordedPath(absolute, base),
    sizeBytes: info.size,
    modifiedMs: info.mtimeMs,
    read: async () => new Uint8Array(await readFile(absolute)),
  });
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const entry of entries) {
    if (isPassedOver(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if ((entry.isFile() || entry.isSymbolicLink()) && isReadable(entry.name)) yield path;
  }
}

function visits(folder: string, file: string): boolean {
  const inside = relative(folder, file);
  return inside !== "" && !isOutside(inside) && !inside.split(sep).some(isPassedOver);
}

function isOutside(path: string): boolean {
  return path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path);
}

function isPassedOver(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}
