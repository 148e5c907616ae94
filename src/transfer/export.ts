/**
 * A collection of any Store into bytes: page by page in the order of ids, in bounded memory.
 */
import { cancelledError, FrancaError } from "../errors.ts";
import { badInput } from "../model/bad-input.ts";
import type { Filter } from "../model/filter.ts";
import type { PointId } from "../model/id.ts";
import type { StoredPoint } from "../model/point.ts";
import type { CollectionSchema } from "../model/schema.ts";
import type { Collection } from "../store.ts";
import type { CollectionHeader } from "./header.ts";
import { jsonlWriter } from "./jsonl/write.ts";
import type { ByteSink } from "./stream.ts";
import type { RecordWriter } from "./writer.ts";

export type TransferFormat = "jsonl" | "parquet";

export interface TransferProgress {
  /** Points done so far. */
  points: number;
  /** How far it is, 0 … 1, where that is known. */
  fraction?: number;
}

export interface ExportOptions<S extends CollectionSchema = CollectionSchema> {
  /** Default "jsonl". */
  format?: TransferFormat;
  /** Only points that match. */
  filter?: Filter<S>;
  signal?: AbortSignal;
  onProgress?: (progress: TransferProgress) => void;
}

export interface ExportReport {
  points: number;
  bytes: number;
}

const pageBytes = 4 * 2 ** 20;
const largestPage = 1000;

/**
 * Writes every point with payload and vectors. A point that is written to meanwhile comes as it is when its page is
 * read, or not; for one moment's state take a snapshot.
 * @throws FrancaError of the collection; cancelled; what the sink throws
 */
export async function exportCollection<S extends CollectionSchema>(
  collection: Collection<S>,
  sink: ByteSink,
  options: ExportOptions<S> = {},
): Promise<ExportReport> {
  const { format = "jsonl", filter, signal, onProgress } = options;
  const only = { ...(filter === undefined ? {} : { filter }), ...(signal === undefined ? {} : { signal }) };
  const { count: total } = await collection.count(only);
  const writer = await writerOf(format, sink, { name: collection.name, schema: collection.schema });
  const report: ExportReport = { points: 0, bytes: 0 };
  let limit = 100;
  let after: PointId | undefined;
  do {
    if (signal?.aborted) throw cancelledError("the export", signal);
    const page = await collection.scroll({
      ...only,
      limit,
      select: { payload: true, vectors: true },
      ...(after === undefined ? {} : { after }),
    });
    const bytes = await writer.write(page.points as unknown as StoredPoint[]);
    report.points += page.points.length;
    report.bytes += bytes;
    after = page.next;
    limit = nextLimit(page.points.length, report, collection.schema);
    onProgress?.({ points: report.points, fraction: total === 0 ? 1 : Math.min(1, report.points / total) });
  } while (after !== undefined);
  report.bytes += await writer.finish();
  return report;
}

/** As many points as make a page of some megabytes, going by those before. */
function nextLimit(points: number, report: ExportReport, schema: CollectionSchema): number {
  const vectors = Object.values(schema.vectors).reduce((sum, { dimension }) => sum + dimension * 4, 0);
  const pointBytes = Math.max(1, vectors, report.points === 0 ? 0 : report.bytes / report.points);
  // Not more than doubled, since the next ones may be larger.
  return Math.max(1, Math.min(largestPage, Math.floor(pageBytes / pointBytes), Math.max(100, points * 2)));
}

async function writerOf(
  format: TransferFormat,
  sink: ByteSink,
  header: CollectionHeader,
): Promise<RecordWriter> {
  if (format === "jsonl") return jsonlWriter(sink, header);
  if (format === "parquet") expectDenseOnly(header.schema);
  if (format === "parquet") return (await import("./parquet/write.ts")).parquetWriter(sink, header);
  throw badInput("export: format", `"jsonl" or "parquet"`, format);
}

/** @throws FrancaError unimplemented */
function expectDenseOnly({ sparse = {}, multi = {} }: CollectionSchema): void {
  const fields = [...Object.keys(sparse), ...Object.keys(multi)];
  if (fields.length === 0) return;
  throw new FrancaError(
    "unimplemented",
    `Parquet files hold no sparse and multi vectors (${fields.join(", ")}): export to "jsonl"`,
    { details: { fields } },
  );
}
