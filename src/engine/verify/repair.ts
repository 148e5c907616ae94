/**
 * `repair`: writes all that can be saved of a damaged database to a new one, and lists what cannot. The damaged one is
 * only read, so that nothing gets worse.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import { validateSchema } from "../../model/validate-schema.ts";
import type { Store } from "../../store.ts";
import { type Catalog, folderName, folderNumber, readCatalog } from "../catalog.ts";
import { openEngine } from "../engine.ts";
import type { Directory } from "../file.ts";
import { loadKernel } from "../kernel/load.ts";
import type { Kernel } from "../kernel.ts";
import { usualOptions } from "../usual-options.ts";
import { lostSchema } from "./lost-schema.ts";
import { lockToRead, placeToRead, placeToWrite } from "./place.ts";
import { repairCollection } from "./repair-collection.ts";
import type { RepairReport, VerifyOptions } from "./report.ts";

export interface RepairOptions extends VerifyOptions {
  /** Where the catalog is lost: by folder ("collection-000001"), the name and schema that its collection had. */
  schemas?: { [folder: string]: { name: string; schema: CollectionSchema } };
}

/**
 * @param to a folder that is empty or not there yet
 * @throws FrancaError not_found; already_exists when `to` holds something; failed_precondition when a process has `from`
 * open; cancelled, leaving at `to` what was saved so far
 */
export async function repair(
  from: string | Directory,
  to: string | Directory,
  options: RepairOptions = {},
): Promise<RepairReport> {
  const source = await placeToRead(from);
  const target = await placeToWrite(to);
  const lock = await lockToRead(source);
  try {
    const kernel = await loadKernel(options.kernel === undefined ? {} : { prefer: options.kernel });
    const store = await openEngine(target, {
      kernel,
      durability: "os",
      ...usualOptions,
    });
    try {
      return await repairAll(source, store, kernel, options);
    } finally {
      await store.close();
    }
  } finally {
    await lock.release();
  }
}

interface ToSave {
  name: string;
  folder: string;
  schema: CollectionSchema;
  /** From what files beside the catalog tell. */
  isGuessed: boolean;
  notes: string[];
}

async function repairAll(
  source: Directory,
  store: Store,
  kernel: Kernel,
  options: RepairOptions,
): Promise<RepairReport> {
  const report: RepairReport = { complete: false, collections: [], notSaved: [] };
  const crc32c: Kernel["crc32c"] = (bytes, seed) => kernel.crc32c(bytes, seed);
  const catalog = await readCatalog(source, crc32c).catch((error: unknown) => {
    if (!isFrancaError(error, "data_loss") && !isFrancaError(error, "not_found")) throw error;
    report.notSaved.push({ what: "the catalog: names, schemas and aliases", why: error.message });
    return undefined;
  });
  for (const each of await collectionsToSave(source, catalog, crc32c, options, report)) {
    const directory = await source.directory(each.folder);
    const saved = await repairCollection(each.name, each, directory, store, kernel, options);
    saved.notes.unshift(...each.notes);
    report.collections.push(saved);
  }
  const names = new Set(report.collections.map(({ name }) => name));
  for (const [alias, target] of catalog?.aliases ?? []) {
    if (names.has(target)) await store.setAlias(alias, target);
    else report.notSaved.push({ what: `alias ${alias}`, why: `its collection ${target} could not be saved` });
  }
  report.complete =
    report.notSaved.length === 0 &&
    report.collections.every(({ withoutVector, lost, unreadable, missingLsns, notes }) =>
      [withoutVector, lost, unreadable, missingLsns, notes].every((list) => list.length === 0),
    );
  return report;
}

async function collectionsToSave(
  source: Directory,
  catalog: Catalog | undefined,
  crc32c: Kernel["crc32c"],
  { schemas = {} }: RepairOptions,
  report: RepairReport,
): Promise<ToSave[]> {
  const folders = new Set((await source.list()).filter((name) => folderNumber(name) !== undefined));
  const found: ToSave[] = [];
  for (const [name, { folder, schema }] of catalog?.collections ?? []) {
    const own = folderName(folder);
    if (folders.delete(own)) found.push({ name, folder: own, schema, isGuessed: false, notes: [] });
    else report.notSaved.push({ what: `collection ${name}`, why: `its folder ${own} is missing` });
  }
  for (const folder of folders) {
    // Of a number given out already: a collection that was dropped.
    if (catalog !== undefined && folderNumber(folder)! < catalog.nextFolder) continue;
    const given = Object.hasOwn(schemas, folder) ? schemas[folder]! : undefined;
    if (given !== undefined) {
      const schema = validateSchema(given.schema);
      const notes = ["its name and schema are the ones given"];
      found.push({ name: given.name, folder, schema, isGuessed: false, notes });
      continue;
    }
    const lost = await lostSchema(await source.directory(folder), crc32c);
    if (lost !== undefined) found.push({ name: folder, folder, isGuessed: true, ...lost });
    else
      report.notSaved.push({
        what: folder,
        why: "the catalog and its manifest are lost, so that nothing tells how long its vectors are; give its schema",
      });
  }
  if (new Set(found.map(({ name }) => name)).size < found.length)
    throw new FrancaError("invalid_argument", "repair: `schemas` gives two collections the same name");
  return found;
}
