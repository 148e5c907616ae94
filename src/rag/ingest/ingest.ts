/**
 * Files into a collection of chunks, incrementally: what has not changed is not read, what has not changed in its
 * text is not embedded, renamed files keep their points, deleted ones lose them.
 *
 * Each step can be done again: ids follow from content, a file's row says "done" only behind its last chunk. So
 * an interrupted run is completed by the next one, and leaves neither duplicates nor chunks without a row.
 */
import type { Embedder } from "../../embedder.ts";
import { cancelledError, FrancaError } from "../../errors.ts";
import type { Store } from "../../store.ts";
import { type ChunkBudget, chunkDocument, defaultChunkLimit, defaultRecordLimit } from "../chunks/chunk.ts";
import type { Problem, SourceFile } from "../documents/document.ts";
import { loadDocuments } from "../documents/load.ts";
import { batchWriter, type FileWork } from "./batch.ts";
import { shortHash } from "./hash.ts";
import { type Plan, planFiles } from "./plan.ts";
import { openChunks } from "./schema.ts";
import { openSources } from "./sources.ts";
import { removeFiles } from "./stale.ts";

export interface IngestOptions {
  store: Store;
  embedder: Embedder;
  /** Made when it is not there. Default "documents". */
  collection?: string;
  /** Each path once. */
  files: Iterable<SourceFile> | AsyncIterable<SourceFile>;
  /** Recorded files for which it is true and that are not among `files` are gone: their chunks are removed. Default: none. */
  covers?: (path: string) => boolean;
  chunk?: ChunkBudget;
  /** Chunks embedded and written at once. Default 512. */
  batchSize?: number;
  /** Stops behind the batch under way; the next run goes on there. */
  signal?: AbortSignal;
  onProgress?: (progress: IngestProgress) => void;
}

export interface IngestProgress {
  files: { done: number; total: number };
  bytes: { done: number; total: number };
  /** Written so far, those that needed no embedding included. */
  chunks: number;
}

export interface IngestReport {
  files: {
    total: number;
    unchanged: number;
    added: number;
    changed: number;
    renamed: number;
    removed: number;
    /** Not read whole; see `problems`. */
    failed: number;
  };
  chunks: {
    embedded: number;
    /** Written again with the vector they had: moved, or other metadata. */
    reused: number;
    unchanged: number;
    removed: number;
    /** Longer than the model reads; their end counts for keyword search only. */
    truncated: number;
  };
  /** Documents without any text; they have no chunks. */
  empty: number;
  problems: Problem[];
}

/**
 * @throws FrancaError cancelled, with the report so far in `details.report`; failed_precondition when the collection
 *   is not one of chunks, or another model's; what the store and the embedder throw
 */
export async function ingest(options: IngestOptions): Promise<IngestReport> {
  const { store, embedder, signal, onProgress } = options;
  const name = options.collection ?? "documents";
  const settings = describeBudget(options.chunk);
  const chunks = await openChunks(store, name, embedder);
  const sources = await openSources(store, name);
  const plan = await planFiles(sources.rows, options.files, options.covers ?? (() => false), settings);
  const report = emptyReport(plan);
  const progress: IngestProgress = {
    files: { done: plan.unchanged, total: report.files.total },
    bytes: { done: 0, total: plan.todo.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) },
    chunks: 0,
  };
  const tell = (): void => onProgress?.(structuredClone(progress));
  const writer = batchWriter({
    chunks,
    sources,
    embedder,
    plan,
    report,
    size: options.batchSize ?? 512,
    onWritten(count) {
      progress.chunks += count;
      tell();
    },
  });
  tell();
  for await (const { file, bytes } of readAhead(plan.todo, report, signal)) {
    const work = bytes === undefined ? undefined : await beginFile(file, bytes, plan, settings);
    let seenBytes = 0;
    if (bytes !== undefined && work !== undefined) {
      const documents =
        work.kind === "unchanged"
          ? []
          : loadDocuments(file.path, bytes, (problem) => writer.problem(work, problem));
      for (const document of documents) {
        const cut = chunkDocument(document, options.chunk);
        if (cut.length === 0) report.empty++;
        for (const chunk of cut) if (writer.add(work, document, chunk)) await writer.next();
        if (signal?.aborted) break;
        if (!document.record) continue;
        const read = Math.min(document.text.length, file.sizeBytes - seenBytes);
        seenBytes += read;
        progress.bytes.done += read;
      }
      if (signal?.aborted) break;
      writer.end(work);
    }
    progress.files.done++;
    progress.bytes.done += file.sizeBytes - seenBytes;
  }
  await writer.finish();
  if (signal?.aborted) throw cancelled(signal, report);
  await removeFiles(chunks, sources, [...plan.gone.keys()], report);
  report.files.removed = plan.gone.size - report.files.renamed;
  tell();
  return report;
}

