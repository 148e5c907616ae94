/**
 * Reads JSON Lines: what `jsonlWriter` wrote; lines {id, vector or vectors, payload} of others; or, with columns
 * given, objects of any shape.
 */
import { FrancaError } from "../../errors.ts";
import { normalizeId } from "../../model/id.ts";
import type { Point } from "../../model/point.ts";
import { type Columns, pointOfRow, type Row } from "../columns.ts";
import { type CollectionHeader, readHeader } from "../header.ts";
import { badRecord, type ReadRecord, type RecordReader } from "../record.ts";
import { type ByteSource, isRandomAccess, readThrough } from "../stream.ts";
import { integerAt } from "./exact-integer.ts";
import { type Line, linesOf } from "./lines.ts";

/** Reads the first line. @throws FrancaError invalid_argument, failed_precondition */
export async function jsonlReader(source: ByteSource, columns: Columns | undefined): Promise<RecordReader> {
  const sizeBytes = isRandomAccess(source) ? source.sizeBytes : undefined;
  let readBytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of readThrough(source)) {
      readBytes += piece.length;
      yield piece;
    }
  };
  const lines = linesOf(counted());
  const first = await lines.next();
  const header = first.done === true ? undefined : headerOf(first.value);
  return {
    unit: "line",
    header,
    records: () => recordsOf(lines, first, header, header === undefined ? columns : undefined),
    fraction: () => (sizeBytes === undefined ? undefined : Math.min(1, readBytes / Math.max(1, sizeBytes))),
  };
}

function headerOf(line: Line): CollectionHeader | undefined {
  return readHeader(parse(line), "line 1");
}

async function* recordsOf(
  lines: AsyncGenerator<Line>,
  first: IteratorResult<Line>,
  header: CollectionHeader | undefined,
  columns: Columns | undefined,
): AsyncGenerator<ReadRecord> {
  let points = 0;
  let ended = false;
  for (let next = header === undefined ? first : await lines.next(); !next.done; next = await lines.next()) {
    const line = next.value;
    if (ended) throw badRecord("line", line.number, "nothing after the last line of an export");
    const record = parse(line);
    if (header !== undefined && isEnd(record)) {
      if (record.points !== points)
        throw cutShort(`line ${line.number} tells of ${record.points} points`, points);
      ended = true;
      continue;
    }
    points++;
    yield { point: pointOf(record, line, columns), number: line.number, bytes: line.bytes };
  }
  if (header !== undefined && !ended) throw cutShort("its last line is missing", points);
}

function isEnd(record: Row): record is { franca: "end"; points: number } {
  return record.franca === "end" && !("id" in record);
}

function cutShort(how: string, points: number): FrancaError {
  return new FrancaError(
    "data_loss",
    `the export is not whole: ${how}, and there are ${points}; export it again`,
    { details: { points } },
  );
}

function parse({ text, number }: Line): Row {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    throw badRecord("line", number, `one JSON object (${(error as Error).message})`);
  }
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw badRecord("line", number, "one JSON object", record);
  }
  return record as Row;
}

function pointOf(record: Row, line: Line, columns: Columns | undefined): Point {
  const idKey = columns?.id ?? "id";
  const exact = withExactId(record, idKey, line.text);
  if (columns !== undefined) return pointOfRow(exact, columns, "line", line.number);
  if (!Object.hasOwn(record, "id")) {
    throw badRecord(
      "line",
      line.number,
      "a point: {id, vector or vectors, sparse, multi, payload}",
      Object.keys(record),
    );
  }
  try {
    return { ...exact, id: normalizeId(exact.id) } as Point;
  } catch (error) {
    throw badRecord("line", line.number, `an id (${(error as Error).message})`);
  }
}

function withExactId(record: Row, key: string, text: string): Row {
  const id = record[key];
  if (typeof id !== "number" || Number.isSafeInteger(id)) return record;
  const digits = integerAt(text, key);
  return digits === undefined ? record : { ...record, [key]: digits };
}
