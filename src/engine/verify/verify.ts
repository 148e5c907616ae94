/**
 * `verify`: reads every byte of a database and says what is damaged, by point, by region and by file. Changes nothing.
 */
import { cancelledError, isFrancaError } from "../../errors.ts";
import { type Catalog, catalogName, folderName, folderNumber, readCatalog } from "../catalog.ts";
import type { Directory } from "../file.ts";
import { loadKernel } from "../kernel/load.ts";
import { segmentHeaderBytes, segmentOfFile } from "../log/segment.ts";
import { leftover } from "./leftovers.ts";
import { lockToRead, placeToRead } from "./place.ts";
import type { Leftover, UnreadableRegion, VerifyOptions, VerifyReport } from "./report.ts";
import { verifyCollection } from "./verify-collection.ts";

/**
 * @param location a folder's path
 * @throws FrancaError not_found; failed_precondition when a process has it open or a newer Franca wrote it; cancelled
 */
export async function verify(
  location: string | Directory,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const directory = await placeToRead(location);
  const lock = await lockToRead(directory);
  try {
    return await verifyLocked(directory, options);
  } finally {
    await lock.release();
  }
}

async function verifyLocked(directory: Directory, options: VerifyOptions): Promise<VerifyReport> {
  const kernel = await loadKernel(options.kernel === undefined ? {} : { prefer: options.kernel });
  const unreadable: UnreadableRegion[] = [];
  const catalog = await readCatalog(directory, (bytes, seed) => kernel.crc32c(bytes, seed)).catch(
    (error: unknown) => {
      if (!isFrancaError(error, "data_loss") && !isFrancaError(error, "not_found")) throw error;
      unreadable.push({
        file: `${directory.location}/${catalogName}`,
        offset: 0,
        length: 0,
        how: `${error.message}; what is in the collections' folders can be saved, their schemas are lost with it`,
      });
      return undefined;
    },
  );
  const { files, bytes } = await sizesOf(directory);
  let done = 0;
  const report: VerifyReport = { ok: false, files, bytes, collections: [], unreadable, leftovers: [] };
  for (const [name, { folder, schema }] of catalog?.collections ?? []) {
    const onBytes = (read: number) => {
      if (options.signal?.aborted) throw cancelledError("verify", options.signal);
      done = Math.min(bytes, done + read);
      options.onProgress?.({ collection: name, bytes: { done, total: bytes } });
    };
    if (!(await directory.list()).includes(folderName(folder))) {
      const file = `${directory.location}/${folderName(folder)}`;
      unreadable.push({ file, offset: 0, length: 0, how: `the folder of collection ${name} is missing` });
      continue;
    }
    const own = await directory.directory(folderName(folder));
    report.collections.push(await verifyCollection(name, schema, own, kernel, onBytes));
  }
  await lookAround(directory, catalog, report);
  report.ok =
    unreadable.length === 0 &&
    report.collections.every(
      (each) =>
        each.refused === undefined &&
        [each.damaged, each.unreadable, each.missingLsns, each.derived].every((list) => list.length === 0),
    );
  return report;
}

/** Folders and files that the catalog does not name. */
async function lookAround(
  directory: Directory,
  catalog: Catalog | undefined,
  { unreadable, leftovers }: VerifyReport,
): Promise<void> {
  const named = new Set([...(catalog?.collections.values() ?? [])].map(({ folder }) => folder));
  for (const name of await directory.list()) {
    const folder = folderNumber(name);
    if (folder === undefined) {
      if (name !== catalogName && name !== "lock")
        leftovers.push(await leftover(directory, name, whatIs(name)));
    } else if (catalog !== undefined && !named.has(folder)) {
      const records = await firstRecords(await directory.directory(name));
      const file = `${directory.location}/${name}`;
      if (records !== undefined && folder >= catalog.nextFolder) {
        unreadable.push({ ...records, how: "it holds points, but the catalog does not name its folder" });
      } else {
        leftovers.push({
          file,
          offset: 0,
          length: 0,
          what: "a collection that was dropped, or never finished",
        });
      }
    }
  }
}

function whatIs(name: string): string {
  return name.endsWith(".new") ? "a file that was to replace another" : "nothing names this file";
}

async function firstRecords(folder: Directory): Promise<Omit<UnreadableRegion, "how"> | undefined> {
  const log = (await folder.list()).find(
    (name) => name.endsWith(".log") && segmentOfFile(name) !== undefined,
  );
  if (log === undefined) return undefined;
  const { file, length } = (await leftover(folder, log, "")) satisfies Leftover;
  if (length <= segmentHeaderBytes) return undefined;
  return { file, offset: segmentHeaderBytes, length: length - segmentHeaderBytes };
}

async function sizesOf(directory: Directory): Promise<{ files: number; bytes: number }> {
  const sum = { files: 0, bytes: 0 };
  for (const name of await directory.list()) {
    if (name === "lock") continue;
    if (folderNumber(name) !== undefined) {
      const below = await sizesOf(await directory.directory(name));
      sum.files += below.files;
      sum.bytes += below.bytes;
    } else {
      sum.files++;
      sum.bytes += (await leftover(directory, name, "")).length;
    }
  }
  return sum;
}
