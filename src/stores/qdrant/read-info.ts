/**
 * What Qdrant tells of a collection as its schema: the one that Franca made it with, or, where others made it, one that follows
 * from its settings and payload indexes. Those are lenient, as Qdrant's indexes are, and paths are Qdrant's own.
 */
import { FrancaError } from "../../errors.ts";
import type {
  CollectionSchema,
  Metric,
  MultiField,
  PayloadField,
  SparseField,
  VectorField,
} from "../../model/schema.ts";
import { validateSchema } from "../../model/validate-schema.ts";
import { distances, metadataName } from "./create-body.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { reservedName } from "./reserved.ts";
import { analysisOf } from "./text-index.ts";

/** As much of an answer as is read. */
export interface CollectionAnswer {
  status: string;
  optimizer_status?: unknown;
  points_count?: number | null;
  indexed_vectors_count?: number | null;
  segments_count: number;
  config: {
    params: {
      vectors?: VectorParams | { [name: string]: VectorParams } | null;
      sparse_vectors?: { [name: string]: { modifier?: string | null } } | null;
    };
    metadata?: { [name: string]: unknown } | null;
  };
  payload_schema?: { [path: string]: { data_type: string; params?: unknown } };
}

interface VectorParams {
  size: number;
  distance: string;
  hnsw_config?: { m?: number | null; ef_construct?: number | null } | null;
  multivector_config?: unknown;
}

export function layoutIn(name: string, answer: CollectionAnswer): Layout {
  const indexes = answer.payload_schema ?? {};
  const hasForeignIds = Object.hasOwn(indexes, `${reservedName}.id`);
  const kept = (answer.config.metadata?.[metadataName] as { schema?: unknown } | undefined)?.schema;
  if (kept !== undefined)
    return layoutOf(name, keptSchema(name, kept), { unnamed: undefined, hasForeignIds });
  const { vectors, sparse_vectors } = answer.config.params;
  const single = isSingle(vectors) ? unnamedField(Object.keys(sparse_vectors ?? {})) : undefined;
  const named: { [name: string]: VectorParams } =
    single === undefined
      ? ((vectors ?? {}) as { [name: string]: VectorParams })
      : { [single]: vectors as VectorParams };
  const dense: { [name: string]: VectorField } = {};
  const multi: { [name: string]: MultiField } = {};
  for (const [field, params] of Object.entries(named)) {
    if (params.multivector_config) multi[field] = { dimension: params.size, metric: metricOf(params) };
    else dense[field] = vectorField(params);
  }
  const sparse = Object.entries(sparse_vectors ?? {}).map(([field, params]): [string, SparseField] => [
    field,
    params?.modifier === "idf" ? { modifier: "idf" } : {},
  ]);
  const schema: CollectionSchema = {
    vectors: dense,
    ...(Object.keys(multi).length > 0 && { multi }),
    ...(sparse.length > 0 && { sparse: Object.fromEntries(sparse) }),
    payload: payloadFields(indexes),
    paths: "explicit",
  };
  return layoutOf(name, schema, { unnamed: single, hasForeignIds });
}

function keptSchema(name: string, kept: unknown): CollectionSchema {
  try {
    return validateSchema(kept);
  } catch (cause) {
    throw new FrancaError(
      "failed_precondition",
      `the schema that Franca keeps in the metadata of ${JSON.stringify(name)} cannot be read: ${(cause as Error).message}; was it made by a newer Franca?`,
      { cause },
    );
  }
}

function isSingle(vectors: unknown): vectors is VectorParams {
  return typeof (vectors as { size?: unknown } | null | undefined)?.size === "number";
}

/** A field has a name, other than those of the sparse ones beside it. */
function unnamedField(taken: readonly string[]): string {
  let name = "vector";
  while (taken.includes(name)) name += "_";
  return name;
}

function vectorField(params: VectorParams): VectorField {
  const { m, ef_construct } = params.hnsw_config ?? {};
  const field: VectorField = { dimension: params.size, metric: metricOf(params) };
  if (m === 0) return { ...field, index: "flat" };
  const hnsw = {
    ...(typeof m === "number" && m >= 2 && m <= 64 && { m }),
    ...(typeof ef_construct === "number" && { efConstruction: ef_construct }),
  };
  return Object.keys(hnsw).length === 0 ? field : { ...field, hnsw };
}

function metricOf({ distance }: VectorParams): Metric {
  return (Object.keys(distances) as Metric[]).find((metric) => distances[metric] === distance)!;
}

const types = new Set(["keyword", "integer", "float", "bool", "datetime", "uuid", "geo", "text"]);

function payloadFields(indexes: { [path: string]: { data_type: string; params?: unknown } }): {
  [path: string]: PayloadField;
} {
  const fields: { [path: string]: PayloadField } = {};
  for (const [path, { data_type, params }] of Object.entries(indexes)) {
    if (path.startsWith(`${reservedName}.`) || !types.has(data_type)) continue;
    if (data_type !== "text")
      fields[path] = { type: data_type as Exclude<PayloadField["type"], "text">, lenient: true };
    else {
      const analysis = analysisOf(params);
      fields[path] = { type: "text", lenient: true, ...(analysis && { analysis }) };
    }
  }
  return fields;
}
