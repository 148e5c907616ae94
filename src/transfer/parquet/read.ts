/**
 * Reads Parquet: what `parquetWriter` wrote, or, by columns, files of other programs.
 */
import type { SchemaTree } from "hyparquet";
import { normalizeId, type PointId } from "../../model/id.ts";
import type { Point, VectorInput } from "../../model/point.ts";
import { type Columns, expectColumns, pointOfRow, type Row } from "../columns.ts";
import { type CollectionHeader, readHeader } from "../header.ts";
import { badRecord, type ReadRecord, type RecordReader } from "../record.ts";
import type { RandomAccess } from "../stream.ts";
import { headerKey, idColumn, kindColumn, payloadColumn, vectorColumn } from "./layout.ts";
import { type Decompressors, openParquet, type ParquetFile } from "./rows.ts";

/** @throws FrancaError invalid_argument, failed_precondition, unimplemented */
export async function parquetReader(
  source: RandomAccess,
  columns: Columns | undefined,
  decompressors: Decompressors | undefined,
): Promise<RecordReader> {
  const file = await openParquet(source, decompressors);
  const header = headerOf(file);
  const total = Number(file.metadata.num_rows);
  const layout = header === undefined ? foreignLayout(file, columns) : ownLayout(header);
  let done = 0;
  return {
    unit: "row",
    header,
    async *records() {
      for await (const rows of file.rows(layout.names)) {
        for (const row of rows) {
          const point = layout.point(row, ++done);
          yield { point, number: done, bytes: sizeOf(point) } satisfies ReadRecord;
        }
      }
    },
    fraction: () => (total === 0 ? 1 : done / total),
  };
}

interface Layout {
  /** The columns to be read. */
  names: readonly string[];
  point(row: Row, number: number): Point;
}

function headerOf({ metadata }: ParquetFile): CollectionHeader | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === headerKey)?.value;
  if (text === undefined) return undefined;
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return undefined;
  }
  return readHeader(record, `the metadata ${JSON.stringify(headerKey)}`);
}

function ownLayout({ schema }: CollectionHeader): Layout {
  const fields = Object.keys(schema.vectors);
  return {
    names: [idColumn, kindColumn, payloadColumn, ...fields.map(vectorColumn)],
    point(row, number) {
      const text = row[idColumn];
      if (typeof text !== "string") throw badRecord("row", number, "an id that is text", text);
      const isInteger = row[kindColumn] === "integer";
      const vectors: { [field: string]: VectorInput } = {};
      for (const field of fields) {
        const vector = row[vectorColumn(field)];
        if (vector !== undefined && vector !== null) vectors[field] = vector as VectorInput;
      }
      return { id: idOf(text, isInteger, number), vectors, payload: payloadOf(row, number) };
    },
  };
}

function idOf(text: string, isInteger: boolean, number: number): PointId {
  if (isInteger && !/^-?\d+$/.test(text)) throw badRecord("row", number, "an id of digits", text);
  try {
    return normalizeId(isInteger ? BigInt(text) : text);
  } catch (error) {
    throw badRecord("row", number, `an id (${(error as Error).message})`);
  }
}

function payloadOf(row: Row, number: number): NonNullable<Point["payload"]> {
  try {
    return JSON.parse(row[payloadColumn] as string);
  } catch (error) {
    throw badRecord("row", number, `a payload that is JSON (${(error as Error).message})`);
  }
}

function foreignLayout({ columns: present }: ParquetFile, given: Columns = {}): Layout {
  const names = present.map(({ element }) => element.name);
  const vectors =
    given.vectors ??
    Object.fromEntries(present.filter(isFloatList).map(({ element }) => [element.name, element.name]));
  const columns = { ...given, vectors };
  expectColumns(columns, names);
  const read =
    columns.payload === undefined
      ? names
      : [columns.id ?? "id", ...Object.values(vectors), ...columns.payload];
  return { names: read, point: (row, number) => pointOfRow(row, columns, "row", number) };
}

function isFloatList({ element, children }: SchemaTree): boolean {
  if (element.converted_type !== "LIST" && element.logical_type?.type !== "LIST") return false;
  let leaf = children[0];
  while (leaf?.children.length === 1) leaf = leaf.children[0];
  return leaf?.children.length === 0 && (leaf.element.type === "FLOAT" || leaf.element.type === "DOUBLE");
}

function sizeOf({ vectors = {}, payload }: Point): number {
  const numbers = Object.values(vectors).reduce((sum, vector) => sum + (vector?.length ?? 0), 0);
  return numbers * 8 + JSON.stringify(payload).length;
}
