/** How an index, or BM25, cuts words: Qdrant's parameters as the model's. */
import {
  type StemmerLanguage,
  type StopWordLanguage,
  stemmerLanguages,
  stopWordLanguages,
  type TextAnalysis,
} from "../../../model/text-analysis.ts";
import { notServed } from "../errors.ts";
import {
  choice,
  either,
  type JsonObject,
  list,
  object,
  optional,
  type Reader,
  string,
} from "../requests/shape.ts";

type StopWords = string | { languages?: string[]; custom?: string[] };

export const stopwords: Reader<StopWords> = either(
  "StopwordsInterface",
  string,
  object({ languages: optional(list(string)), custom: optional(list(string)) }),
);

type Stemmer = { type: "none" } | { type: "snowball"; language: string };

export const stemmer: Reader<Stemmer> = either(
  "StemmingAlgorithm",
  object({ type: choice("none") }),
  object({ type: choice("snowball"), language: string }),
);

/** @param params as checked when they were read. @throws FrancaError unimplemented for languages that Franca lacks */
export function textAnalysisOf(params: JsonObject): TextAnalysis {
  const { tokenizer, lowercase, ascii_folding, min_token_len, max_token_len } = params;
  const words = stopWordsOf(params.stopwords);
  const language = stemmerOf(params.stemmer);
  return {
    ...(isGiven(tokenizer) && { tokenizer: tokenizer as NonNullable<TextAnalysis["tokenizer"]> }),
    ...(isGiven(lowercase) && { lowercase: lowercase as boolean }),
    ...(isGiven(ascii_folding) && { asciiFolding: ascii_folding as boolean }),
    ...(isGiven(min_token_len) && { minLength: min_token_len as number }),
    ...(isGiven(max_token_len) && { maxLength: max_token_len as number }),
    ...(words !== undefined && { stopWords: words }),
    ...(language !== undefined && { stemmer: language }),
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** One language, or some, and words of one's own. */
function stopWordsOf(given: unknown): TextAnalysis["stopWords"] {
  if (!isGiven(given)) return undefined;
  if (typeof given === "string") return { languages: [stopWordLanguage(given)] };
  const { languages, custom } = given as { languages?: string[] | null; custom?: string[] | null };
  return {
    ...(languages && { languages: languages.map(stopWordLanguage) }),
    ...(custom && { words: custom }),
  };
}

function stopWordLanguage(name: string): StopWordLanguage {
  const found = stopWordLanguages.find((language) => language === name.toLowerCase());
  if (found !== undefined) return found;
  throw notServed(`stop words in ${JSON.stringify(name)}`);
}

/** `{type: "none"}` is for none. */
function stemmerOf(given: unknown): StemmerLanguage | undefined {
  if (!isGiven(given)) return undefined;
  const { type, language } = given as { type: string; language?: string };
  if (type === "none") return undefined;
  const found = stemmerLanguages.find((one) => one === language?.toLowerCase());
  if (found !== undefined) return found;
  throw notServed(`stemmers of ${JSON.stringify(language)}`);
}
