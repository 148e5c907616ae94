/**
 * `restore` and `verifySnapshot`: from a path to a snapshot. Taking one is a method of the store.
 */
import { badInput } from "../../model/bad-input.ts";
import { loadKernel } from "../kernel/load.ts";
import type { Kernel } from "../kernel.ts";
import { checkSnapshot, restoreInto, type SnapshotInfo } from "./restore.ts";
import type { SnapshotOptions } from "./snapshot.ts";

/**
 * Makes a database of a snapshot, folder or archive. It gets its name when every checksum held; what goes wrong
 * before leaves nothing behind.
 * @throws FrancaError not_found; already_exists when there is something at `to`; data_loss when the snapshot is
 * damaged, not whole or not one; failed_precondition when a newer Franca wrote it; cancelled
 */
export async function restore(
  from: string,
  to: string,
  options: SnapshotOptions = {},
): Promise<SnapshotInfo> {
  if (typeof to !== "string" || to === "" || to === ":memory:")
    throw badInput("restore: to", "a folder's path", to);
  const crc32c = await checksum();
  const { newFolder, nodeSource } = await import("./place-node.ts");
  const source = await nodeSource(from, crc32c);
  const folder = await newFolder(to);
  try {
    const info = await restoreInto(source, folder.directory, crc32c, options);
    await folder.finish();
    return info;
  } catch (error) {
    await folder.abandon().catch(() => {});
    throw error;
  }
}

/**
 * Reads a snapshot whole and compares it with its checksums.
 * @throws FrancaError not_found, data_loss, failed_precondition, cancelled
 */
export async function verifySnapshot(from: string, options: SnapshotOptions = {}): Promise<SnapshotInfo> {
  const crc32c = await checksum();
  const { nodeSource } = await import("./place-node.ts");
  return checkSnapshot(await nodeSource(from, crc32c), crc32c, options);
}

async function checksum(): Promise<Kernel["crc32c"]> {
  const kernel = await loadKernel();
  return (bytes, seed) => kernel.crc32c(bytes, seed);
}
