/**
 * What writes a format: pages of points in the order they come, then the end.
 */
import type { StoredPoint } from "../model/point.ts";

export interface RecordWriter {
  /** Resolves with the bytes that went to the sink, which may be those of earlier pages. */
  write(page: readonly StoredPoint[]): Promise<number>;
  finish(): Promise<number>;
}
