/** A stored point as Qdrant's records. */
import type { PointId } from "../../../model/id.ts";
import type { Payload } from "../../../model/payload.ts";
import type { StoredPoint } from "../../../model/point.ts";
import type { Opened } from "../collections/opened.ts";
import { type HeldVector, heldIn } from "../collections/vector-field.ts";
import { normalized } from "./normalized.ts";
import type { Selected } from "./select.ts";

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
  const named: { [name: string]: VectorOut } = {};
  const fields = [point.vectors, point.multi, point.sparse].flatMap((kind) => Object.keys(kind ?? {}));
  for (const held of fields.map((field) => heldIn(field, from))) {
    const vector = held && storedVector(point, held);
    if (vector === undefined) continue;
    named[held!.name] = "dense" in vector ? vector.dense : "multi" in vector ? vector.multi : vector.sparse;
  }
  const isAlone = Object.keys(named).length === 1;
  return isAlone && named[""] !== undefined ? named[""] : named;
}

export type StoredVector =
  | { readonly dense: Float32Array }
  | { readonly multi: Float32Array[] }
  | { readonly sparse: { indices: number[]; values: Float32Array } };

/** One of a point's vectors as Qdrant has it: what is compared by its direction is of length 1. */
export function storedVector(point: StoredPoint, held: HeldVector): StoredVector | undefined {
  const { field, kind, isSingle, metric, datatype } = held;
  const shown = metric === "cosine" && datatype !== "uint8" ? normalized : (row: Float32Array) => row;
  if (kind === "dense") {
    const dense = point.vectors?.[field];
    return dense && { dense: shown(dense) };
  }
  if (kind === "multi") {
    const rows = point.multi?.[field]?.map(shown);
    return rows && (isSingle ? { dense: rows[0]! } : { multi: rows });
  }
  const sparse = point.sparse?.[field];
  return sparse && { sparse: { indices: Array.from(sparse.indices), values: sparse.values } };
}
