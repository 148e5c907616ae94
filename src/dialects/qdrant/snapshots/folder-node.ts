/** Snapshots in a folder of this machine, each with its checksum beside it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { SnapshotPlace, StoredSnapshot } from "./place.ts";

const beside = ".checksum";
const unfinished = ".partial";

/** @param root made when the first snapshot is taken */
export function snapshotsInFolder(root: string): SnapshotPlace {
  const folderOf = (folder: string): string => join(root, encodeURIComponent(folder).replaceAll(".", "%2E"));
  const pathOf = (folder: string, name: string): string => {
    expectName(name);
    return join(folderOf(folder), name);
  };

  async function storedAt(folder: string, name: string): Promise<StoredSnapshot | undefined> {
    const path = pathOf(folder, name);
    const found = await orUndefined(stat(path));
    if (found === undefined || !found.isFile()) return undefined;
    const checksum = (await orUndefined(readFile(path + beside, "utf8"))) ?? "";
    return { name, sizeBytes: found.size, createdMs: found.mtimeMs, checksum: checksum.trim() };
  }

  return {
    async list(folder) {
      const names = (await orUndefined(readdir(folderOf(folder)))) ?? [];
      const snapshots = names.filter((name) => !name.endsWith(beside) && !name.endsWith(unfinished)).sort();
      const found = await Promise.all(snapshots.map((name) => storedAt(folder, name)));
      return found.filter((one) => one !== undefined);
    },
    async write(folder, name, pieces) {
      const path = pathOf(folder, name);
      await mkdir(folderOf(folder), { recursive: true });
      const hash = createHash("sha256");
      const file = await open(path + unfinished, "w");
      try {
        for await (const piece of pieces) {
          hash.update(piece);
          await file.write(piece);
        }
        await file.sync();
      } catch (error) {
        await file.close();
        await rm(path + unfinished, { force: true });
        throw error;
      }
      await file.close();
      const sums = await open(path + beside, "w");
      await sums.writeFile(hash.digest("hex"));
      await sums.sync();
      await sums.close();
      await rename(path + unfinished, path);
      const directory = await open(folderOf(folder), "r");
      await directory.sync().finally(() => directory.close());
      return (await storedAt(folder, name))!;
    },
    async read(folder, name) {
      const path = pathOf(folder, name);
      const found = await orUndefined(stat(path));
      return found?.isFile() ? createReadStream(path, { highWaterMark: 2 ** 20 }) : undefined;
    },
    async remove(folder, name) {
      const path = pathOf(folder, name);
      if ((await storedAt(folder, name)) === undefined) return false;
      await rm(path);
      await rm(path + beside, { force: true });
      return true;
    },
    within(location) {
      const path = resolve(fileURLToPath(location));
      const inside = resolve(root) + sep;
      const parts = path.startsWith(inside) ? path.slice(inside.length).split(sep) : [];
      const [folder, name] = parts;
      if (parts.length !== 2 || folder === undefined || name === undefined) return undefined;
      return { folder: decodeURIComponent(folder), name };
    },
  };
}

/** Checked before it comes here; a name that leads elsewhere must not get through. */
function expectName(name: string): void {
  if (name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name)) return;
  throw new RangeError(`no name of a snapshot: ${JSON.stringify(name)}`);
}

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
