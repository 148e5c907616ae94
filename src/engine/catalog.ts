/**
 * The catalog: which collections there are, with schemas and folders, and which aliases. Truth, replaced whole.
 * A collection exists exactly when the catalog names it.
 */
import { FrancaError, isFrancaError } from "../errors.ts";
import type { CollectionSchema } from "../model/schema.ts";
import { validateName, validateSchema } from "../model/validate-schema.ts";
import type { Directory } from "./file.ts";
import type { Kernel } from "./kernel.ts";
import { howToMend, readWhole, replaceWhole, type WholeFileFormat } from "./whole-file.ts";

export interface Catalog {
  collections: Map<string, CatalogEntry>;
  /** Alias → collection. */
  aliases: Map<string, string>;
  /** Folders are numbered, so that names never meet a file system; a number is never used again. */
  nextFolder: number;
}

export interface CatalogEntry {
  folder: number;
  schema: CollectionSchema;
}

export const catalogName = "catalog";
const format: WholeFileFormat = { kind: "CT", version: 1 };

export function emptyCatalog(): Catalog {
  return { collections: new Map(), aliases: new Map(), nextFolder: 1 };
}

export function copyCatalog({ collections, aliases, nextFolder }: Catalog): Catalog {
  return { collections: new Map(collections), aliases: new Map(aliases), nextFolder };
}

export function folderName(folder: number): string {
  return `collection-${String(folder).padStart(6, "0")}`;
}

/** The number in a folder's name, or undefined where it is no collection's. */
export function folderNumber(name: string): number | undefined {
  const digits = /^collection-(\d{6,})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export async function writeCatalog(
  directory: Directory,
  catalog: Catalog,
  crc32c: Kernel["crc32c"],
): Promise<void> {
  const { collections, aliases, nextFolder } = catalog;
  const text = JSON.stringify({ collections: [...collections], aliases: [...aliases], nextFolder });
  await replaceWhole(
    directory,
    catalogName,
    format,
    { lsn: 0, body: [new TextEncoder().encode(text)] },
    crc32c,
  );
}

/** @throws FrancaError data_loss; failed_precondition when a newer build wrote it */
export async function readCatalog(directory: Directory, crc32c: Kernel["crc32c"]): Promise<Catalog> {
  const { body } = await readWhole(directory, catalogName, format, crc32c);
  try {
    return checkedCatalog(JSON.parse(new TextDecoder().decode(body)));
  } catch (cause) {
    if (isFrancaError(cause, "failed_precondition")) throw cause;
    const file = `${directory.location}/${catalogName}`;
    throw new FrancaError("data_loss", `${file} cannot be used: ${(cause as Error).message}; ${howToMend}`, {
      details: { file, offset: 0 },
      cause,
    });
  }
}

/** Its checksum holds, and still nothing in it is taken on trust. @throws FrancaError, RangeError, TypeError */
function checkedCatalog({ collections, aliases, nextFolder }: StoredCatalog): Catalog {
  const catalog = emptyCatalog();
  if (!Number.isSafeInteger(nextFolder) || nextFolder < 1) throw new RangeError("its next folder is none");
  catalog.nextFolder = nextFolder;
  const folders = new Set<number>();
  for (const [name, { folder, schema }] of collections) {
    validateName(name, "the name of a collection");
    if (catalog.collections.has(name)) throw new RangeError(`it names ${JSON.stringify(name)} twice`);
    const isFolder =
      Number.isSafeInteger(folder) && folder >= 1 && folder < nextFolder && !folders.has(folder);
    if (!isFolder) throw new RangeError(`${JSON.stringify(name)} has no folder of its own`);
    folders.add(folder);
    catalog.collections.set(name, { folder, schema: validateSchema(schema) });
  }
  for (const [alias, target] of aliases) {
    validateName(alias, "an alias");
    const isTaken = catalog.aliases.has(alias) || catalog.collections.has(alias);
    if (isTaken || !catalog.collections.has(target))
      throw new RangeError(`alias ${JSON.stringify(alias)} is of nothing`);
    catalog.aliases.set(alias, target);
  }
  return catalog;
}

interface StoredCatalog {
  collections: [string, CatalogEntry][];
  aliases: [string, string][];
  nextFolder: number;
}
