/**
 * The folders of a database: the catalog's, those of collections, and what interrupted calls left behind.
 */
import { FrancaError } from "../errors.ts";
import { listName } from "./backup/files.ts";
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
  if (names.includes(listName)) {
    throw new FrancaError(
      "failed_precondition",
      `${directory.location} is a snapshot, which must not change: restore it to another folder, and open that`,
      { details: { folder: directory.location } },
    );
  }
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
 * Removes the folders of dropped collections. One with a number that the catalog has not given out yet is what an
 * interrupted create left, or, when it holds points, what an old copy of the catalog does not know.
 * @throws FrancaError data_loss
 */
export async function removeDropped(directory: Directory, catalog: Catalog): Promise<void> {
  const named = new Set([...catalog.collections.values()].map(({ folder }) => folder));
  for (const name of await directory.list()) {
    const folder = folderNumber(name);
    if (folder === undefined || named.has(folder)) continue;
    if (folder < catalog.nextFolder) await directory.remove(name);
    else await expectNoPoints(await directory.directory(name));
  }
}

/** A folder for a new collection. What an interrupted create left there is removed; points are not. */
export async function emptyFolder(parent: Directory, name: string): Promise<Directory> {
  if ((await parent.list()).includes(name)) {
    await expectNoPoints(await parent.directory(name));
    await parent.remove(name);
  }
  return parent.directory(name);
}

/** @throws FrancaError data_loss */
async function expectNoPoints(folder: Directory): Promise<void> {
  for (const entry of await folder.list()) {
    if (!entry.endsWith(".log")) continue;
    const file = await folder.open(entry);
    const size = await file.size();
    await file.close();
    if (size <= segmentHeaderBytes) continue;
    throw new FrancaError(
      "data_loss",
      `${folder.location} holds points, but the catalog does not name it: is the catalog an old copy? ${howToMend}`,
      { details: { file: `${folder.location}/${entry}`, offset: segmentHeaderBytes } },
    );
  }
}
