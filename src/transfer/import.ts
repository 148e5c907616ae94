/**
 * Points from a file into a collection of any Store: in batches, in bounded memory, and again from the start without
 * harm, since an upsert of what is there changes nothing.
 */
import { cancelledError, FrancaError, isFrancaError } from "../errors.ts";
import { badInput } from "../model/bad-input.ts";
import { idKey } from "../model/id.ts";
import type { Point } from "../model/point.ts";
import type { CollectionSchema, Metric, VectorField } from "../model/schema.ts";
import type { Collection, Store } from "../store.ts";
import type { Columns } from "./columns.ts";
import type { TransferFormat, TransferProgress } from "./export.ts";
import { jsonlReader } from "./jsonl/read.ts";
import type { Decompressors } from "./parquet/rows.ts";
import type { ReadRecord, RecordReader } from "./record.ts";
import { type ByteSource, isRandomAccess } from "./stream.ts";

export interface ImportOptions {
  /** Default: "parquet" where the source can be read at any place and begins so, else "jsonl". */
  format?: TransferFormat;
  /** Of the collection, when it has to be made and the file does not say it, or says another one. */
  schema?: CollectionSchema;
  /** For files of other programs: which column is what. */
  columns?: Columns;
  /** Of the vector fields, when the collection is made from columns. Default "cosine". */
  metric?: Metric;
  /** What to do with ids that are there: "replace" (default), "skip", or "error": already_exists. */
  onConflict?: "replace" | "skip" | "error";
  /** Points in one write, at most. Default 1000. */
  batchSize?: number;
  signal?: AbortSignal;
  onProgress?: (progress: TransferProgress) => void;
  /** For Parquet that is not compressed with Snappy; `importFile` brings gzip and Brotli, and Zstandard where Node has it. */
  decompressors?: Decompressors;
}

export interface ImportReport {
  collection: string;
  /** Whether the collection was made. */
  created: boolean;
  /** Points written. */
  points: number;
  /** Points left out because their ids were there. */
  skipped: number;
}

const batchBytes = 8 * 2 ** 20;

/**
 * @param name of the collection; undefined: the one the file tells
 * @throws FrancaError invalid_argument with details.line (or row): everything before it is written; data_loss when
 * the file is not whole; cancelled, with details.report; those of the store
 */
export async function importCollection(
  store: Store,
  name: string | undefined,
  source: ByteSource,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const { signal, onProgress, onConflict = "replace", batchSize = 1000 } = options;
  if (!["replace", "skip", "error"].includes(onConflict)) {
    throw badInput("import: onConflict", `"replace", "skip" or "error"`, onConflict);
  }
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw badInput("import: batchSize", "a whole number of at least 1", batchSize);
  }
  const reader = await readerOf(source, options);
  const report: ImportReport = {
    collection: name ?? reader.header?.name ?? "",
    created: false,
    points: 0,
    skipped: 0,
  };
  if (report.collection === "") {
    throw badInput("import", "the name of a collection: the file does not tell it");
  }
  let collection: Collection | undefined;
  for await (const batch of batchesOf(reader.records(), batchSize)) {
    if (signal?.aborted) throw cancelled(signal, report);
    collection ??= await target(store, reader, batch[0]?.point, options, report);
    const fresh =
      onConflict === "replace" ? batch : await withoutConflicts(collection, batch, onConflict, reader);
    await write(collection, fresh, reader);
    report.points += fresh.length;
    report.skipped += batch.length - fresh.length;
    const fraction = reader.fraction();
    onProgress?.({ points: report.points + report.skipped, ...(fraction === undefined ? {} : { fraction }) });
  }
  // An empty file makes an empty collection.
  if (collection === undefined) await target(store, reader, undefined, options, report);
  return report;
}

async function readerOf(source: ByteSource, options: ImportOptions): Promise<RecordReader> {
  const format = options.format ?? (await formatOf(source));
  if (format === "jsonl") return jsonlReader(source, options.columns);
  if (format !== "parquet") throw badInput("import: format", `"jsonl" or "parquet"`, format);
  if (!isRandomAccess(source)) {
    throw badInput(
      "import",
      "a source that can be read at any place, {sizeBytes, read}: Parquet has its directory at the end",
    );
  }
  return (await import("./parquet/read.ts")).parquetReader(source, options.columns, options.decompressors);
}

async function formatOf(source: ByteSource): Promise<TransferFormat> {
  if (!isRandomAccess(source) || source.sizeBytes < 4) return "jsonl";
  const magic = new TextDecoder("latin1").decode(await source.read(0, 4));
  return magic === "PAR1" ? "parquet" : "jsonl";
}

