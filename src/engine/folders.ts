/**
 * The folders of a database: the catalog's, those of collections, and what interrupted calls left behind.
 */
import { FrancaError } from "../errors.ts";
import {
  type Catalog,
  catalogName,
  emptyCatalog,
  folderNumber,
  readCatalog,
  writeCatalog,
} from "./catalog.ts";
import type { Directory } from "./file.ts";
import type { Kernel } from "./kernel.ts";
import { segmentHeaderBytes } from "./log/segment.ts";
import { howToMend } from "./whole-file.ts";

/** The catalog, or an empty one in a new folder. @throws FrancaError data_loss */
export async function openCatalog(directory: Directory, crc32c: Kernel["crc32c"]): Promise<Catalog> {
  const names = await directory.list();
  if (names.includes(catalogName)) return readCatalog(directory, crc32c);
  const orphan = names.find((name) => folderNumber(name) !== undefined);
  if (orphan !== undefined) {
    throw new FrancaError(
      "data_loss",
      `${directory.location} holds ${orphan}, but ${catalogName} is missing; ${howToMend}`,
      { details: { file: `${directory.location}/${catalogName}`, offset: 0 } },
    );
  }
  const catalog = emptyCatalog();
  await writeCatalog(directory, catalog, crc32c);
  return catalog;
}

/**
 * Removes the folders of dropped collections. A number that the catalog has not given out yet is none of them: an
 * interrupted create left it, or the catalog is an old copy; the next create looks.
 */
export async function removeDropped(directory: Directory, catalog: Catalog): Promise<void> {
  const named = new Set([...catalog.collections.values()].map(({ folder }) => folder));
  for (const name of await directory.list()) {
    const folder = folderNumber(name);
    if (folder !== undefined && folder < catalog.nextFolder && !named.has(folder))
      await directory.remove(name);
  }
}

/** A folder for a new collection. What an interrupted create left there is removed; points are not. */
export async function emptyFolder(parent: Directory, name: string): Promise<Directory> {
  if ((await parent.list()).includes(name)) {
    const leftover = await parent.directory(name);
    for (const entry of await leftover.list()) {
      const file = await leftover.open(entry);
      const size = await file.size();
      await file.close();
      if (entry.endsWith(".log") && size > segmentHeaderBytes) {
        throw new FrancaError(
          "data_loss",
          `${leftover.location} holds points, but the catalog does not name it: is the catalog an old copy?`,
          { details: { file: `${leftover.location}/${entry}`, offset: segmentHeaderBytes } },
        );
      }
    }
    await parent.remove(name);
  }
  return parent.directory(name);
}
