/**
 * Files on disk, through node:fs. The one place of the engine that imports it (with its lock, beside it).
 */
import * as fs from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { FrancaError } from "../../errors.ts";
import type { Directory, File, Lock } from "../file.ts";
import { Handle, openFile, takingDescriptor } from "./handles-node.ts";
import { lockFolder } from "./lock-node.ts";

// The callback functions cost a third less per call than FileHandle's methods.
const closeFile = promisify(fs.close);
const syncData = promisify(fs.fdatasync);
const syncAll = promisify(fs.fsync);
const truncateFile = promisify(fs.ftruncate);
const statFile = promisify(fs.fstat);

/** The most buffers one writev takes on Linux (IOV_MAX). */
const piecesPerWrite = 1024;

/** Kernel.readCached. */
export type ReadCached = (descriptor: number, offset: number, bytes: Uint8Array) => number;

/** The folder at `path`, made when missing. */
export async function nodeDirectory(path: string, readCached?: ReadCached): Promise<Directory> {
  await mkdir(path, { recursive: true });
  return new NodeDirectory(path, false, readCached);
}

/** The folder at `path`, for reading: nothing in it can be changed. @throws FrancaError not_found */
export async function readOnlyNodeDirectory(path: string): Promise<Directory> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new FrancaError("not_found", `there is no folder ${path}`);
  return new NodeDirectory(path, true);
}

class NodeDirectory implements Directory {
  readonly location: string;
  readonly #readOnly: boolean;
  readonly #readCached: ReadCached | undefined;

  constructor(path: string, readOnly = false, readCached?: ReadCached) {
    this.location = path;
    this.#readOnly = readOnly;
    this.#readCached = readCached;
  }

  async list(): Promise<string[]> {
    return (await takingDescriptor(this.location, () => readdir(this.location))).sort();
  }

  async open(name: string, options: { create?: boolean } = {}): Promise<File> {
    const { O_RDWR, O_CREAT } = fs.constants;
    const path = join(this.location, name);
    try {
      const descriptor = await openFile(path, options.create === true ? O_RDWR | O_CREAT : O_RDWR);
      return new NodeFile(name, path, new Handle(path, descriptor), this.#readCached);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new FrancaError("not_found", `there is no file ${path}`, { cause: error });
    }
  }

  directory(name: string): Promise<Directory> {
    const path = join(this.location, name);
    return this.#readOnly ? readOnlyNodeDirectory(path) : nodeDirectory(path, this.#readCached);
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.location, name), { recursive: true, force: true });
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(join(this.location, from), join(this.location, to));
  }

  async sync(): Promise<void> {
    // Windows has no sync of folders; its renames are journalled.
    if (process.platform === "win32") return;
    const descriptor = await openFile(this.location, fs.constants.O_RDONLY);
    try {
      await syncAll(descriptor);
    } finally {
      await closeFile(descriptor);
    }
  }

  lock(): Promise<Lock> {
    return lockFolder(this.location);
  }
}

class NodeFile implements File {
  readonly name: string;
  readonly path: string;
  readonly #handle: Handle;
  #readCached: ReadCached | undefined;

  constructor(name: string, path: string, handle: Handle, readCached: ReadCached | undefined) {
    this.name = name;
    this.path = path;
    this.#handle = handle;
    this.#readCached = readCached;
  }

  size(): Promise<number> {
    return this.#handle.use(async (descriptor) => (await statFile(descriptor)).size);
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#handle.use(async (descriptor) => {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const got = await readSome(descriptor, bytes, done, offset + done);
        if (got === 0) return bytes.subarray(0, done);
        done += got;
      }
      return bytes;
    });
  }

  readNow(offset: number, length: number): Uint8Array | undefined {
    const readCached = this.#readCached;
    if (readCached === undefined) return undefined;
    return this.#handle.useNow((descriptor) => {
      const bytes = new Uint8Array(length);
      const count = readCached(descriptor, offset, bytes);
      if (count === -2) this.#readCached = undefined;
      return count === length ? bytes : undefined;
    });
  }

  write(offset: number, pieces: readonly Uint8Array[]): Promise<void> {
    return this.#handle.change(async (descriptor) => {
      let at = offset;
      for (let first = 0; first < pieces.length; first += piecesPerWrite) {
        let rest = pieces.slice(first, first + piecesPerWrite).filter((piece) => piece.length > 0);
        while (rest.length > 0) {
          const written = await writeSome(descriptor, rest, at);
          at += written;
          rest = piecesAfter(rest, written);
        }
      }
    });
  }

  truncate(size: number): Promise<void> {
    return this.#handle.change((descriptor) => truncateFile(descriptor, size));
  }

  sync(): Promise<void> {
    return this.#handle.sync(syncData);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function readSome(descriptor: number, bytes: Uint8Array, at: number, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(descriptor, bytes, at, bytes.length - at, offset, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}

function writeSome(descriptor: number, pieces: Uint8Array[], offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(descriptor, pieces, offset, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}

/** What is left of the pieces after `written` bytes: a write may stop short on a full disk or a signal. */
function piecesAfter(pieces: Uint8Array[], written: number): Uint8Array[] {
  let skip = written;
  let first = 0;
  while (first < pieces.length && skip >= pieces[first]!.length) skip -= pieces[first++]!.length;
  const rest = pieces.slice(first);
  if (skip > 0) rest[0] = rest[0]!.subarray(skip);
  return rest;
}
