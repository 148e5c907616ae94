/** How snapshots and their folders are called. */
import { badRequest } from "../errors.ts";

/** Of the whole storage. No collection has this name: it is not given to one. */
export const wholeStorage = "/storage";

export function folderOf(collection: string, shard: number | undefined): string {
  return shard === undefined ? collection : `${collection}/shards/${shard}`;
}

/** A moment in UTC, to the millisecond, so that two of a second differ. */
export function snapshotName(of: string, nowMs: number): string {
  const moment = new Date(nowMs)
    .toISOString()
    .replace("T", "-")
    .replaceAll(":", "-")
    .replace(".", "-")
    .slice(0, -1);
  return `${of.replace(/[^\p{L}\p{N}_-]/gu, "_")}-${moment}.snapshot`;
}

/** @throws FrancaError invalid_argument for what could lead elsewhere */
export function checkedName(name: string | undefined): string {
  if (name !== undefined && name !== "" && !name.startsWith(".") && !/[/\\\0]/.test(name)) return name;
  throw badRequest(`Invalid snapshot name: ${JSON.stringify(name ?? "")}`);
}
