/** A stored point as Qdrant's records. */
import type { PointId } from "../../../model/id.ts";
import type { Payload } from "../../../model/payload.ts";
import type { StoredPoint } from "../../../model/point.ts";
import type { Opened } from "../collections/opened.ts";
import { unnamedIn } from "../collections/settings.ts";
import { normalized } from "./normalized.ts";
import type { Selected } from "./select.ts";
import type { AnyVector } from "./vector-shapes.ts";

export type VectorOut = Float32Array | Float32Array[] | { indices: number[]; values: Float32Array };

export interface Record {
  id: PointId;
  payload?: Payload;
  vector?: VectorOut | { [name: string]: VectorOut };
  order_value?: number;
}

export function recordOf(point: StoredPoint, { withVector, payloadFilter }: Selected, from: Opened): Record {
  const record: Record = { id: point.id };
  if (point.payload !== undefined)
    record.payload = payloadFilter === undefined ? point.payload : payloadFilter(point.payload);
  if (withVector) record.vector = vectorOf(point, from);
  return record;
}

/** By name; alone where it has none. */
function vectorOf(point: StoredPoint, from: Opened): NonNullable<Record["vector"]> {
  const unnamed = unnamedIn(from.collection.schema, from.settings);
  const named: { [name: string]: VectorOut } = {};
  const fields = [point.vectors, point.multi, point.sparse].flatMap((kind) => Object.keys(kind ?? {}));
  for (const field of fields) {
    const vector = fieldVector(point, field, from);
    if (vector === undefined) continue;
    named[field === unnamed ? "" : field] =
      "dense" in vector
        ? (vector.dense as Float32Array)
        : "multi" in vector
          ? (vector.multi as Float32Array[])
          : { indices: Array.from(vector.sparse.indices), values: vector.sparse.values as Float32Array };
  }
  const isAlone = Object.keys(named).length === 1;
  return isAlone && named[""] !== undefined ? named[""] : named;
}

/** One of a point's vectors as Qdrant has it: what is compared by its direction is of length 1. */
export function fieldVector(
  point: StoredPoint,
  field: string,
  { collection, settings }: Opened,
): AnyVector | undefined {
  const schema = collection.schema;
  const { metric = "cosine" } = schema.vectors[field] ?? schema.multi?.[field] ?? {};
  const isDirection = metric === "cosine" && settings.vectors?.[field]?.datatype !== "uint8";
  const dense = point.vectors?.[field];
  if (dense !== undefined) return { dense: isDirection ? normalized(dense) : dense };
  const multi = point.multi?.[field];
  if (multi !== undefined) return { multi: isDirection ? multi.map(normalized) : multi };
  const sparse = point.sparse?.[field];
  return sparse === undefined ? undefined : { sparse: { ...sparse, indices: Array.from(sparse.indices) } };
}
