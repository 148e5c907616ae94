/**
 * Noting what a collection is at one moment: the log up to its end, and a checkpoint of just that. The log is only
 * appended to, so that copying it later gives the same.
 */
import { checkpointNames } from "../checkpoint/checkpoint.ts";
import type { Checkpointer } from "../checkpoint/checkpointer.ts";
import type { Directory, File } from "../file.ts";
import type { Log } from "../log/log.ts";
import { manifestName } from "../log/manifest.ts";
import { copyEnd, logFileName, vectorFileName } from "../log/segment.ts";
import type { CollectionState } from "../state.ts";
import { inMemory, type SourceFile, wholeFile } from "./files.ts";

export interface Noted {
  lsn: number;
  /** To be copied first: later checkpoints wait until `checkpointsCopied`. */
  checkpoints: SourceFile[];
  checkpointsCopied(): void;
  /** The manifest, and the segments as far as they went. */
  log: SourceFile[];
  /** Lets go of the files; to be called in any case, once. */
  end(): Promise<void>;
}

/** Smaller files are read at once: some are not the checkpointer's, and replaced whenever it suits. */
const smallBytes = 2 ** 20;

/** Of a collection in use; writes wait only while a checkpoint's content is taken. @throws FrancaError of the log */
export async function noteOpen(
  directory: Directory,
  state: CollectionState,
  checkpointer: Checkpointer,
): Promise<Noted> {
  const held = await checkpointer.hold(async () => {
    const log = await noteLog(directory, state.log);
    // Compaction keeps the segments, and slots stay what they are, as for any reader.
    return { ...log, endRead: state.readers.begin() };
  });
  const opened: File[] = [];
  const end = async (): Promise<void> => {
    held.release();
    held.noted.endRead();
    await Promise.all(opened.map((file) => file.close()));
  };
  try {
    const checkpoints = held.isWritten ? await checkpointFiles(directory, opened) : [];
    const { lsn, files } = held.noted;
    return { lsn, checkpoints, checkpointsCopied: held.release, log: files, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Of a collection that nobody has open, nor opens before `end`: what there is, whole, after a look at the log's tail. */
export async function noteClosed(directory: Directory, log: Log): Promise<Noted> {
  const opened: File[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(opened.map((file) => file.close()));
    await log.close();
  };
  try {
    // What is behind the durable end may be torn.
    await log.replay(log.position, () => {});
    await log.markDurable();
    const { lsn, files } = await noteLog(directory, log);
    const checkpoints = await checkpointFiles(directory, opened);
    return { lsn, checkpoints, checkpointsCopied: () => {}, log: files, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The log's end has to be durable, as the manifest on the medium says. */
async function noteLog(directory: Directory, log: Log): Promise<{ lsn: number; files: SourceFile[] }> {
  const files = [await wholeFile(directory, manifestName)];
  for (const { id, log: records, vectors, end } of log.segments) {
    const { logBytes, rows } = copyEnd(end);
    files.push(sourceOf(logFileName(id), records, logBytes));
    vectors.forEach((file, ordinal) => {
      const bytes = rows[ordinal]! * log.dimensions[ordinal]! * 4;
      files.push(sourceOf(vectorFileName(id, ordinal), file, bytes));
    });
  }
  return { lsn: log.lsn, files };
}

async function checkpointFiles(directory: Directory, opened: File[]): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const name of checkpointNames(await directory.list())) {
    const file = await directory.open(name);
    opened.push(file);
    const size = await file.size();
    files.push(size > smallBytes ? sourceOf(name, file, size) : inMemory(name, await file.read(0, size)));
  }
  return files;
}

function sourceOf(name: string, file: File, size: number): SourceFile {
  return { name, size, read: (offset, length) => file.read(offset, length) };
}
