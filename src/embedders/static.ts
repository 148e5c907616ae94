/**
 * The default embedder: a table of word-piece vectors distilled from all-MiniLM-L6-v2, 256 dimensions, English.
 * No network, no native code, no dependency: it runs in any JavaScript runtime, at tens of microseconds a text.
 *
 * Recipe, licence and quality: assets/static-model/README.md; when to use a transformer instead: docs/embeddings.md.
 */

import type { Embedder, Embeddings, EmbedOptions } from "../embedder.ts";
import { cancelledError } from "../errors.ts";
import { checkTexts } from "./check-texts.ts";
import { readFile } from "./read-file.ts";
import { readModelFile, type StaticModel } from "./static/model-file.ts";
import { createSum, type Sum } from "./static/sum.ts";
import { createWordPiece, type WordPiece } from "./wordpiece/wordpiece.ts";

export interface StaticEmbedderOptions {
  /** The bytes of a model.bin; they are kept, not copied. Default: the file that comes with the package. */
  bytes?: Uint8Array;
  /** Where a model.bin lies: a path, or a `file:` or `http(s):` URL. Default: the file that comes with the package. */
  location?: URL | string;
}

/** Texts between two looks at the signal and the event loop: a few milliseconds' work. */
const textsAtOnce = 64;
/** src/embedders/ and dist/embedders/ lie equally deep, so one relative URL serves both. */
const packagedModel = new URL("../../assets/static-model/model.bin", import.meta.url);

let packaged: Promise<LoadedModel> | undefined;

/**
 * Loads the model (8 MB, once a process for the packaged one) and returns its embedder.
 *
 * The vectors have length 1 and are the same for the same text in every call, batch and runtime (to rounding).
 * Queries and documents are embedded alike. A text without any word piece (empty, or white space) gets the direction
 * of [UNK]. Texts of more than 512 word pieces are cut and reported.
 *
 * @throws FrancaError data_loss when the file is damaged, not_found or unavailable when it cannot be read.
 */
export async function staticEmbedder(options: StaticEmbedderOptions = {}): Promise<Embedder> {
  const { file, wordPiece, sum } = await loaded(options);
  const { dimension, maxPieces } = file;

  async function embedText(texts: readonly string[], embedOptions: EmbedOptions = {}): Promise<Embeddings> {
    const { signal, onProgress } = embedOptions;
    checkTexts(texts);
    if (signal?.aborted) throw cancelledError("Embedding", signal);
    const vectors = new Float32Array(texts.length * dimension);
    const truncated: Embeddings["truncated"] = [];
    for (let done = 0; done < texts.length; ) {
      if (done > 0) await nextTask();
      if (signal?.aborted) throw cancelledError("Embedding", signal);
      const end = Math.min(done + textsAtOnce, texts.length);
      for (; done < end; done++) {
        const ids = wordPiece.encode(texts[done]!);
        sum(ids, vectors.subarray(done * dimension, (done + 1) * dimension));
        if (ids.length > maxPieces) truncated.push({ index: done, tokens: ids.length, kept: maxPieces });
      }
      onProgress?.({ done, total: texts.length });
    }
    return { vectors, truncated };
  }

  return {
    model: { id: `franca/static-minilm-${dimension}`, revision: file.checksum },
    dimension,
    maxTokens: maxPieces,
    modalities: ["text"],
    embedText,
    countTokens: (text) => wordPiece.encode(text).length,
    close: async () => {},
  };
}

interface LoadedModel {
  file: StaticModel;
  wordPiece: WordPiece;
  sum: Sum;
}

async function loaded(options: StaticEmbedderOptions): Promise<LoadedModel> {
  if (options.bytes) return load(options.bytes);
  if (options.location) return load(await readFile(options.location));
  packaged ??= readFile(packagedModel).then(load);
  try {
    return await packaged;
  } catch (error) {
    // A failed read may succeed next time.
    packaged = undefined;
    throw error;
  }
}

function load(bytes: Uint8Array): LoadedModel {
  const file = readModelFile(bytes);
  const wordPiece = createWordPiece(file.vocabulary);
  return { file, wordPiece, sum: createSum(file, wordPiece.unknownId) };
}

/** Lets timers, I/O and an abort have their turn; a promise alone would not. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
