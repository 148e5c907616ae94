/**
 * Snapshots on disk: a path to a folder, or to an archive where it ends with .tar or .tar.gz. Both are written beside
 * their name, with `.partial` behind it, and get the name when they are whole.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { FrancaError } from "../../errors.ts";
import type { Directory } from "../file.ts";
import { nodeDirectory } from "../files/node.ts";
import type { Kernel } from "../kernel.ts";
import { type ArchiveOutput, archiveTarget, readArchive } from "./archive.ts";
import { isUnfinished } from "./files.ts";
import { readFolder } from "./read.ts";
import type { SnapshotSource } from "./restore.ts";
import { folderTarget, type SnapshotTarget } from "./target.ts";

/** @throws FrancaError already_exists; failed_precondition when another process writes there */
export async function nodeTarget(to: string): Promise<SnapshotTarget> {
  const path = resolve(to);
  if (!/\.(tar|tar\.gz|tgz)$/i.test(path)) {
    const { directory, finish, abandon } = await newFolder(path);
    return folderTarget(directory, { finish, abandon });
  }
  await expectNothing(path);
  return archiveTarget(await fileOutput(path, /gz$/i.test(path)));
}

/** @throws FrancaError not_found */
export async function nodeSource(from: string, crc32c: Kernel["crc32c"]): Promise<SnapshotSource> {
  const location = resolve(from);
  const found = await statIfThere(location);
  if (found === undefined) {
    throw new FrancaError("not_found", `there is no snapshot at ${location}`, {
      details: { file: location },
    });
  }
  if (found.isDirectory()) {
    return { location, read: async (reading) => readFolder(await nodeDirectory(location), crc32c, reading) };
  }
  return {
    location,
    read: async (reading) => {
      const file = createReadStream(location, { highWaterMark: 2 ** 20 });
      const bytes = (await isGzip(location)) ? unpacked(file) : file;
      try {
        return await readArchive(webStream(bytes), location, crc32c, reading);
      } finally {
        file.destroy();
        bytes.destroy();
      }
    },
  };
}

/** Readable.toWeb of Node 20 throws past everybody when its stream is cancelled while data is on the way. */
function webStream(source: Readable): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        source.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

function unpacked(file: Readable): Readable {
  const gunzip = createGunzip();
  file.on("error", (error) => gunzip.destroy(error));
  return file.pipe(gunzip);
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path, "r");
  try {
    const { buffer } = await handle.read(new Uint8Array(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

export interface NewFolder {
  directory: Directory;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

/**
 * A folder that gets its name when it is finished. What an interrupted attempt left is removed.
 * @throws FrancaError already_exists when there is something; failed_precondition when another process is at it
 */
export async function newFolder(to: string): Promise<NewFolder> {
  const path = resolve(to);
  await expectNothing(path);
  const partial = `${path}.partial`;
  const directory = await nodeDirectory(partial);
  const lock = await directory.lock();
  const names = await directory.list();
  if (!isUnfinished(names)) {
    await lock.release();
    throw new FrancaError("already_exists", `${partial} holds something else; move it away, and try again`, {
      details: { file: partial },
    });
  }
  for (const name of names) if (!name.startsWith("lock")) await directory.remove(name);
  return {
    directory,
    async finish() {
      await lock.release();
      // An empty folder may have the name; only POSIX replaces it by itself.
      await rmdir(path).catch(() => {});
      await rename(partial, path);
      await (await nodeDirectory(dirname(path))).sync();
    },
    async abandon() {
      await lock.release().catch(() => {});
      await rm(partial, { recursive: true, force: true });
    },
  };
}

async function expectNothing(path: string): Promise<void> {
  const found = await statIfThere(path);
  if (found === undefined) return;
  const isEmpty = found.isDirectory() && (await (await nodeDirectory(path)).list()).length === 0;
  if (isEmpty && !/\.(tar|tar\.gz|tgz)$/i.test(path)) return;
  throw new FrancaError("already_exists", `${path} is there already; choose another name, or move it away`, {
    details: { file: path },
  });
}

async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function fileOutput(path: string, compressed: boolean): Promise<ArchiveOutput> {
  const partial = `${path}.partial`;
  // Also makes the folders above it.
  const parent = await nodeDirectory(dirname(path));
  const handle = await open(partial, "w");
  const writer = compressed ? gzipped(handle) : plain(handle);
  return {
    write: writer.write,
    async finish() {
      await writer.end();
      await handle.sync();
      await handle.close();
      await rename(partial, path);
      await parent.sync();
    },
    async abandon() {
      await writer.end().catch(() => {});
      await handle.close().catch(() => {});
      await rm(partial, { force: true });
    },
  };
}

interface Output {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

function plain(handle: FileHandle): Output {
  return { write: (bytes) => handle.writeFile(bytes), end: async () => {} };
}

/** Lightly: vectors hardly get smaller, and the medium shall not wait. */
function gzipped(handle: FileHandle): Output {
  const gzip = createGzip({ level: 1 });
  const written = (async () => {
    for await (const bytes of gzip) await handle.writeFile(bytes as Uint8Array);
  })();
  written.catch((error: Error) => gzip.destroy(error));
  return {
    write: (bytes) =>
      new Promise((done, failed) => gzip.write(bytes, (error) => (error ? failed(error) : done()))),
    async end() {
      gzip.end();
      await written;
    },
  };
}
