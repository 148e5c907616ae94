/** The steps by which a text field's words are cut, at the border. */
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import { flag, integer, oneOf } from "./read-value.ts";
import { stemmerLanguages, stopWordLanguages, type TextAnalysis } from "./text-analysis.ts";

const tokenizers = ["word", "whitespace", "prefix", "multilingual"] as const;
const longestToken = 65_536;

/** @throws FrancaError invalid_argument */
export function validateAnalysis(input: unknown, where: string): TextAnalysis {
  const given = plainObject(input, where, '{tokenizer: "word", …}');
  const { tokenizer, lowercase, asciiFolding, minLength, maxLength, stopWords, stemmer, ...rest } = given;
  rejectKeys(rest, where, "tokenizer, lowercase, asciiFolding, minLength, maxLength, stopWords and stemmer");
  const length = (value: unknown, name: string) => integer(value, `${where}.${name}`, 0, longestToken);
  return {
    ...(tokenizer !== undefined && {
      tokenizer: oneOf(tokenizer, tokenizers, `${where}.tokenizer`, "tokenizer"),
    }),
    ...(lowercase !== undefined && { lowercase: flag(lowercase, `${where}.lowercase`) }),
    ...(asciiFolding !== undefined && { asciiFolding: flag(asciiFolding, `${where}.asciiFolding`) }),
    ...(minLength !== undefined && { minLength: length(minLength, "minLength") }),
    ...(maxLength !== undefined && { maxLength: length(maxLength, "maxLength") }),
    ...(stopWords !== undefined && { stopWords: validateStopWords(stopWords, `${where}.stopWords`) }),
    ...(stemmer !== undefined && {
      stemmer: oneOf(stemmer, stemmerLanguages, `${where}.stemmer`, "language"),
    }),
  };
}

function validateStopWords(input: unknown, where: string): NonNullable<TextAnalysis["stopWords"]> {
  const { languages, words, ...rest } = plainObject(input, where, "{languages, words}");
  rejectKeys(rest, where, "languages and words");
  return {
    ...(languages !== undefined && {
      languages: list(languages, `${where}.languages`, "languages").map((language, i) =>
        oneOf(language, stopWordLanguages, `${where}.languages[${i}]`, "language"),
      ),
    }),
    ...(words !== undefined && {
      words: list(words, `${where}.words`, "words").map((word, i) => {
        if (typeof word === "string") return word;
        throw badInput(`${where}.words[${i}]`, "a string", word ?? "null");
      }),
    }),
  };
}

/** With defaults written out. */
export function canonicalAnalysis(analysis: TextAnalysis): unknown {
  const {
    tokenizer = "word",
    lowercase = true,
    asciiFolding = false,
    minLength = 0,
    maxLength,
    stemmer,
  } = analysis;
  const { languages = [], words = [] } = analysis.stopWords ?? {};
  return [
    tokenizer,
    lowercase,
    asciiFolding,
    minLength,
    maxLength,
    stemmer,
    [...languages].sort(),
    [...words].sort(),
  ];
}
