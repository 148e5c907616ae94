/**
 * Reads a model's file wherever the code runs: from the disk in Node, Deno and Bun, by fetch in a browser.
 */

import { FrancaError } from "../errors.ts";

/**
 * @param location a `file:` or `http(s):` URL, or a path (a relative URL in a browser).
 * @throws FrancaError not_found when nothing lies there, unavailable when it cannot be read now.
 */
export async function readFile(location: URL | string): Promise<Uint8Array> {
  const isRemote = /^https?:/.test(String(location));
  if (hasFileSystem() && !isRemote) return readLocal(location);
  return readByFetch(location);
}

/** Like `readFile`, and undefined when nothing lies there. */
export async function readFileIfThere(location: URL | string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(location);
  } catch (error) {
    if (error instanceof FrancaError && error.code === "not_found") return undefined;
    throw error;
  }
}

/** Whether all these files are on the disk; false where there is no disk. */
export async function areOnDisk(paths: readonly string[]): Promise<boolean> {
  if (!hasFileSystem()) return false;
  const disk = await import("./read-file-node.ts");
  const found = await Promise.all(paths.map(disk.isOnDisk));
  return found.every((there) => there);
}

function hasFileSystem(): boolean {
  return typeof process !== "undefined" && typeof process.versions?.node === "string";
}

async function readLocal(location: URL | string): Promise<Uint8Array> {
  const disk = await import("./read-file-node.ts");
  try {
    return await disk.readFromDisk(String(location).startsWith("file:") ? new URL(location) : location);
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (missing) throw notFound(location, cause);
    throw new FrancaError("unavailable", `Could not read the file ${location}; is it a readable file?`, {
      cause,
    });
  }
}

async function readByFetch(location: URL | string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(location);
  } catch (cause) {
    throw new FrancaError("unavailable", `Could not fetch ${location}; is its server reachable?`, { cause });
  }
  if (response.status === 404) throw notFound(location);
  if (!response.ok) {
    throw new FrancaError("unavailable", `Expected ${location} with status 200, got ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

function notFound(location: URL | string, cause?: unknown): FrancaError {
  return new FrancaError("not_found", `Expected a file at ${location}, and there is none`, { cause });
}