/** A file's row as it will be, and what is known of it. Its id key is its path, or that of the file it was before. */
async function beginFile(
  file: SourceFile,
  bytes: Uint8Array<ArrayBuffer>,
  plan: Plan,
  settings: string,
): Promise<FileWork> {
  const { path, sizeBytes, modifiedMs } = file;
  const hash = await shortHash(bytes);
  const previous = plan.rows.get(path);
  const same = previous?.hash === hash && previous.done && previous.settings === settings;
  const renamedFrom = previous === undefined ? plan.takeRenamed(hash) : undefined;
  const key = previous?.key ?? renamedFrom?.key ?? plan.freeKey(path);
  const row = {
    path,
    sizeBytes,
    modifiedMs,
    readMs: Date.now(),
    hash,
    key,
    settings,
    done: false,
    chunks: 0,
  };
  return {
    row: same ? { ...row, done: true, chunks: previous.chunks } : row,
    kind: same ? "unchanged" : renamedFrom !== undefined ? "renamed" : previous?.done ? "changed" : "added",
    known: previous !== undefined,
    ids: new Map(),
    hashes: new Map(),
    failed: false,
    begun: false,
  };
}

/** Reads the next files while one is at work. */
async function* readAhead(
  files: readonly SourceFile[],
  report: IngestReport,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ file: SourceFile; bytes: Uint8Array<ArrayBuffer> | undefined }> {
  const depth = 8;
  const largest = 1 << 20;
  const reads: Promise<Uint8Array<ArrayBuffer> | Error>[] = [];
  const begin = (file: SourceFile): Promise<Uint8Array<ArrayBuffer> | Error> =>
    file.read().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  for (const [i, file] of files.entries()) {
    if (signal?.aborted) return;
    for (let ahead = i; ahead < Math.min(i + depth, files.length); ahead++)
      if (ahead === i || files[ahead]!.sizeBytes < largest) reads[ahead] ??= begin(files[ahead]!);
    const bytes = await reads[i]!;
    delete reads[i];
    if (bytes instanceof Error) {
      report.files.failed++;
      report.problems.push({ source: file.path, message: `could not be read: ${bytes.message}` });
      yield { file, bytes: undefined };
    } else yield { file, bytes };
  }
}

function describeBudget(budget: ChunkBudget = {}): string {
  const limit = budget.limit ?? defaultChunkLimit;
  const record = budget.recordLimit ?? Math.max(limit, defaultRecordLimit);
  return `1 ${limit} ${record} ${budget.measure === undefined ? "characters" : "measure"}`;
}

function emptyReport(plan: Plan): IngestReport {
  const total = plan.todo.length + plan.unchanged;
  return {
    files: { total, unchanged: plan.unchanged, added: 0, changed: 0, renamed: 0, removed: 0, failed: 0 },
    chunks: { embedded: 0, reused: 0, unchanged: 0, removed: 0, truncated: 0 },
    empty: 0,
    problems: [],
  };
}

function cancelled(signal: AbortSignal, report: IngestReport): FrancaError {
  const error = cancelledError("Adding documents", signal);
  return new FrancaError(error.code, `${error.message}; run it again to go on where it stopped`, {
    details: { report },
    cause: signal.reason,
  });
}
