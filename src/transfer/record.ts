/**
 * A point as a file holds it, and where in the file that was.
 */
import type { FrancaError } from "../errors.ts";
import { badInput } from "../model/bad-input.ts";
import type { Point } from "../model/point.ts";
import type { CollectionHeader } from "./header.ts";

export interface ReadRecord {
  point: Point;
  /** Line of JSON Lines or row of Parquet, from 1. */
  number: number;
  /** About what it takes in memory. */
  bytes: number;
}

/** A file that has been looked into: what it says of the collection, then its points in their order. */
export interface RecordReader {
  /** "line" or "row": how messages name a place. */
  readonly unit: "line" | "row";
  /** Undefined for files that another program wrote. */
  readonly header: CollectionHeader | undefined;
  records(): AsyncIterable<ReadRecord>;
  /** How much of the file has been read, 0 … 1, where its size is known. */
  fraction(): number | undefined;
}

/** "line 12: expected …; got …", with the number in the details. */
export function badRecord(
  unit: RecordReader["unit"],
  number: number,
  expected: string,
  received?: unknown,
): FrancaError {
  const error = badInput(`${unit} ${number}`, expected, received);
  error.details[unit] = number;
  return error;
}
