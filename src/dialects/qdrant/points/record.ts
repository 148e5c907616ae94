/** A stored point as Qdrant's records. */
import type { PointId } from "../../../model/id.ts";
import type { Payload } from "../../../model/payload.ts";
import type { StoredPoint } from "../../../model/point.ts";
import type { Opened } from "../collections/opened.ts";
import { unnamedIn } from "../collections/settings.ts";
import { type GrownStored, grown } from "../grown.ts";
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
function vectorOf(point: GrownStored, { collection, settings }: Opened): NonNullable<Record["vector"]> {
  const schema = grown(collection.schema);
  const unnamed = unnamedIn(schema, settings);
  const named: { [name: string]: VectorOut } = {};
  const put = (field: string, vector: VectorOut): void => {
    named[field === unnamed ? "" : field] = vector;
  };
  const isCosine = (field: string): boolean => {
    const { metric = "cosine" } = schema.vectors[field] ?? schema.multi?.[field] ?? {};
    return metric === "cosine" && settings.vectors?.[field]?.datatype !== "uint8";
  };
  for (const [field, vector] of entries(point.vectors))
    put(field, isCosine(field) ? normalized(vector) : vector);
  for (const [field, rows] of entries(point.multi)) put(field, isCosine(field) ? rows.map(normalized) : rows);
  for (const [field, { indices, values }] of entries(point.sparse))
    put(field, { indices: Array.from(indices), values });
  const isAlone = Object.keys(named).length === 1;
  return isAlone && named[""] !== undefined ? named[""] : named;
}

function entries<T>(fields: { readonly [field: string]: T | undefined } | undefined): [string, T][] {
  return Object.entries(fields ?? {}) as [string, T][];
}
