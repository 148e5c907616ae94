/**
 * Takes a snapshot: notes every collection, copies what was noted, and writes the list of it last.
 */
import { cancelledError, FrancaError } from "../../errors.ts";
import type { Kernel } from "../kernel.ts";
import { encodeList, type FileName, type ListedFile, type SnapshotList, type SourceFile } from "./files.ts";
import type { Noted } from "./note.ts";
import type { SnapshotTarget } from "./target.ts";

export interface BackupProgress {
  files: { done: number; total: number };
  bytes: { done: number; total: number };
}

export interface SnapshotOptions {
  signal?: AbortSignal;
  onProgress?: (progress: BackupProgress) => void;
}

export interface SnapshotReport {
  files: number;
  bytes: number;
  /** Everything acknowledged up to its LSN is in the snapshot, and nothing after it. */
  collections: { name: string; lsn: number }[];
}

export interface NotedCollection extends Noted {
  name: string;
  folder: string;
}

const pieceBytes = 4 * 2 ** 20;

/** @param noted is ended here. @throws FrancaError cancelled, data_loss; what the target throws */
export async function copySnapshot(
  catalog: SourceFile,
  noted: readonly NotedCollection[],
  target: SnapshotTarget,
  crc32c: Kernel["crc32c"],
  { signal, onProgress }: SnapshotOptions,
): Promise<SnapshotReport> {
  const createdMs = Date.now();
  const checkpoints = noted.flatMap((one) => inFolder(one, one.checkpoints));
  const rest = [...noted.flatMap((one) => inFolder(one, one.log)), catalog];
  const all = [...checkpoints, ...rest];
  const progress: BackupProgress = {
    files: { done: 0, total: all.length },
    bytes: { done: 0, total: all.reduce((sum, { size }) => sum + size, 0) },
  };
  const tell = (bytes: number): void => {
    progress.bytes.done += bytes;
    onProgress?.(structuredClone(progress));
  };
  const listed: ListedFile[] = [];
  const copy = async (file: SourceFile): Promise<void> => {
    let crc = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of piecesOf(file, signal)) {
        crc = crc32c(piece, crc);
        yield piece;
        tell(piece.length);
      }
    };
    const { name, size } = file;
    await target.write({ name, size }, counted());
    listed.push({ name, size, crc32c: crc });
    progress.files.done++;
    tell(0);
  };
  try {
    await target.begin(all.map(({ name, size }): FileName => ({ name, size })));
    for (const file of checkpoints) await copy(file);
    for (const { checkpointsCopied } of noted) checkpointsCopied();
    for (const file of rest) await copy(file);
    const collections = noted.map(({ name, folder, lsn }) => ({ name, folder, lsn }));
    const list: SnapshotList = { createdMs, collections, files: listed };
    const bytes = await encodeList(list, crc32c);
    if (signal?.aborted) throw cancelledError("the snapshot", signal);
    await target.finish(bytes);
  } catch (error) {
    // The first failure is the one to tell.
    await target.abandon().catch(() => {});
    throw error;
  }
  return {
    files: all.length,
    bytes: progress.bytes.total,
    collections: noted.map(({ name, lsn }) => ({ name, lsn })),
  };
}

function inFolder({ folder }: NotedCollection, files: readonly SourceFile[]): SourceFile[] {
  return files.map((file) => ({ ...file, name: `${folder}/${file.name}` }));
}

async function* piecesOf(file: SourceFile, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += pieceBytes) {
    if (signal?.aborted) throw cancelledError("the snapshot", signal);
    const length = Math.min(pieceBytes, file.size - at);
    const piece = await file.read(at, length);
    if (piece.length < length) {
      throw new FrancaError(
        "data_loss",
        `${file.name} ends at byte ${at + piece.length}; it had ${file.size}`,
        {
          details: { file: file.name, offset: at + piece.length },
        },
      );
    }
    yield piece;
  }
}
