/**
 * What a snapshot consists of: files with their names, sizes and checksums, and the list of them, which is written last
 * and makes it whole.
 */
import { FrancaError } from "../../errors.ts";
import type { Directory } from "../file.ts";
import { memoryDirectory } from "../files/memory.ts";
import type { Kernel } from "../kernel.ts";
import { readWhole, replaceWhole, type WholeFileFormat } from "../whole-file.ts";

type Crc32c = Kernel["crc32c"];

/** A file of a database as it was at one moment: its first `size` bytes do not change as long as the snapshot goes on. */
export interface SourceFile {
  /** "catalog", or a collection's folder, a slash and the file. */
  name: string;
  size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A file that is small, read at once. */
export async function wholeFile(directory: Directory, name: string): Promise<SourceFile> {
  const file = await directory.open(name);
  try {
    return inMemory(name, await file.read(0, await file.size()));
  } finally {
    await file.close();
  }
}

export function inMemory(name: string, bytes: Uint8Array): SourceFile {
  return { name, size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
}

export interface FileName {
  name: string;
  size: number;
}

export interface ListedFile extends FileName {
  crc32c: number;
}

export interface SnapshotList {
  /** When it was begun, in milliseconds since 1970. */
  createdMs: number;
  /** The moment of each collection. */
  collections: { name: string; folder: string; lsn: number }[];
  files: ListedFile[];
}

export const listName = "snapshot";
const format: WholeFileFormat = { kind: "SN", version: 1 };

/** The list as the bytes of its file. */
export async function encodeList(list: SnapshotList, crc32c: Crc32c): Promise<Uint8Array> {
  const directory = memoryDirectory();
  const body = [new TextEncoder().encode(JSON.stringify(list))];
  await replaceWhole(directory, listName, format, { lsn: 0, body }, crc32c);
  const file = await directory.open(listName);
  return file.read(0, await file.size());
}

export async function decodeList(bytes: Uint8Array, location: string, crc32c: Crc32c): Promise<SnapshotList> {
  const directory = memoryDirectory(location);
  await (await directory.open(listName, { create: true })).write(0, [bytes]);
  return readList(directory, crc32c);
}

/** @throws FrancaError data_loss when it is missing, damaged or names what no snapshot holds; failed_precondition */
export async function readList(directory: Directory, crc32c: Crc32c): Promise<SnapshotList> {
  if (!(await directory.list()).includes(listName)) {
    throw new FrancaError(
      "data_loss",
      `${directory.location} is no whole snapshot: its file "${listName}", which is written last, is missing; take it again`,
      { details: { file: `${directory.location}/${listName}`, offset: 0 } },
    );
  }
  const { body } = await readWhole(directory, listName, format, crc32c);
  const list = JSON.parse(new TextDecoder().decode(body)) as SnapshotList;
  expectNames(list.files, `${directory.location}/${listName}`);
  return list;
}

/**
 * Names come from outside: only those that a database has are taken, so that none leads out of its folder.
 * @throws FrancaError data_loss
 */
export function expectNames(files: unknown, where: string): asserts files is FileName[] {
  const seen = new Set<string>();
  if (!Array.isArray(files)) throw refused(where, "it holds no list of files");
  for (const file of files as unknown[]) {
    const { name, size } = (file ?? {}) as { name?: unknown; size?: unknown };
    if (typeof name !== "string" || !isName(name)) {
      throw refused(where, `it names ${JSON.stringify(name)?.slice(0, 80)}, which is no file of a database`);
    }
    if (seen.has(name)) throw refused(where, `it names ${name} twice`);
    seen.add(name);
    if (!Number.isSafeInteger(size) || (size as number) < 0) throw refused(where, `it gives ${name} no size`);
  }
}

function isName(name: string): boolean {
  return /^(catalog|collection-\d{6,15}\/(?!.*\.new$)[a-z][a-z0-9]*([.-][a-z0-9]+)*)$/.test(name);
}

/** For what comes from outside and is not what a snapshot looks like. */
export function refused(where: string, how: string, cause?: unknown): FrancaError {
  return new FrancaError("data_loss", `${where} cannot be used as a snapshot: ${how}; nothing was restored`, {
    details: { file: where },
    cause,
  });
}

/** Whether a folder that is being written under a temporary name holds only what is written there. */
export function isUnfinished(names: readonly string[]): boolean {
  return names.every((name) => /^(lock(\..*)?|catalog|snapshot(\.new)?|collection-\d{6,15})$/.test(name));
}
