/** The model "qdrant/bm25", which the server computes by itself, with the options that a request may give. */
import type { EmbedRole } from "../../../embedder.ts";
import { type Bm25Embedder, bm25Embedder } from "../../../embedders/bm25.ts";
import type { SparseVector } from "../../../model/point.ts";
import { stemmerLanguages, stopWordLanguages } from "../../../model/text-analysis.ts";
import { stemmer, stopwords, textAnalysisOf } from "../collections/text-analysis.ts";
import { wrongInput } from "../errors.ts";
import {
  boolean,
  choice,
  type JsonObject,
  number,
  object,
  optional,
  string,
  unsigned,
} from "../requests/shape.ts";

const config = object({
  k: optional(number(0)),
  b: optional(number(0, 1)),
  avg_len: optional(number(0)),
  tokenizer: optional(choice("prefix", "whitespace", "word", "multilingual")),
  language: optional(string),
  lowercase: optional(boolean),
  ascii_folding: optional(boolean),
  stopwords: optional(stopwords),
  stemmer: optional(stemmer),
  min_token_len: optional(unsigned()),
  max_token_len: optional(unsigned()),
});

/** The last one made: a request's objects are of one and the same as a rule. */
let last: { key: string; embed: Bm25Embedder } | undefined;

/** @throws FrancaError invalid_argument, unimplemented */
export function bm25Of(options: unknown): (text: string, role: EmbedRole) => SparseVector {
  const key = JSON.stringify(options ?? {});
  if (last?.key !== key) last = { key, embed: made(options ?? {}) };
  return last.embed;
}

function made(options: unknown): Bm25Embedder {
  const { k, b, avg_len, language = "english", ...given } = config(options, "options");
  if (avg_len === 0) throw wrongInput("Invalid BM25 config: avg_len must be above 0");
  // A language that is none leaves words as they are.
  const stemmed = stemmerLanguages.find((one) => one === language.toLowerCase());
  const stopWords = stopWordLanguages.find((one) => one === language.toLowerCase());
  return bm25Embedder({
    ...(k !== undefined && { k1: k }),
    ...(b !== undefined && { b }),
    ...(avg_len !== undefined && { averageLength: avg_len }),
    analysis: textAnalysisOf({
      ...(stemmed && { stemmer: { type: "snowball", language: stemmed } }),
      ...(stopWords && { stopwords: stopWords }),
      ...(given as JsonObject),
    }),
  });
}
