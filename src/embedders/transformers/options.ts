/** What a transformer embedder can be told, with every default. */

import type { Pooling } from "./pool.ts";

/** A folder with config.json, tokenizer.json and onnx/model.onnx: nothing is downloaded. */
export interface FolderSource {
  folder: string;
  /** Name that collections record. Default: the folder's own name. */
  id?: string;
}

/** A model of the Hugging Face hub, downloaded once and then read from the cache. */
export interface HubSource {
  /** e.g. "sentence-transformers/all-MiniLM-L6-v2". */
  id: string;
  /** Branch, tag or commit. Default "main". */
  revision?: string;
  /** Where downloads are kept. Default: the cache of @huggingface/transformers. */
  cacheFolder?: string;
  /** Never touch the network: a model that is not in the cache is `not_found`. Default false. */
  offline?: boolean;
}

/** Precision of the ONNX file: "fp32" reads onnx/model.onnx, the others onnx/model_<suffix>.onnx. */
export type Precision = "fp32" | "fp16" | "q8" | "int8" | "uint8" | "q4" | "q4f16" | "bnb4";

export interface TransformersEmbedderOptions {
  /** Default: `{ id: "sentence-transformers/all-MiniLM-L6-v2" }`. */
  model?: FolderSource | HubSource;
  /** Default "fp32". */
  precision?: Precision;
  /** Where it runs: "cpu", "cuda", "webgpu", "wasm" … Default: chosen by @huggingface/transformers. */
  device?: "auto" | "cpu" | "cuda" | "dml" | "gpu" | "wasm" | "webgpu" | "webnn";
  /** How token vectors become one. Default: what the folder's 1_Pooling/config.json says, otherwise "mean". */
  pooling?: Pooling;
  /**
   * Longest input in tokens, special ones included. Default: max_seq_length of the folder's sentence_bert_config.json;
   * 256 for all-MiniLM-L6-v2 from the hub; otherwise the tokenizer's and the model's own limit.
   */
  maxTokens?: number;
  /** Put before each text of that role, for models trained so (E5: "query: ", "passage: "). Default: nothing. */
  prompts?: { query?: string; document?: string };
  /** Texts that go through the model together. Default 32. */
  batchSize?: number;
  /** Bytes that came of a model file. */
  onDownload?: (progress: { file: string; loadedBytes: number; totalBytes: number }) => void;
}
