/**
 * Sentence embeddings by a transformer, through the optional peer @huggingface/transformers: all-MiniLM-L6-v2 unless
 * told otherwise, from a local folder, from the cache, or from the hub. Gives what sentence-transformers gives
 * (cosine ≥ 0.999, truncated texts included), in the order of the texts.
 *
 * Source of pooling and limits: Reimers and Gurevych, Sentence-BERT, 2019.
 */

import type { Embedder, Embeddings, EmbedOptions } from "../embedder.ts";
import { cancelledError, FrancaError } from "../errors.ts";
import { checkTexts } from "./check-texts.ts";
import { createFraming } from "./transformers/framing.ts";
import { loadTransformer } from "./transformers/load.ts";
import type { FolderSource, HubSource, TransformersEmbedderOptions } from "./transformers/options.ts";
import { poolInto } from "./transformers/pool.ts";
import { findSource } from "./transformers/source.ts";

export type { FolderSource, HubSource, TransformersEmbedderOptions };

const defaultModel: HubSource = { id: "sentence-transformers/all-MiniLM-L6-v2" };
const defaultBatchSize = 32;
/** When neither option, folder, tokenizer nor model states a limit. */
const fallbackLimit = 512;

/**
 * Opens the model and returns its embedder. Vectors have length 1; inputs longer than `maxTokens` are cut, keep their
 * end token, and are reported. The signal is looked at between batches, since a running batch cannot be stopped.
 *
 * @throws FrancaError failed_precondition when @huggingface/transformers is not installed (the message has the
 *   command), not_found when the model or one of its files is missing, unavailable when the hub cannot be reached,
 *   data_loss when a local model does not open, invalid_argument for options out of range.
 */
export async function transformersEmbedder(options: TransformersEmbedderOptions = {}): Promise<Embedder> {
  const model = options.model ?? defaultModel;
  const batchSize = positive("batchSize", options.batchSize ?? defaultBatchSize, Number.MAX_SAFE_INTEGER);
  const source = await findSource(model, options.precision ?? "fp32");
  const transformer = await loadTransformer(source, { ...options, model });
  const most = transformer.mostTokens;
  const stated = options.maxTokens ?? Math.min(source.limit ?? fallbackLimit, most);
  const maxTokens = positive("maxTokens", stated, most);
  const pooling = options.pooling ?? source.pooling ?? "mean";
  const frame = createFraming(transformer.encode, maxTokens);
  const { dimension } = await transformer.run([frame("a").ids]);
  let closed = false;

  async function embedText(texts: readonly string[], embedOptions: EmbedOptions = {}): Promise<Embeddings> {
    const { signal, onProgress, role = "document" } = embedOptions;
    checkTexts(texts);
    if (closed)
      throw new FrancaError("failed_precondition", `The embedder of ${source.id} is closed; open a new one`);
    const prompt = options.prompts?.[role] ?? "";
    const framed = texts.map((text) => frame(prompt + text));
    const truncated = framed.flatMap(({ ids, tokens }, index) =>
      tokens > ids.length ? [{ index, tokens, kept: ids.length }] : [],
    );
    // Texts of like length share a batch, so that little of it is padding.
    const order = framed.map((_, i) => i).sort((a, b) => framed[a]!.ids.length - framed[b]!.ids.length);
    const vectors = new Float32Array(texts.length * dimension);
    for (let done = 0; done < order.length; ) {
      if (signal?.aborted) throw cancelledError("Embedding", signal);
      const rows = order.slice(done, done + batchSize);
      const sequences = rows.map((row) => framed[row]!.ids);
      const hidden = await transformer.run(sequences);
      const lengths = sequences.map((ids) => ids.length);
      poolInto(vectors, hidden.values, lengths, rows, hidden.width, dimension, pooling);
      done += rows.length;
      onProgress?.({ done, total: texts.length });
    }
    if (signal?.aborted) throw cancelledError("Embedding", signal);
    return { vectors, truncated };
  }

  return {
    model: { id: source.id, revision: source.revision },
    dimension,
    maxTokens,
    modalities: ["text"],
    embedText,
    countTokens: (text) => frame(text).tokens,
    close: async () => {
      if (closed) return;
      closed = true;
      await transformer.close();
    },
  };
}

function positive(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new FrancaError("invalid_argument", `${name} must be an integer from 1 to ${most}, got ${value}`);
}
