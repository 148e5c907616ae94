/**
 * Where a snapshot is written: a folder, or an archive. Nothing counts before `finish`.
 */
import type { Directory, File } from "../file.ts";
import type { FileName } from "./files.ts";
import { listName } from "./files.ts";

export interface SnapshotTarget {
  /** All files that will come, in their order. */
  begin(files: readonly FileName[]): Promise<void>;
  /** Takes the next file; its pieces have `size` bytes together. */
  write(file: FileName, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  /** Takes the list, and makes all of it durable and known by its name. */
  finish(list: Uint8Array): Promise<void>;
  /** Removes what was written. */
  abandon(): Promise<void>;
}

/** Writes into a folder that nobody uses. The list gets there last, when all else is durable. */
export function folderTarget(
  root: Directory,
  named: { finish(): Promise<void>; abandon(): Promise<void> },
): SnapshotTarget {
  const folders = new Map<string, Directory>();
  return {
    async begin() {},
    async write({ name }, pieces) {
      await writeFile(await placeOf(root, folders, name), pieces);
    },
    async finish(list) {
      for (const folder of [...folders.values(), root]) await folder.sync();
      // Under another name first: a list is there whole, or not at all.
      await writeFile({ directory: root, name: `${listName}.new` }, [list]);
      await root.rename(`${listName}.new`, listName);
      await root.sync();
      await named.finish();
    },
    abandon: () => named.abandon(),
  };
}

/** The folder for a file, made when missing. */
export async function placeOf(
  root: Directory,
  folders: Map<string, Directory>,
  path: string,
): Promise<{ directory: Directory; name: string }> {
  const [folder, name] = path.split("/") as [string, string | undefined];
  if (name === undefined) return { directory: root, name: folder };
  let directory = folders.get(folder);
  if (directory === undefined) {
    directory = await root.directory(folder);
    folders.set(folder, directory);
  }
  return { directory, name };
}

export async function writeFile(
  { directory, name }: { directory: Directory; name: string },
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const file: File = await directory.open(name, { create: true });
  try {
    await file.truncate(0);
    let at = 0;
    for await (const piece of pieces) {
      await file.write(at, [piece]);
      at += piece.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
