/**
 * What a collection was given in Qdrant's terms, kept as it came in `schema.settings.qdrant`, so that it can be reported back.
 * Collections made otherwise have none; then all is by default, and a dense field that is alone is the unnamed vector.
 */

import type { JsonValue } from "../../../model/payload.ts";
import type { CollectionSchema } from "../../../model/schema.ts";
import type { JsonObject } from "../requests/shape.ts";

/** The field that holds vectors without a name. */
export const unnamedField = "vector";

/** As they came; only what was given. */
export interface QdrantSettings {
  /** The collection's vector has no name: it lies in the field `unnamedField`, or in the only one there is. */
  unnamed: boolean;
  /** Fields that hold lists of one vector, for vectors that joined later. */
  single?: string[];
  /** Fields that are there no more for the client; their vectors are deleted. */
  dropped?: string[];
  /** By field, beside size and distance. */
  vectors?: { [field: string]: JsonObject };
  sparse_vectors?: { [field: string]: JsonObject };
  /** shard_number, replication_factor, … */
  params?: JsonObject;
  hnsw_config?: JsonObject;
  optimizers_config?: JsonObject;
  wal_config?: JsonObject;
  quantization_config?: JsonObject;
  strict_mode_config?: JsonObject;
  metadata?: JsonObject;
  /** Payload indexes, by their key: a type, or one with its parameters. */
  indexes?: { [key: string]: string | JsonObject };
}

export function settingsOf(schema: CollectionSchema): QdrantSettings {
  const kept = schema.settings?.qdrant as unknown as QdrantSettings | undefined;
  return kept ?? { unnamed: Object.keys(schema.vectors).length === 1 };
}

/** Beside what others keep there. */
export function withSettings(
  others: { readonly [key: string]: JsonValue } | undefined,
  settings: QdrantSettings,
): { [key: string]: JsonValue } {
  return { ...others, qdrant: settings as unknown as JsonObject };
}

/** The field whose vector has no name. */
export function unnamedIn(schema: CollectionSchema, { unnamed }: QdrantSettings): string | undefined {
  if (!unnamed) return undefined;
  const fields = [...Object.keys(schema.vectors), ...Object.keys(schema.multi ?? {})];
  return fields.includes(unnamedField) ? unnamedField : fields[0];
}

/** Payload indexes by their key: as they were made over this wire, and fields that were declared otherwise. */
export function indexesIn(
  schema: CollectionSchema,
  settings: QdrantSettings,
): { [key: string]: string | JsonObject } {
  const declared = Object.entries(schema.payload ?? {}).map(([path, { type }]) => [path, type]);
  return { ...Object.fromEntries(declared), ...settings.indexes };
}

/** The type of a key's index, if it has one. */
export function indexTypeOf(
  key: string,
  schema: CollectionSchema,
  settings: QdrantSettings,
): string | undefined {
  const own =
    settings.indexes !== undefined && Object.hasOwn(settings.indexes, key)
      ? settings.indexes[key]
      : undefined;
  const declared =
    schema.payload !== undefined && Object.hasOwn(schema.payload, key) ? schema.payload[key] : undefined;
  return own === undefined ? declared?.type : typeof own === "string" ? own : (own.type as string);
}
