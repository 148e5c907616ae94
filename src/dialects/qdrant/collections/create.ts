/** Making a collection, from Qdrant's settings to a schema. */
import { isFrancaError } from "../../../errors.ts";
import type {
  CollectionSchema,
  Metric,
  MultiField,
  SparseField,
  VectorField,
} from "../../../model/schema.ts";
import type { Store } from "../../../store.ts";
import { alreadyExists, validationError, wrongInput } from "../errors.ts";
import type { Handler } from "../handler.ts";
import {
  boolean,
  choice,
  either,
  type JsonObject,
  map,
  object,
  optional,
  type Read,
  unsigned,
} from "../requests/shape.ts";
import {
  hnswDiff,
  metadata,
  optimizersDiff,
  quantization,
  type SparseVectorParams,
  sparseVectorParams,
  strictMode,
  type VectorParams,
  vectorParams,
  walDiff,
} from "./config-shapes.ts";
import { type QdrantSettings, unnamedField, withSettings } from "./settings.ts";

const positive = optional(unsigned(1));

const createRequest = object({
  vectors: optional(either("VectorsConfig", vectorParams, map(vectorParams))),
  sparse_vectors: optional(map(sparseVectorParams)),
  shard_number: positive,
  sharding_method: optional(choice("auto", "custom")),
  replication_factor: positive,
  write_consistency_factor: positive,
  on_disk_payload: optional(boolean),
  hnsw_config: optional(hnswDiff),
  wal_config: optional(walDiff),
  optimizers_config: optional(optimizersDiff),
  quantization_config: optional(quantization),
  strict_mode_config: optional(strictMode),
  metadata: optional(metadata),
});

export const createCollection: Handler<boolean> = async (store, { collection: name = "" }, given) => {
  validateName(name);
  const request = createRequest(given ?? {}, "");
  if (Object.hasOwn(await aliasesOf(store), name))
    throw wrongInput(`Can't create collection with name ${name}. Alias with the same name already exists`);
  try {
    await store.create(name, schemaOf(request));
  } catch (error) {
    if (!isFrancaError(error, "already_exists")) throw error;
    throw alreadyExists(`Collection \`${name}\` already exists!`);
  }
  return true;
};

export async function aliasesOf(store: Store): Promise<{ [alias: string]: string }> {
  return store.aliases();
}

export const metrics: { readonly [distance in VectorParams["distance"]]: Metric } = {
  Cosine: "cosine",
  Euclid: "euclidean",
  Dot: "dot",
  Manhattan: "manhattan",
};

function schemaOf(request: Read<typeof createRequest>): CollectionSchema {
  const { vectors = {}, sparse_vectors = {}, ...config } = request;
  const unnamed = isSingle(vectors);
  const named: { [name: string]: VectorParams } = unnamed ? { [unnamedField]: vectors } : vectors;
  const fields: { [name: string]: VectorField } = {};
  const multi: { [name: string]: MultiField } = {};
  const sparse: { [name: string]: SparseField } = {};
  const settings: QdrantSettings = { unnamed, ...settingsIn(config) };
  for (const [name, { size, distance, ...others }] of Object.entries(named)) {
    validateVectorName(name);
    const metric = metrics[distance];
    if (others.multivector_config !== undefined) multi[name] = { dimension: size, metric };
    else fields[name] = vectorField(size, metric, { ...config.hnsw_config, ...others.hnsw_config });
    if (Object.keys(others).length > 0)
      settings.vectors = { ...settings.vectors, [name]: others as JsonObject };
  }
  for (const [name, params] of Object.entries(sparse_vectors)) {
    validateVectorName(name);
    if (Object.hasOwn(named, name)) throw wrongInput(`Vector with name ${name} is both dense and sparse`);
    sparse[name] = sparseField(params);
    settings.sparse_vectors = { ...settings.sparse_vectors, [name]: params as JsonObject };
  }
  return {
    vectors: fields,
    ...(Object.keys(multi).length > 0 && { multi }),
    ...(Object.keys(sparse).length > 0 && { sparse }),
    paths: "explicit",
    settings: withSettings(undefined, settings),
  };
}

function isSingle(vectors: VectorParams | { [name: string]: VectorParams }): vectors is VectorParams {
  return typeof vectors.size === "number";
}

export function vectorField(size: number, metric: Metric, hnsw: JsonObject): VectorField {
  const { m, ef_construct } = hnsw as { m?: number; ef_construct?: number };
  // Without links there is no graph: Qdrant then scans too.
  if (m === 0) return { dimension: size, metric, index: "flat" };
  return {
    dimension: size,
    metric,
    hnsw: {
      ...(m !== undefined && { m: Math.min(64, Math.max(2, m)) }),
      ...(ef_construct !== undefined && { efConstruction: Math.min(65_536, ef_construct) }),
    },
  };
}

export function sparseField({ modifier }: SparseVectorParams): SparseField {
  return modifier === undefined ? {} : { modifier };
}

function settingsIn(config: Omit<Read<typeof createRequest>, "vectors" | "sparse_vectors">) {
  const { shard_number, sharding_method, replication_factor, write_consistency_factor, on_disk_payload } =
    config;
  const params = Object.fromEntries(
    Object.entries({
      shard_number,
      sharding_method,
      replication_factor,
      write_consistency_factor,
      on_disk_payload,
    }).filter(([, value]) => value !== undefined),
  ) as JsonObject;
  const { hnsw_config, wal_config, optimizers_config, quantization_config, strict_mode_config, metadata } =
    config;
  return {
    params,
    ...(hnsw_config && { hnsw_config }),
    ...(wal_config && { wal_config }),
    ...(optimizers_config && { optimizers_config }),
    ...(quantization_config && { quantization_config }),
    ...(strict_mode_config && { strict_mode_config }),
    ...(metadata && { metadata }),
  };
}

const forbidden = ["<", ">", ":", '"', "/", "\\", "|", "?", "*", "\0", "\u{1F}"];

/** @throws FrancaError invalid_argument, 422 */
export function validateName(name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes < 1 || bytes > 255)
    throw validationError(
      "name",
      `value ${JSON.stringify(name.slice(0, 300))} invalid, must be from 1 to 255 characters`,
      "path parameters",
    );
  const found = forbidden.find((character) => name.includes(character));
  if (found !== undefined)
    throw validationError("name", `collection name cannot contain "${found}" char`, "path parameters");
}

export function validateVectorName(name: string): void {
  if (name.length < 1 || name.length > 255)
    throw wrongInput(`Vector name ${JSON.stringify(name.slice(0, 300))}: expected 1 to 255 characters`);
}
