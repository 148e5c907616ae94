/**
 * Restores and verifies snapshots. A database that is restored appears under its name only when every checksum held.
 */
import { cancelledError, FrancaError } from "../../errors.ts";
import { folderName, readCatalog } from "../catalog.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { readManifest } from "../log/manifest.ts";
import { logFileName } from "../log/segment.ts";
import type { SnapshotList } from "./files.ts";
import { checking, type Reading } from "./read.ts";
import type { BackupProgress, SnapshotOptions, SnapshotReport } from "./snapshot.ts";
import { placeOf, writeFile } from "./target.ts";

/** Where a snapshot is read from. */
export interface SnapshotSource {
  location: string;
  read(reading: Reading): Promise<SnapshotList>;
}

export interface SnapshotInfo extends SnapshotReport {
  /** Milliseconds since 1970. */
  createdMs: number;
}

/** Reads all of it and writes nothing. @throws FrancaError data_loss, failed_precondition, cancelled */
export async function checkSnapshot(
  source: SnapshotSource,
  crc32c: Kernel["crc32c"],
  options: SnapshotOptions,
): Promise<SnapshotInfo> {
  const drain = async (_: unknown, pieces: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const _piece of pieces);
  };
  return readChecked(source, crc32c, options, { begin: async () => {}, file: drain });
}

/** Writes all of it into an empty folder and makes it durable. @throws as checkSnapshot; the medium's */
export async function restoreInto(
  source: SnapshotSource,
  root: Directory,
  crc32c: Kernel["crc32c"],
  options: SnapshotOptions,
): Promise<SnapshotInfo> {
  const folders = new Map<string, Directory>();
  const info = await readChecked(source, crc32c, options, {
    begin: async () => {},
    file: async ({ name }, pieces) => writeFile(await placeOf(root, folders, name), pieces),
  });
  for (const folder of [...folders.values(), root]) await folder.sync();
  await expectDatabase(root, crc32c);
  return info;
}

async function readChecked(
  source: SnapshotSource,
  crc32c: Kernel["crc32c"],
  { signal, onProgress }: SnapshotOptions,
  inner: Reading,
): Promise<SnapshotInfo> {
  const progress: BackupProgress = { files: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } };
  const { reading, expect } = checking(
    {
      async begin(files) {
        progress.files.total = files.length;
        progress.bytes.total = files.reduce((sum, { size }) => sum + size, 0);
        await inner.begin(files);
      },
      async file(file, pieces) {
        await inner.file(file, watched(pieces));
        progress.files.done++;
        onProgress?.(structuredClone(progress));
      },
    },
    crc32c,
  );
  async function* watched(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      if (signal?.aborted) throw cancelledError("reading the snapshot", signal);
      yield piece;
      progress.bytes.done += piece.length;
      onProgress?.(structuredClone(progress));
    }
  }
  const list = await source.read(reading);
  expect(list, source.location);
  return {
    createdMs: list.createdMs,
    files: list.files.length,
    bytes: list.files.reduce((sum, { size }) => sum + size, 0),
    collections: list.collections.map(({ name, lsn }) => ({ name, lsn })),
  };
}

/** The catalog and every manifest can be read by this build, and what they name is there. */
async function expectDatabase(root: Directory, crc32c: Kernel["crc32c"]): Promise<void> {
  const { collections } = await readCatalog(root, crc32c);
  const folders = new Set(await root.list());
  for (const { folder } of collections.values()) {
    const name = folderName(folder);
    if (!folders.has(name)) throw missing(root, name);
    const directory = await root.directory(name);
    const names = new Set(await directory.list());
    for (const { id } of (await readManifest(directory, crc32c)).segments) {
      if (!names.has(logFileName(id))) throw missing(directory, logFileName(id));
    }
  }
}

function missing({ location }: Directory, name: string): FrancaError {
  return new FrancaError("data_loss", `${location}/${name} is missing from the snapshot; use another one`, {
    details: { file: `${location}/${name}` },
  });
}
