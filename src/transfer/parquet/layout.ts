/**
 * How a collection lies in a Parquet file: `id` as text with its kind beside it, since no Parquet integer holds both
 * −2^63 and 2^64 − 1; `payload` as text, which is JSON; and a column of float32 lists per vector field, null where a point lacks it.
 * Pandas, DuckDB and pyarrow read all of it as it is.
 */
import type { SchemaElement } from "hyparquet";

export const headerKey = "franca";
export const idColumn = "id";
export const kindColumn = "id_kind";
export const payloadColumn = "payload";

export function vectorColumn(field: string): string {
  return `vector_${field}`;
}

export function parquetSchemaOf(fields: readonly string[]): SchemaElement[] {
  const text = { type: "BYTE_ARRAY", repetition_type: "REQUIRED" } as const;
  return [
    { name: "schema", num_children: 3 + fields.length },
    { ...text, name: idColumn, converted_type: "UTF8" },
    { ...text, name: kindColumn, converted_type: "UTF8" },
    { ...text, name: payloadColumn, converted_type: "UTF8" },
    ...fields.flatMap((field): SchemaElement[] => [
      { name: vectorColumn(field), repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
    ]),
  ];
}
