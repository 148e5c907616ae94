/** A tiny deterministic embedder for tests: how often each letter occurs. Counts what it embeds. */
import type { Embedder } from "../../src/embedder.ts";

export interface LettersEmbedder extends Embedder {
  /** Texts embedded as documents so far. */
  embedded: number;
}

export function lettersEmbedder(revision = "1"): LettersEmbedder {
  const dimension = 27;
  return {
    model: { id: "test/letters", revision },
    dimension,
    maxTokens: 1000,
    modalities: ["text"],
    embedded: 0,
    async embedText(texts, { role = "document" } = {}) {
      if (role === "document") this.embedded += texts.length;
      const vectors = new Float32Array(texts.length * dimension);
      for (const [i, text] of texts.entries()) {
        const row = vectors.subarray(i * dimension, (i + 1) * dimension);
        row[26] = 0.1;
        for (const letter of text.toLowerCase()) {
          const at = letter.charCodeAt(0) - 97;
          if (at >= 0 && at < 26) row[at]! += 1;
        }
        const length = Math.hypot(...row);
        for (let j = 0; j < dimension; j++) row[j]! /= length;
      }
      return { vectors, truncated: [] };
    },
    countTokens: (text) => text.split(/\s+/).length,
    close: async () => {},
  };
}
