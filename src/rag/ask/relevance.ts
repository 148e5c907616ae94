/**
 * Whether what was found answers a question at all: a logistic decision over three facts about the best passages.
 *  - words: the share of the question's content words, weighed by rarity, that the best passage holds;
 *  - nearness: the cosine of the question and the best passage;
 *  - sentence: the cosine of the question and the nearest sentence.
 * Words alone miss paraphrases, nearness alone takes the same topic for an answer.
 *
 * Fitted with the default embedder on questions of four known-item sets, asked of their own documents and of the
 * other sets' (docs/rag.md says how well it decides). It is a threshold on evidence, not a proof of truth.
 */
export interface Evidence {
  words: number;
  nearness: number;
  sentence: number;
}

const weights = { words: 4.8, nearness: 10.6, sentence: 3.4, bias: -8.3 } as const;

/** 0 … 1; above 0.5 there is an answer to give. */
export function relevance({ words, nearness, sentence }: Evidence): number {
  const evidence =
    weights.bias + weights.words * words + weights.nearness * nearness + weights.sentence * sentence;
  return 1 / (1 + Math.exp(-evidence));
}
