/**
 * Where a database to verify or to repair lies: a folder's path, opened for reading and never made, or a Directory.
 * It is locked meanwhile, so that nobody writes; on a medium that cannot be written nobody can.
 */
import { FrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import type { Directory, Lock } from "../file.ts";

export async function placeToRead(location: string | Directory): Promise<Directory> {
  if (typeof location === "object" && location !== null) return location;
  if (typeof location !== "string" || location === "")
    throw badInput("the database", "a folder's path", location ?? String(location));
  return (await import("../files/node.ts")).readOnlyNodeDirectory(location);
}

export async function placeToWrite(location: string | Directory): Promise<Directory> {
  const directory =
    typeof location === "object"
      ? location
      : await (await import("../files/node.ts")).nodeDirectory(location);
  const held = await directory.list();
  if (held.length === 0) return directory;
  throw new FrancaError(
    "already_exists",
    `${directory.location} holds ${held[0]}; what is saved needs an empty folder, or one that is not there yet`,
    { details: { location: directory.location } },
  );
}

const unwritable = new Set(["EROFS", "EACCES", "EPERM"]);

export async function lockToRead(directory: Directory): Promise<Lock> {
  try {
    return await directory.lock();
  } catch (error) {
    if (!unwritable.has(String((error as { code?: unknown }).code))) throw error;
    return { expectHeld: () => undefined, release: async () => {} };
  }
}
