/** Snowball's stemmers by language. */
import snowball from "snowball-stemmers";
import type { StemmerLanguage } from "../model/text-analysis.ts";

export function stemmerOf(language: StemmerLanguage): (word: string) => string {
  const stemmer = snowball.newStemmer(language);
  return (word) => stemmer.stem(word);
}
