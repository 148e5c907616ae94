/**
 * Texts as sparse vectors whose dot products are BM25: of a document how much each of its words says, of a query the words that it
 * asks for. How rare words are is for the collection to know: `sparse: {words: {modifier: "idf"}}`.
 *
 * Weights: S. Robertson, H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009; indices: murmur3 of the words, as
 * Qdrant's and FastEmbed's "Qdrant/bm25" have them.
 */
import type { EmbedRole } from "../embedder.ts";
import type { SparseVector } from "../model/point.ts";
import type { TextAnalysis } from "../model/text-analysis.ts";
import { tokenizer } from "../text/tokens.ts";
import { murmur3 } from "./bm25/murmur3.ts";

export interface Bm25Options {
  /** Saturation of frequent words. Default 1.2. */
  k1?: number;
  /** How much long documents are held back, 0 … 1. Default 0.75. */
  b?: number;
  /** Words of a document, on average. Default 256. */
  averageLength?: number;
  /** Default: English, its stop words left out, stemmed. */
  analysis?: TextAnalysis;
}

export type Bm25Embedder = (text: string, role?: EmbedRole) => SparseVector;

const english: TextAnalysis = { stopWords: { languages: ["english"] }, stemmer: "english" };

/** A document unless told otherwise. Indices ascend; a text without words is a vector without components. */
export function bm25Embedder(options: Bm25Options = {}): Bm25Embedder {
  const { k1 = 1.2, b = 0.75, averageLength = 256, analysis = english } = options;
  const { tokens, queryTokens } = tokenizer(analysis);
  return (text, role = "document") => {
    if (role === "query") return vectorOf(new Map(queryTokens(text).map((token) => [indexOf(token), 1])));
    const words = tokens(text);
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const length = k1 * (1 - b + (b * words.length) / averageLength);
    return vectorOf(
      new Map(
        [...counts].map(([word, count]) => [indexOf(word), (count * (k1 + 1)) / (length + count)] as const),
      ),
    );
  };
}

/** The magnitude of the hash as a signed number. */
function indexOf(token: string): number {
  return Math.abs(murmur3(token) | 0);
}

function vectorOf(weights: ReadonlyMap<number, number>): SparseVector {
  const sorted = [...weights].sort(([a], [b]) => a - b);
  return {
    indices: Uint32Array.from(sorted, ([index]) => index),
    values: Float32Array.from(sorted, ([, weight]) => weight),
  };
}
