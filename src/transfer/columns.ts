/**
 * Files that other programs wrote: which of their columns is the id, which are vectors; all others are the payload.
 */
import { badInput } from "../model/bad-input.ts";
import { normalizeId } from "../model/id.ts";
import type { JsonValue, Payload } from "../model/payload.ts";
import type { Point, VectorInput } from "../model/point.ts";
import { badRecord, type RecordReader } from "./record.ts";

export interface Columns {
  /** The column of the ids. Default "id". */
  id?: string;
  /** Column of each vector field. Default in Parquet: every column of lists of floats, under its own name. */
  vectors?: { readonly [field: string]: string };
  /** Columns that become the payload. Default: all others. */
  payload?: readonly string[];
}

export type Row = { readonly [column: string]: unknown };

/** @throws FrancaError invalid_argument, naming line or row */
export function pointOfRow(row: Row, columns: Columns, unit: RecordReader["unit"], number: number): Point {
  const { id: idColumn = "id", vectors: vectorColumns = {} } = columns;
  if (!Object.hasOwn(row, idColumn)) {
    throw badRecord(unit, number, `a column ${JSON.stringify(idColumn)} with the id`, Object.keys(row));
  }
  const taken = new Set([idColumn, ...Object.values(vectorColumns)]);
  const names = columns.payload ?? Object.keys(row).filter((name) => !taken.has(name));
  const payload: Payload = {};
  for (const name of names) {
    if (!Object.hasOwn(row, name)) continue;
    const value = jsonOf(row[name]);
    // Assignment would set the prototype; as data it is a key like others.
    Object.defineProperty(payload, name, { value, enumerable: true, writable: true, configurable: true });
  }
  const vectors: { [field: string]: VectorInput } = {};
  for (const [field, column] of Object.entries(vectorColumns)) {
    const value = row[column];
    if (value === undefined || value === null) continue;
    if (!Array.isArray(value) && !(value instanceof Float32Array)) {
      throw badRecord(unit, number, `a list of numbers in column ${JSON.stringify(column)}`, value);
    }
    vectors[field] = value as VectorInput;
  }
  try {
    return { id: normalizeId(row[idColumn]), vectors, payload };
  } catch (error) {
    throw badRecord(
      unit,
      number,
      `an id in column ${JSON.stringify(idColumn)} (${(error as Error).message})`,
    );
  }
}

/** Names that do not occur would be ignored in silence. @throws FrancaError invalid_argument */
export function expectColumns(columns: Columns, present: readonly string[]): void {
  const { id = "id", vectors = {}, payload = [] } = columns;
  for (const name of [id, ...Object.values(vectors), ...payload]) {
    if (!present.includes(name)) {
      throw badInput("columns", `columns of the file (${present.join(", ")})`, name);
    }
  }
}

/**
 * What JSON cannot hold becomes what is nearest to it: dates ISO 8601, integers beyond 2^53 their digits, bytes
 * base64, NaN and infinities null.
 */
function jsonOf(value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return base64(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, jsonOf);
  if (Array.isArray(value)) return value.map(jsonOf);
  return Object.fromEntries(Object.entries(value as object).map(([key, part]) => [key, jsonOf(part)]));
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