async function* batchesOf(
  records: AsyncIterable<ReadRecord>,
  batchSize: number,
): AsyncGenerator<ReadRecord[]> {
  let batch: ReadRecord[] = [];
  let bytes = 0;
  try {
    for await (const record of records) {
      batch.push(record);
      bytes += record.bytes;
      if (batch.length < batchSize && bytes < batchBytes) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
  } catch (error) {
    // What stands before a place that cannot be read counts, as what stands before a point that is refused.
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}

/** The collection that is there, when the file's vectors fit it; else a new one. */
async function target(
  store: Store,
  reader: RecordReader,
  first: Point | undefined,
  { schema, metric }: ImportOptions,
  report: ImportReport,
): Promise<Collection> {
  const name = report.collection;
  try {
    const collection = await (schema === undefined ? store.collection(name) : store.collection(name, schema));
    if (reader.header !== undefined) expectFit(collection, reader.header.schema);
    return collection as Collection;
  } catch (error) {
    if (!isFrancaError(error, "not_found")) throw error;
  }
  report.created = true;
  return store.create(name, schema ?? reader.header?.schema ?? inferredSchema(first, metric, name));
}

function expectFit({ name, schema }: Collection, file: CollectionSchema): void {
  const says = (field: string, what: string): FrancaError =>
    new FrancaError(
      "failed_precondition",
      `collection ${JSON.stringify(name)} does not fit the file: ${what}; import into another collection`,
      { details: { collection: name, field } },
    );
  for (const field of Object.keys(file.sparse ?? {})) {
    if (schema.sparse?.[field] === undefined)
      throw says(field, `it has no sparse vector field ${JSON.stringify(field)}`);
  }
  for (const [field, { dimension }] of Object.entries(file.multi ?? {})) {
    const there = schema.multi?.[field];
    if (there?.dimension === dimension) continue;
    const has = there === undefined ? "none" : `one of ${there.dimension} components`;
    throw says(
      field,
      `the file has a multi vector field ${JSON.stringify(field)} of ${dimension} components, and it has ${has}`,
    );
  }
  for (const [field, { dimension, model }] of Object.entries(file.vectors)) {
    const there: VectorField | undefined = schema.vectors[field];
    if (there === undefined) throw says(field, `it has no vector field ${JSON.stringify(field)}`);
    if (there.dimension !== dimension) {
      throw says(
        field,
        `its field ${JSON.stringify(field)} has ${there.dimension} components, the file's ${dimension}`,
      );
    }
    if (there.model !== undefined && model !== undefined && there.model.id !== model.id) {
      throw says(
        field,
        `its field ${JSON.stringify(field)} is of the model ${there.model.id}, the file's of ${model.id}`,
      );
    }
  }
}

function inferredSchema(
  first: Point | undefined,
  metric: Metric | undefined,
  name: string,
): CollectionSchema {
  const { vector, vectors = vector === undefined ? {} : { vector }, sparse, multi } = first ?? {};
  if (first === undefined) {
    throw badInput(
      "import",
      `a schema: there is no collection ${JSON.stringify(name)} and the file does not tell one`,
    );
  }
  const fields = Object.entries(vectors).map(([field, value]) => [
    field,
    { dimension: value!.length, ...(metric === undefined ? {} : { metric }) },
  ]);
  const lists = Object.entries(multi ?? {}).map(([field, rows]) => [
    field,
    { dimension: rows?.[0]?.length ?? 0, ...(metric === undefined ? {} : { metric }) },
  ]);
  return {
    vectors: Object.fromEntries(fields),
    ...(sparse && { sparse: Object.fromEntries(Object.keys(sparse).map((field) => [field, {}])) }),
    ...(multi && { multi: Object.fromEntries(lists) }),
  };
}

async function withoutConflicts(
  collection: Collection,
  batch: readonly ReadRecord[],
  onConflict: "skip" | "error",
  { unit }: RecordReader,
): Promise<ReadRecord[]> {
  const there = await collection.get(
    batch.map(({ point }) => point.id),
    { payload: false },
  );
  // Of equal ids in the file, the first one counts.
  const seen = new Set<string>();
  const fresh: ReadRecord[] = [];
  for (const [i, record] of batch.entries()) {
    const key = idKey(record.point.id);
    const isThere = there[i] !== undefined || seen.has(key);
    seen.add(key);
    if (!isThere) fresh.push(record);
    else if (onConflict === "error") throw conflict(collection, record, unit);
  }
  return fresh;
}

function conflict(
  { name }: Collection,
  { point, number }: ReadRecord,
  unit: RecordReader["unit"],
): FrancaError {
  return new FrancaError(
    "already_exists",
    `${unit} ${number}: there is a point ${String(point.id)} in ${name} already; import with onConflict "replace" or "skip"`,
    { details: { [unit]: number, collection: name } },
  );
}

/** One write; when the store refuses it, the first point that it refuses is found, with all before it written. */
async function write(
  collection: Collection,
  records: readonly ReadRecord[],
  reader: RecordReader,
): Promise<void> {
  if (records.length === 0) return;
  try {
    await collection.upsert(records.map(({ point }) => point));
  } catch (error) {
    if (!isFrancaError(error, "invalid_argument")) throw error;
    const [only] = records;
    if (records.length === 1) throw placed(error, reader.unit, only!.number);
    const half = records.length >>> 1;
    await write(collection, records.slice(0, half), reader);
    await write(collection, records.slice(half), reader);
  }
}

function placed(error: FrancaError, unit: RecordReader["unit"], number: number): FrancaError {
  return new FrancaError(
    "invalid_argument",
    `${unit} ${number}: ${error.message.replace(/^points\[0\] ?/, "")}`,
    {
      details: { ...error.details, [unit]: number },
      cause: error,
    },
  );
}

function cancelled(signal: AbortSignal, report: ImportReport): FrancaError {
  const error = cancelledError("the import", signal);
  error.details.report = report;
  return error;
}
