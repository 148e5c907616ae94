/** How the words of a text field are cut, step by step. */
export interface TextAnalysis {
  /**
   * "word" (default): letters and digits in a row. "whitespace": what stands between white space. "prefix": every beginning of a
   * word, from `minLength` (1) to `maxLength`, so that what is looked for may be a beginning. "multilingual": words of the
   * language's own, of scripts without spaces too.
   */
  tokenizer?: "word" | "whitespace" | "prefix" | "multilingual";
  /** Default true. */
  lowercase?: boolean;
  /** Letters with marks as the letters without: "ação" is "acao". Default false. */
  asciiFolding?: boolean;
  /** Shorter and longer tokens are left out; in characters, after stemming. */
  minLength?: number;
  maxLength?: number;
  /** Words that are left out. Default none. */
  stopWords?: { languages?: readonly StopWordLanguage[]; words?: readonly string[] };
  /** A language of Snowball's stemmers. Default: words are not stemmed. */
  stemmer?: StemmerLanguage;
}

export type StemmerLanguage =
  | ("arabic" | "armenian" | "basque" | "catalan" | "czech" | "danish" | "dutch" | "english" | "finnish")
  | ("french" | "german" | "hungarian" | "italian" | "irish" | "norwegian" | "porter" | "portuguese")
  | ("romanian" | "russian" | "spanish" | "slovene" | "swedish" | "tamil" | "turkish");

export type StopWordLanguage =
  | ("arabic" | "basque" | "bengali" | "catalan" | "chinese" | "danish" | "dutch" | "english" | "finnish")
  | ("french" | "german" | "greek" | "hebrew" | "hungarian" | "indonesian" | "italian" | "japanese")
  | ("norwegian" | "portuguese" | "romanian" | "russian" | "slovene" | "spanish" | "swedish" | "turkish");

export const stemmerLanguages: readonly StemmerLanguage[] = [
  ...(["arabic", "armenian", "basque", "catalan", "czech", "danish", "dutch", "english"] as const),
  ...(["finnish", "french", "german", "hungarian", "italian", "irish", "norwegian", "porter"] as const),
  ...(["portuguese", "romanian", "russian", "spanish", "slovene", "swedish", "tamil", "turkish"] as const),
];

export const stopWordLanguages: readonly StopWordLanguage[] = [
  ...(["arabic", "basque", "bengali", "catalan", "chinese", "danish", "dutch", "english"] as const),
  ...(["finnish", "french", "german", "greek", "hebrew", "hungarian", "indonesian", "italian"] as const),
  ...(["japanese", "norwegian", "portuguese", "romanian", "russian", "slovene", "spanish"] as const),
  ...(["swedish", "turkish"] as const),
];
