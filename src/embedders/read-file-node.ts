/** Reads a model's file from the disk; imported only where there is one. */

import { access, readFile } from "node:fs/promises";

/** `code` is ENOENT in the error when nothing lies there. */
export async function readFromDisk(location: URL | string): Promise<Uint8Array> {
  return readFile(location);
}

export async function isOnDisk(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
