/** Words that say little, by language: the lists of the package stopword, and one's own. */
import stopword from "stopword";
import type { StopWordLanguage, TextAnalysis } from "../model/text-analysis.ts";

/** The package's codes (ISO 639-3). */
const codes: { readonly [language in StopWordLanguage]: string } = {
  arabic: "ara",
  basque: "eus",
  bengali: "ben",
  catalan: "cat",
  chinese: "zho",
  danish: "dan",
  dutch: "nld",
  english: "eng",
  finnish: "fin",
  french: "fra",
  german: "deu",
  greek: "ell",
  hebrew: "heb",
  hungarian: "hun",
  indonesian: "ind",
  italian: "ita",
  japanese: "jpn",
  norwegian: "nob",
  portuguese: "por",
  romanian: "ron",
  russian: "rus",
  slovene: "slv",
  spanish: "spa",
  swedish: "swe",
  turkish: "tur",
};

export function stopWordsOf(given: TextAnalysis["stopWords"], lowercase: boolean): ReadonlySet<string> {
  const { languages = [], words = [] } = given ?? {};
  const listed = languages.flatMap((language) => stopword[codes[language]] as string[]);
  return new Set([...listed, ...words.map((word) => (lowercase ? word.toLowerCase() : word))]);
}
