/** Text indexes: how words are cut, as Qdrant's parameters and as the model's. */
import {
  type StemmerLanguage,
  type StopWordLanguage,
  stemmerLanguages,
  stopWordLanguages,
  type TextAnalysis,
} from "../../model/text-analysis.ts";

type Json = { [name: string]: unknown };

/** What cannot be made Qdrant itself refuses. */
export function wireTextIndex(analysis: TextAnalysis): Json {
  const { tokenizer = "word", lowercase = true, asciiFolding = false, minLength, maxLength } = analysis;
  const { stopWords, stemmer } = analysis;
  return {
    type: "text",
    tokenizer,
    lowercase,
    ascii_folding: asciiFolding,
    ...(minLength !== undefined && { min_token_len: minLength }),
    ...(maxLength !== undefined && { max_token_len: maxLength }),
    ...(stopWords && {
      stopwords: {
        ...(stopWords.languages && { languages: stopWords.languages }),
        ...(stopWords.words && { custom: stopWords.words }),
      },
    }),
    ...(stemmer !== undefined && { stemmer: { type: "snowball", language: stemmer } }),
  };
}

/** Undefined where it cuts words in a way that Franca does not know. */
export function analysisOf(params: unknown): TextAnalysis | undefined {
  const { tokenizer, lowercase, ascii_folding, min_token_len, max_token_len, stopwords, stemmer } = (params ??
    {}) as Json;
  const stopWords = stopWordsOf(stopwords);
  const language = stemmerOf(stemmer);
  if (stopWords === undefined || language === undefined) return undefined;
  return {
    ...(typeof tokenizer === "string" && { tokenizer: tokenizer as NonNullable<TextAnalysis["tokenizer"]> }),
    ...(typeof lowercase === "boolean" && { lowercase }),
    ...(typeof ascii_folding === "boolean" && { asciiFolding: ascii_folding }),
    ...(typeof min_token_len === "number" && { minLength: min_token_len }),
    ...(typeof max_token_len === "number" && { maxLength: max_token_len }),
    ...(stopWords !== "none" && { stopWords }),
    ...(language !== "none" && { stemmer: language }),
  };
}

function stopWordsOf(given: unknown): NonNullable<TextAnalysis["stopWords"]> | "none" | undefined {
  if (given === undefined || given === null) return "none";
  const { languages, custom } =
    typeof given === "string" ? { languages: [given] } : (given as { languages?: unknown; custom?: unknown });
  const known = (Array.isArray(languages) ? languages : []).map((name) => knownIn(stopWordLanguages, name));
  if (known.includes(undefined)) return undefined;
  return {
    ...(known.length > 0 && { languages: known as StopWordLanguage[] }),
    ...(Array.isArray(custom) && { words: custom as string[] }),
  };
}

function stemmerOf(given: unknown): StemmerLanguage | "none" | undefined {
  const { type, language } = (given ?? { type: "none" }) as { type?: unknown; language?: unknown };
  return type === "none" ? "none" : knownIn(stemmerLanguages, language);
}

function knownIn<L extends string>(languages: readonly L[], name: unknown): L | undefined {
  return languages.find((language) => typeof name === "string" && language === name.toLowerCase());
}
