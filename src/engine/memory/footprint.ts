/**
 * What one slot takes in memory: the sizes that the kernel (native/kernel: rows.h, codes.h, graph.h) and the slot table
 * give it. Budgets ask before they admit a write; plans ask before there is anything.
 */
import type { PointId } from "../../model/id.ts";
import type { Metric } from "../kernel.ts";

export interface VectorShape {
  dimension: number;
  metric: Metric;
  index?: "hnsw" | "flat";
  hnsw?: { m?: number };
}

/** float32 row, and its norm for the cosine; two bits say that it is there and whether it is dead. */
export function rowBytes({ dimension }: VectorShape): number {
  return dimension * 4;
}

/** What stays of a row in memory when the row itself is mapped: its address, its norm, its bits. */
export function besideRowBytes({ metric }: VectorShape, isMapped: boolean): number {
  return (metric === "cosine" ? 4 : 0) + 0.25 + (isMapped ? 8 : 0);
}

/** An int8 code, whole cache lines with its norm. */
export function codeBytes({ dimension, metric }: VectorShape): number {
  return Math.ceil((dimension + (metric === "manhattan" ? 0 : 4)) / 64) * 64;
}

/** 2M links on level 0, M on each level above, which one slot in M reaches; where the upper ones begin; a bit. */
export function linkBytes({ hnsw }: VectorShape): number {
  const m = hnsw?.m ?? 16;
  return 2 * m * 4 + (4 * m) / (m - 1) + 4 + 0.125;
}

export function graphBytes(field: VectorShape): number {
  return field.index === "flat" ? 0 : codeBytes(field) + linkBytes(field);
}

/** Columns of the slot table, without the room they grow into. */
export function slotBytes(fields: number): number {
  return 6 * 4 + fields * 8.125 + 0.25;
}

/** An id in the table's array and in the map from ids to slots. Strings and large numbers are objects of their own. */
export function idBytes(textLength: number | undefined): number {
  const text = textLength === undefined ? 0 : 16 + Math.ceil(textLength / 8) * 8;
  return idPlaceBytes + text;
}
const idPlaceBytes = 20;

export function bytesOfId(id: PointId): number {
  if (typeof id === "string") return idBytes(id.length);
  if (typeof id === "bigint") return idBytes(undefined) + 24;
  // V8 keeps integers of up to 31 bits in place, and boxes others.
  return idBytes(undefined) + (Math.abs(id) < 2 ** 30 ? 0 : 16);
}
