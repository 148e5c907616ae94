/**
 * Files on a disk, where there is one: `findFiles` of files-node.ts, loaded when it is called, so that `franca/rag`
 * itself runs in a browser.
 */
import type { FilesOnDisk } from "./files-node.ts";

export type { FilesOnDisk };

/**
 * Finds the readable files among files and folders. Their recorded paths are relative to `base` where they lie in it.
 * @throws FrancaError not_found for a path that is not there, invalid_argument for a file that cannot be read as a document
 */
export async function findFiles(paths: readonly string[], base: string): Promise<FilesOnDisk> {
  return (await import("./files-node.ts")).findFiles(paths, base);
}
