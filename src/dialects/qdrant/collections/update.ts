/** Changing a collection's settings: what is given replaces or joins what was given before. */
import type { JsonValue } from "../../../model/payload.ts";
import type { Handler } from "../handler.ts";
import { merged } from "../points/payload-paths.ts";
import { type JsonObject, map, object, optional } from "../requests/shape.ts";
import { changeSettings } from "./change.ts";
import {
  hnswDiff,
  metadata,
  optimizersDiff,
  paramsDiff,
  quantizationDiff,
  sparseVectorParams,
  strictMode,
  vectorParamsDiff,
} from "./config-shapes.ts";
import type { QdrantSettings } from "./settings.ts";
import { heldVector, noSuchVector } from "./vector-field.ts";

const updateRequest = object({
  vectors: optional(map(vectorParamsDiff)),
  optimizers_config: optional(optimizersDiff),
  params: optional(paramsDiff),
  hnsw_config: optional(hnswDiff),
  quantization_config: optional(quantizationDiff),
  sparse_vectors: optional(map(sparseVectorParams)),
  strict_mode_config: optional(strictMode),
  metadata: optional(metadata),
});

export const updateCollection: Handler<boolean> = async (store, params, given) => {
  const request = updateRequest(given ?? {}, "");
  await changeSettings(store, params, (schema, before) => {
    const settings: QdrantSettings = { ...before };
    for (const name of ["optimizers_config", "params", "hnsw_config", "strict_mode_config"] as const)
      if (request[name] !== undefined) settings[name] = { ...before[name], ...request[name] };
    if (request.metadata !== undefined) {
      const isCleared = Object.keys(request.metadata).length === 0;
      settings.metadata = isCleared ? {} : merged(before.metadata ?? {}, request.metadata);
      if (isCleared) delete settings.metadata;
    }
    if (request.quantization_config === "Disabled") delete settings.quantization_config;
    else if (request.quantization_config !== undefined)
      settings.quantization_config = request.quantization_config;
    for (const [name, diff] of Object.entries(request.vectors ?? {})) {
      const { field } = heldVector(name, { collection: { schema }, settings: before });
      settings.vectors = { ...settings.vectors, [field]: vectorChanged(before.vectors?.[field], diff) };
    }
    for (const [name, diff] of Object.entries(request.sparse_vectors ?? {})) {
      if (!Object.hasOwn(schema.sparse ?? {}, name)) throw noSuchVector(name);
      settings.sparse_vectors = {
        ...settings.sparse_vectors,
        [name]: { ...before.sparse_vectors?.[name], ...(diff as JsonObject) },
      };
    }
    return { settings };
  });
  return true;
};

/** An empty hnsw_config is none of its own. */
function vectorChanged(before: JsonObject = {}, diff: JsonObject): JsonObject {
  const { hnsw_config: hnswBefore, quantization_config: quantizationBefore, ...others } = before;
  const { hnsw_config, quantization_config, ...changed } = diff;
  const hnsw =
    hnsw_config === undefined
      ? hnswBefore
      : isEmpty(hnsw_config)
        ? undefined
        : { ...(hnswBefore as JsonObject), ...(hnsw_config as JsonObject) };
  const quantization = quantization_config === undefined ? quantizationBefore : quantization_config;
  return {
    ...others,
    ...changed,
    ...(hnsw !== undefined && { hnsw_config: hnsw }),
    ...(quantization !== undefined && quantization !== "Disabled" && { quantization_config: quantization }),
  };
}

function isEmpty(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
