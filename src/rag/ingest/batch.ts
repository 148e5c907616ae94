/**
 * Chunks of many files in batches: rows "not done", then embed what is new, then write, then rows "done".
 * One batch is written while the next is read and cut.
 */
import type { Embedder } from "../../embedder.ts";
import { idKey } from "../../model/id.ts";
import type { Point, StoredPoint } from "../../model/point.ts";
import type { Collection } from "../../store.ts";
import type { Chunk } from "../chunks/chunk.ts";
import type { Document, Problem } from "../documents/document.ts";
import type { IngestReport } from "./ingest.ts";
import type { Plan } from "./plan.ts";
import { type PreparedChunk, prepareChunks, samePayload } from "./prepare.ts";
import { chunkPayloadOf, chunkVectorField } from "./schema.ts";
import type { SourceRow, Sources } from "./sources.ts";
import { removeStale } from "./stale.ts";

/** A file on its way. */
export interface FileWork {
  row: SourceRow;
  kind: "unchanged" | "added" | "changed" | "renamed";
  /** Chunks of it may be in the collection. */
  known: boolean;
  /** idKey → line, of all its chunks so far. */
  ids: Map<string, number>;
  /** How often each content hash has occurred. */
  hashes: Map<string, number>;
  /** A part of it could not be read: nothing of it is removed, and the next run reads it again. */
  failed: boolean;
  /** Its row has been written. */
  begun: boolean;
}

export interface BatchWriter {
  /** True when the batch is full and `next` is due. */
  add(work: FileWork, document: Document, chunk: Chunk): boolean;
  end(work: FileWork): void;
  problem(work: FileWork, problem: Problem): void;
  /** Writes the batch in the background, once the one before is written. */
  next(): Promise<void>;
  /** Writes all, and waits for it. */
  finish(): Promise<void>;
}

interface Batch {
  items: { work: FileWork; document: Document; chunk: Chunk }[];
  /** Files that end with this batch. */
  ending: FileWork[];
}

export interface BatchContext {
  chunks: Collection;
  sources: Sources;
  embedder: Embedder;
  plan: Plan;
  report: IngestReport;
  size: number;
  onWritten: (chunks: number) => void;
}

export function batchWriter(context: BatchContext): BatchWriter {
  let batch: Batch = { items: [], ending: [] };
  let writing: Promise<void> = Promise.resolve();
  const next = async (): Promise<void> => {
    await writing;
    const full = batch;
    batch = { items: [], ending: [] };
    writing = writeBatch(context, full);
    // Whoever awaits it next gets the error; until then it is not unhandled.
    writing.catch(() => {});
  };
  return {
    add(work, document, chunk) {
      batch.items.push({ work, document, chunk });
      return batch.items.length >= context.size;
    },
    end: (work) => void batch.ending.push(work),
    problem: (work, problem) => fail(context, work, problem),
    next,
    async finish() {
      await next();
      await writing;
    },
  };
}

function fail({ report }: BatchContext, work: FileWork, problem: Problem): void {
  work.failed = true;
  report.problems.push(problem);
}

async function writeBatch(context: BatchContext, { items, ending }: Batch): Promise<void> {
  const { sources, chunks, report } = context;
  const prepared = await prepareChunks(items);
  await beginRows(context, items, ending);
  const writes = await newOrChanged(context, prepared);
  const points = await embed(context, writes);
  if (points.length > 0) await chunks.upsert(points);
  context.onWritten(points.length);
  const done: SourceRow[] = [];
  for (const work of ending) {
    if (work.failed) report.files.failed++;
    else {
      report.files[work.kind]++;
      if (work.kind !== "unchanged") {
        if (work.known) report.chunks.removed += await removeStale(chunks, work.row.path, work.ids);
        work.row = { ...work.row, done: true, chunks: work.ids.size };
      }
      done.push(work.row);
    }
  }
  await sources.write(done);
}

/** No chunk is written before its file's row. */
async function beginRows(
  { sources }: BatchContext,
  items: Batch["items"],
  ending: FileWork[],
): Promise<void> {
  const begun: SourceRow[] = [];
  for (const work of new Set([...items.map((item) => item.work), ...ending])) {
    if (work.begun || work.kind === "unchanged") continue;
    work.begun = true;
    begun.push(work.row);
  }
  await sources.write(begun);
}

interface Write {
  item: PreparedChunk;
  /** What it has already, when its text is the same. */
  vector?: Float32Array;
}

async function newOrChanged(context: BatchContext, prepared: readonly PreparedChunk[]): Promise<Write[]> {
  const { chunks, report } = context;
  const stored = await chunks.get(
    prepared.map((item) => item.id),
    { payload: true, vectors: true },
  );
  const owners = new Map<string, FileWork>();
  const writes: Write[] = [];
  for (const [i, item] of prepared.entries()) {
    const { work, line } = item;
    const key = idKey(item.id);
    const taken = owner(context, item, stored[i], owners.get(key));
    if (taken !== undefined) {
      fail(context, work, {
        source: work.row.path,
        line,
        message: `the id ${JSON.stringify(item.id)} is taken by ${taken}; ids are unique in a collection. Give it another, or use another collection`,
      });
      continue;
    }
    owners.set(key, work);
    work.ids.set(key, line);
    const known = chunkPayloadOf(stored[i]?.payload);
    if (known?.chunk.hash !== item.hash) writes.push({ item });
    else if (samePayload(known, item.payload)) report.chunks.unchanged++;
    else {
      const vector = stored[i]?.vectors?.[chunkVectorField];
      writes.push(vector === undefined ? { item } : { item, vector });
    }
  }
  return writes;
}

/** Who else has this id, in words. What belongs to a file that is gone is free. */
function owner(
  { plan, sources }: BatchContext,
  { work, id }: PreparedChunk,
  stored: StoredPoint | undefined,
  inBatch: FileWork | undefined,
): string | undefined {
  const line = work.ids.get(idKey(id));
  if (line !== undefined) return `line ${line} of the same file`;
  if (inBatch !== undefined) return inBatch.row.path;
  if (stored === undefined) return undefined;
  const source = chunkPayloadOf(stored.payload)?.source;
  if (source === undefined) return "a point that holds no document";
  const lives = sources.rows.has(source) && !plan.gone.has(source);
  return source !== work.row.path && lives ? source : undefined;
}

async function embed({ embedder, report }: BatchContext, writes: readonly Write[]): Promise<Point[]> {
  const fresh = writes.filter((write) => write.vector === undefined);
  if (fresh.length > 0) {
    const { vectors, truncated } = await embedder.embedText(
      fresh.map((write) => write.item.input),
      { role: "document" },
    );
    const { dimension } = embedder;
    for (const [i, write] of fresh.entries())
      write.vector = vectors.subarray(i * dimension, (i + 1) * dimension);
    report.chunks.truncated += truncated.length;
  }
  report.chunks.embedded += fresh.length;
  report.chunks.reused += writes.length - fresh.length;
  const points: Point[] = [];
  for (const { item, vector } of writes)
    points.push({ id: item.id, vectors: { [chunkVectorField]: vector! }, payload: item.payload });
  return points;
}
