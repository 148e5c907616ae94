/**
 * The Embedder contract: text, images or audio in, vectors of one model out.
 * Drivers lie in `embedders/`. A collection records which model wrote its vectors, and refuses another's.
 */

export type Modality = "text" | "image" | "audio";

/** What an input is for: some models embed questions and passages differently. */
export type EmbedRole = "query" | "document";

/** Encoded media: the file's bytes, or where they are. */
export type MediaInput = { bytes: Uint8Array; mediaType?: string } | { path: string } | { url: string };

export interface ModelIdentity {
  /** e.g. "franca/static-minilm-256", "sentence-transformers/all-MiniLM-L6-v2". */
  id: string;
  /** Distinguishes weights of one id: a checksum, a commit, or a version. */
  revision: string;
}

export interface EmbedOptions {
  /** Default "document". */
  role?: EmbedRole;
  signal?: AbortSignal;
  onProgress?: (progress: { done: number; total: number }) => void;
}

export interface Embeddings {
  /** `inputs.length × dimension`, row i for input i, each row of length 1. */
  vectors: Float32Array;
  /** Inputs longer than the model reads: their index, tokens they have, tokens that were read. */
  truncated: { index: number; tokens: number; kept: number }[];
}

export interface Embedder {
  readonly model: ModelIdentity;
  /** Components of a vector. */
  readonly dimension: number;
  /** Longest input in tokens; what is longer is cut and reported in `Embeddings.truncated`. */
  readonly maxTokens: number;
  readonly modalities: readonly Modality[];
  /** @throws FrancaError cancelled, unavailable, invalid_argument */
  embedText(texts: readonly string[], options?: EmbedOptions): Promise<Embeddings>;
  /** Present when `modalities` has "image". */
  embedImage?(images: readonly MediaInput[], options?: EmbedOptions): Promise<Embeddings>;
  /** Present when `modalities` has "audio". */
  embedAudio?(clips: readonly MediaInput[], options?: EmbedOptions): Promise<Embeddings>;
  /** Tokens the model sees in a text, special ones included, without truncation. */
  countTokens(text: string): number;
  close(): Promise<void>;
}
