/**
 * Rows of a Parquet file in their order, some at a time.
 */
import {
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { assembleNested } from "hyparquet/src/assemble.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getTreePath } from "hyparquet/src/schema.js";
import type { DecodedArray, RowGroup } from "hyparquet/src/types.js";
import { FrancaError } from "../../errors.ts";
import type { Row } from "../columns.ts";
import type { RandomAccess } from "../stream.ts";
import { ColumnCursor } from "./column-cursor.ts";

const rowsAtOnce = 256;

/** Unpacks codecs that are not built in (built in is Snappy), by their name in Parquet: "GZIP", "ZSTD", … */
export type Decompressors = {
  readonly [codec in "GZIP" | "BROTLI" | "ZSTD" | "LZ4" | "LZ4_RAW"]?: (
    bytes: Uint8Array,
    unpackedBytes: number,
  ) => Uint8Array;
};

export interface ParquetFile {
  metadata: FileMetaData;
  /** Top-level columns. */
  columns: readonly SchemaTree[];
  /** @param names only these columns are read */
  rows(names: readonly string[]): AsyncGenerator<Row[]>;
}

/** @throws FrancaError invalid_argument when it is no Parquet; unimplemented for its codec */
export async function openParquet(
  source: RandomAccess,
  decompressors: Decompressors | undefined,
): Promise<ParquetFile> {
  const file = {
    byteLength: source.sizeBytes,
    slice: async (start: number, end = source.sizeBytes): Promise<ArrayBuffer> =>
      new Uint8Array(await source.read(start, end - start)).buffer,
  };
  const metadata = await readable(() => parquetMetadataAsync(file, { geoparquet: false }));
  const tree = parquetSchema(metadata);
  return {
    metadata,
    columns: tree.children,
    async *rows(names) {
      for (const group of metadata.row_groups) {
        expectCodecs(group, names, decompressors);
        const compressors = decompressors as Compressors | undefined;
        const columns = tree.children
          .filter(({ element }) => names.includes(element.name))
          .map((column) => topLevel(column, tree, group, source, compressors));
        const total = Number(group.num_rows);
        for (let first = 0; first < total; first += rowsAtOnce) {
          const count = Math.min(rowsAtOnce, total - first);
          yield await readable(() => nextRows(columns, count));
        }
      }
    },
  };
}

interface TopLevelColumn {
  name: string;
  take(count: number): Promise<ArrayLike<unknown>>;
}

async function nextRows(columns: readonly TopLevelColumn[], count: number): Promise<Row[]> {
  const rows: { [column: string]: unknown }[] = Array.from({ length: count }, () => ({}));
  for (const { name, take } of columns) {
    const values = await take(count);
    if (values.length !== count) throw new RangeError(`column ${name} ends before the others`);
    for (let i = 0; i < count; i++) rows[i]![name] = values[i];
  }
  return rows;
}

/** A column of the table: one physical column, or, for lists and structs, those of which it is put together. */
function topLevel(
  column: SchemaTree,
  tree: SchemaTree,
  group: RowGroup,
  source: RandomAccess,
  compressors: Compressors | undefined,
): TopLevelColumn {
  const { name } = column.element;
  const leaves = group.columns
    .map(({ meta_data }) => meta_data!)
    .filter(({ path_in_schema }) => path_in_schema[0] === name)
    .map((leaf) => ({
      path: leaf.path_in_schema.join("."),
      cursor: new ColumnCursor(source, leaf, getTreePath(tree, leaf.path_in_schema), compressors),
    }));
  return {
    name,
    async take(count) {
      if (column.children.length === 0) return leaves[0]!.cursor.take(count);
      const parts = new Map<string, DecodedArray>();
      for (const { path, cursor } of leaves) parts.set(path, (await cursor.take(count)) as DecodedArray);
      assembleNested(parts, column, DEFAULT_PARSERS);
      return parts.get(name) ?? [];
    },
  };
}

function expectCodecs(
  group: RowGroup,
  names: readonly string[],
  decompressors: Decompressors | undefined,
): void {
  for (const { meta_data } of group.columns) {
    if (meta_data === undefined || !names.includes(meta_data.path_in_schema[0]!)) continue;
    const { codec } = meta_data;
    if (codec === "UNCOMPRESSED" || codec === "SNAPPY" || decompressors?.[codec as "GZIP"]) continue;
    throw new FrancaError(
      "unimplemented",
      `the Parquet file is compressed with ${codec}, which cannot be read here; write it again with Snappy`,
      { details: { codec } },
    );
  }
}

/** The library throws plain errors for bytes that make no sense. */
async function readable<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof FrancaError || (error as { code?: unknown }).code !== undefined) throw error;
    throw new FrancaError(
      "invalid_argument",
      `the file is no Parquet that can be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
