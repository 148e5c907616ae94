/**
 * Where a model lies, and what sentence-transformers keeps beside it that transformers.js does not look at:
 * length limit, pooling, and a revision that tells one file of weights from another.
 */

import { FrancaError } from "../../errors.ts";
import { crc32Hex } from "../crc32.ts";
import { areOnDisk, readFile, readFileIfThere } from "../read-file.ts";
import type { FolderSource, HubSource, Precision } from "./options.ts";
import type { Pooling } from "./pool.ts";

export interface Source {
  /** What transformers.js is given. */
  location: string;
  id: string;
  /** Longest input in tokens, where one is stated. */
  limit?: number;
  pooling?: Pooling;
  revision: string;
}

/** max_seq_length of hub models: transformers.js neither downloads nor caches sentence_bert_config.json. */
const hubLimits: Readonly<Record<string, number>> = {
  "sentence-transformers/all-MiniLM-L6-v2": 256,
  "Xenova/all-MiniLM-L6-v2": 256,
  "onnx-community/all-MiniLM-L6-v2-ONNX": 256,
};

/** transformers.js's names of ONNX files. */
const fileSuffixes: Readonly<Record<Precision, string>> = {
  fp32: "",
  fp16: "_fp16",
  q8: "_quantized",
  int8: "_int8",
  uint8: "_uint8",
  q4: "_q4",
  q4f16: "_q4f16",
  bnb4: "_bnb4",
};

/** @throws FrancaError not_found when a folder lacks the ONNX file, data_loss when a file beside it is not JSON. */
export async function findSource(model: FolderSource | HubSource, precision: Precision): Promise<Source> {
  if (!("folder" in model)) {
    const revision = `${model.revision ?? "main"}/${precision}`;
    return { location: model.id, id: model.id, limit: hubLimits[model.id], revision };
  }
  const location = asPath(model.folder);
  const weights = await readFile(`${location}/${weightsFile(precision)}`);
  return {
    location,
    id: model.id ?? location.slice(location.lastIndexOf("/") + 1),
    limit: await readLimit(location),
    pooling: await readPooling(location),
    revision: crc32Hex(weights),
  };
}

/**
 * The folder of a hub model in the cache, once all its files are there; undefined before.
 *
 * transformers.js keeps a download as `<cache>/<id>/<file>`, or `<cache>/<id>/<revision>/<file>` for another revision
 * than main, so the cache is a folder to open like any other. That spares a request: transformers.js 4.3 asks the hub
 * for tokenizer_config.json at every start, whatever cache_dir and local_files_only say.
 */
export async function findCached(
  model: HubSource,
  precision: Precision,
  cacheFolder: string | null | undefined,
): Promise<string | undefined> {
  if (!cacheFolder) return undefined;
  const inside = model.revision === undefined || model.revision === "main" ? "" : `/${model.revision}`;
  const folder = `${asPath(cacheFolder)}/${model.id}${inside}`;
  const files = ["config.json", "tokenizer.json", "tokenizer_config.json", weightsFile(precision)];
  return (await areOnDisk(files.map((file) => `${folder}/${file}`))) ? folder : undefined;
}

function weightsFile(precision: Precision): string {
  return `onnx/model${fileSuffixes[precision]}.onnx`;
}

/** A path that transformers.js cannot take for a hub id ("owner/name"), with forward slashes and none at the end. */
function asPath(folder: string): string {
  const path = folder.replaceAll("\\", "/").replace(/\/+$/, "");
  return /^(\.{0,2}\/|[A-Za-z]:|https?:)/.test(path) ? path : `./${path}`;
}

async function readLimit(folder: string): Promise<number | undefined> {
  const limit = (await readJson(`${folder}/sentence_bert_config.json`))?.max_seq_length;
  return typeof limit === "number" ? limit : undefined;
}

async function readPooling(folder: string): Promise<Pooling | undefined> {
  const config = await readJson(`${folder}/1_Pooling/config.json`);
  if (!config) return undefined;
  if (config.pooling_mode_mean_tokens === true) return "mean";
  if (config.pooling_mode_cls_token === true) return "cls";
  throw new FrancaError(
    "unimplemented",
    `${folder}/1_Pooling/config.json asks for a pooling other than mean and cls; choose one with the option "pooling"`,
  );
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  const bytes = await readFileIfThere(path);
  if (!bytes) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new FrancaError("data_loss", `Expected JSON in ${path}; copy the model's folder again`, { cause });
  }
}
