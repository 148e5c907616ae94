/**
 * Texts to tokens step by step: cut, fold to ASCII, lower case, leave out stop words, stem, leave out what is too short or too
 * long. The steps and their order are those of Qdrant's text indexes and its BM25.
 */
import type { TextAnalysis } from "../model/text-analysis.ts";
import { segmentsOf } from "./analysis.ts";
import { foldedToAscii } from "./ascii-folding.ts";
import { stemmerOf } from "./stemmers.ts";
import { stopWordsOf } from "./stop-words.ts";

export interface Tokenizer {
  /** Of a text that is found, in order, repeats included. */
  tokens(text: string): string[];
  /** Of a text to look for. */
  queryTokens(text: string): string[];
}

const alphanumeric = /[\p{Alphabetic}\p{N}]+/gu;
const spaces = /\s+/u;

export function tokenizer(analysis: TextAnalysis): Tokenizer {
  const {
    lowercase = true,
    asciiFolding = false,
    minLength = 0,
    maxLength = Number.POSITIVE_INFINITY,
  } = analysis;
  const kind = analysis.tokenizer ?? "word";
  const stopWords = stopWordsOf(analysis.stopWords, lowercase);
  const stem = analysis.stemmer === undefined ? (word: string) => word : stemmerOf(analysis.stemmer);
  const cut = cutters[kind];

  function written(word: string): string {
    const folded = asciiFolding ? foldedToAscii(word) : word;
    return lowercase ? folded.toLowerCase() : folded;
  }

  function whole(text: string): string[] {
    return cut(text).flatMap((word) => {
      const token = written(word);
      if (stopWords.has(token)) return [];
      const stemmed = stem(token);
      const length = lengthOf(stemmed);
      return length < minLength || length > maxLength ? [] : [stemmed];
    });
  }

  if (kind !== "prefix") return { tokens: whole, queryTokens: whole };
  return {
    tokens: (text) =>
      cut(text).flatMap((word) => {
        const token = written(word);
        if (stopWords.has(token)) return [];
        const stemmed = stem(token);
        return lengthOf(stemmed) < minLength ? [] : prefixesOf(stemmed, Math.max(minLength, 1), maxLength);
      }),
    // Stop words stay: what begins like one may be meant.
    queryTokens: (text) =>
      cut(text).flatMap((word) => {
        const characters = [...stem(written(word))];
        return characters.length < minLength ? [] : [characters.slice(0, maxLength).join("")];
      }),
  };
}

const cutters: { readonly [kind in NonNullable<TextAnalysis["tokenizer"]>]: (text: string) => string[] } = {
  word: (text) => text.match(alphanumeric) ?? [],
  whitespace: (text) => text.split(spaces).filter((word) => word !== ""),
  prefix: (text) => text.match(alphanumeric) ?? [],
  multilingual: segmentsOf,
};

function prefixesOf(word: string, shortest: number, longest: number): string[] {
  const characters = [...word];
  const prefixes: string[] = [];
  for (let length = shortest; length <= Math.min(longest, characters.length); length++)
    prefixes.push(characters.slice(0, length).join(""));
  return prefixes;
}

/** In characters. */
function lengthOf(word: string): number {
  let length = 0;
  for (const _ of word) length += 1;
  return length;
}
