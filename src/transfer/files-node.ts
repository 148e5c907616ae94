/**
 * Exports to files and imports from files, on Node. An export appears under its name only when it is whole.
 */
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { PassThrough, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { FrancaError } from "../errors.ts";
import { badInput } from "../model/bad-input.ts";
import type { CollectionSchema } from "../model/schema.ts";
import type { Collection, Store } from "../store.ts";
import { type ExportOptions, type ExportReport, exportCollection, type TransferFormat } from "./export.ts";
import { type ImportOptions, type ImportReport, importCollection } from "./import.ts";
import type { Decompressors } from "./parquet/rows.ts";
import type { ByteSink, RandomAccess } from "./stream.ts";

export interface ExportFileOptions<S extends CollectionSchema = CollectionSchema> extends ExportOptions<S> {
  /** Replaces a file that is there. Default false. */
  overwrite?: boolean;
}

const endings: { readonly [ending: string]: TransferFormat } = {
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".jsonl.gz": "jsonl",
  ".ndjson.gz": "jsonl",
  ".parquet": "parquet",
};

/**
 * Writes a collection to a file; its name's ending tells the format: .jsonl, .jsonl.gz, .parquet.
 * @throws FrancaError already_exists; those of exportCollection; the file system's
 */
export async function exportFile<S extends CollectionSchema>(
  collection: Collection<S>,
  path: string,
  options: ExportFileOptions<S> = {},
): Promise<ExportReport> {
  const { overwrite = false, format = formatOf(path), ...rest } = options;
  if (!overwrite && existsSync(path)) {
    throw new FrancaError(
      "already_exists",
      `${path} is there already; choose another name, or overwrite it`,
      {
        details: { file: path },
      },
    );
  }
  const partial = `${path}.partial`;
  const handle = await open(partial, "w");
  try {
    const output = fileOutput(handle, path.endsWith(".gz"));
    let report: ExportReport;
    try {
      report = await exportCollection(collection, output.sink, { ...rest, format });
    } catch (error) {
      await output.abandon();
      throw error;
    }
    await output.finish();
    await handle.sync();
    await handle.close();
    await rename(partial, path);
    return report;
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  }
}

interface FileOutput {
  sink: ByteSink;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

function fileOutput(handle: FileHandle, compressed: boolean): FileOutput {
  const input = compressed ? zlib.createGzip() : new PassThrough();
  const written = pipeline(input, writableOf(handle));
  // Told by the next write, or at the end.
  written.catch(() => {});
  return {
    async sink(bytes) {
      if (!input.write(bytes)) await Promise.race([once(input, "drain"), written]);
    },
    async finish() {
      input.end();
      await written;
    },
    async abandon() {
      input.destroy();
      await written.catch(() => {});
    },
  };
}

/** A FileHandle's own write stream closes it, and it has to be synced before. */
function writableOf(handle: FileHandle): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      handle.writeFile(chunk).then(() => done(), done);
    },
  });
}

/**
 * Reads a file into a collection; Parquet and gzip are recognised by their first bytes.
 * @throws FrancaError not_found; those of importCollection
 */
export async function importFile(
  store: Store,
  name: string | undefined,
  path: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const handle = await opened(path);
  try {
    const source = await randomAccess(handle);
    const magic = await source.read(0, Math.min(2, source.sizeBytes));
    const all = { decompressors, ...options };
    if (magic[0] !== 0x1f || magic[1] !== 0x8b) return await importCollection(store, name, source, all);
    const unpacked = zlib.createGunzip();
    const read = pipeline(createReadStream(path), unpacked);
    read.catch(() => {});
    try {
      return await importCollection(store, name, unpacked, { format: "jsonl", ...all });
    } finally {
      unpacked.destroy();
    }
  } finally {
    await handle.close();
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new FrancaError("not_found", `there is no file ${path}`, { details: { file: path }, cause: error });
  }
}

async function randomAccess(handle: FileHandle): Promise<RandomAccess> {
  const { size } = await handle.stat();
  return {
    sizeBytes: size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw new RangeError(`the file ends before byte ${offset + length}`);
        done += bytesRead;
      }
      return bytes;
    },
  };
}

function formatOf(path: string): TransferFormat {
  const ending = Object.keys(endings).find((one) => path.toLowerCase().endsWith(one));
  if (ending === undefined) {
    throw badInput("export", `a file name that ends with ${Object.keys(endings).join(", ")}`, path);
  }
  return endings[ending]!;
}

/** Zstandard came with Node 22.15. */
const zstd = (zlib as unknown as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array })
  .zstdDecompressSync;

const decompressors: Decompressors = {
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
  ...(zstd === undefined ? {} : { ZSTD: (bytes: Uint8Array) => zstd(bytes) }),
};
