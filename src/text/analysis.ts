/**
 * From text to terms: lower-case NFKC words, English ones without stop words and reduced to their Snowball stem;
 * scripts written without spaces are cut in the words of Intl.Segmenter and in pairs of neighbouring characters.
 */
import snowball from "snowball-stemmers";
import type { TextField } from "../model/schema.ts";

export type Language = NonNullable<TextField["language"]>;

/** A letter or digit, and what follows it: letters, digits, and marks (the vowel signs of Indic scripts). */
const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
/** Scripts written without spaces between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}ー々]+\p{M}*/gu;
const hasUnspaced: RegExp = new RegExp(unspaced.source, "u");

/** The stop words of Lucene's EnglishAnalyzer. */
const stopWords: ReadonlySet<string> = new Set(
  (
    "a an and are as at be but by for if in into is it no not of on or such " +
    "that the their then there these they this to was will with"
  ).split(" "),
);

/** Intl.Segmenter takes time quadratic in the length on Node 20, so it sees at most this many UTF-16 units at once. */
const longestSegment = 340;

/** The terms of a text for indexing, in order, repeats included. */
export function analyze(text: string, language: Language): string[] {
  const terms: string[] = [];
  for (const run of runsOf(text)) {
    if (run.spaced) addWord(run.text, language, terms);
    else addUnspaced(run.text, terms);
  }
  return terms;
}

/**
 * The terms that a `match` filter asks for, and, in order, the units of a phrase. Runs of a script without spaces count by their
 * pairs of characters only, since how they are cut in words depends on what stands around them. All are among `analyze`'s.
 */
export function analyzeForMatch(text: string, language: Language): string[] {
  const terms: string[] = [];
  for (const run of runsOf(text)) {
    if (run.spaced) addWord(run.text, language, terms);
    else {
      const characters = [...run.text];
      if (characters.length === 1) terms.push(run.text);
      else addPairs(characters, terms);
    }
  }
  return terms;
}

/** The words of a text in the writing it has, scripts without spaces cut by Intl.Segmenter. */
export function segmentsOf(text: string): string[] {
  const words: string[] = [];
  for (const [run] of text.normalize("NFKC").matchAll(word)) {
    if (!hasUnspaced.test(run)) words.push(run);
    else
      for (const piece of piecesOf([...run]))
        for (const { segment, isWordLike } of segmenter().segment(piece)) if (isWordLike) words.push(segment);
  }
  return words;
}

interface Run {
  text: string;
  spaced: boolean;
}

function* runsOf(text: string): Generator<Run> {
  const plain = text.normalize("NFKC").toLowerCase();
  const mixed = hasUnspaced.test(plain);
  for (const [run] of plain.matchAll(word)) {
    if (!mixed) {
      yield { text: run, spaced: true };
      continue;
    }
    let at = 0;
    for (const match of run.matchAll(unspaced)) {
      if (match.index > at) yield { text: run.slice(at, match.index), spaced: true };
      yield { text: match[0], spaced: false };
      at = match.index + match[0].length;
    }
    if (at < run.length) yield { text: run.slice(at), spaced: true };
  }
}

function addWord(text: string, language: Language, terms: string[]): void {
  if (language === "none") terms.push(text);
  else if (!stopWords.has(text)) terms.push(englishStem(text));
}

function addUnspaced(text: string, terms: string[]): void {
  const characters = [...text];
  if (characters.length === 1) {
    terms.push(text);
    return;
  }
  for (const piece of piecesOf(characters)) {
    for (const { segment } of segmenter().segment(piece)) {
      // Words of two characters are among the pairs already.
      if (segment.length !== 2 || isAstral(segment)) terms.push(segment);
    }
  }
  addPairs(characters, terms);
}

function addPairs(characters: readonly string[], terms: string[]): void {
  for (let i = 1; i < characters.length; i++) terms.push(characters[i - 1]! + characters[i]!);
}

function* piecesOf(characters: readonly string[]): Generator<string> {
  for (let at = 0; at < characters.length; at += longestSegment) {
    yield characters.slice(at, at + longestSegment).join("");
  }
}

/** Whether a string of two UTF-16 units is one character. */
function isAstral(segment: string): boolean {
  return segment.codePointAt(0)! > 0xffff;
}

let sharedSegmenter: Intl.Segmenter | undefined;
function segmenter(): Intl.Segmenter {
  sharedSegmenter ??= new Intl.Segmenter("en", { granularity: "word" });
  return sharedSegmenter;
}

const englishStemmer = snowball.newStemmer("english");
/** Two generations of stems: when the younger is full it becomes the older, so that frequent words stay. */
let youngStems = new Map<string, string>();
let oldStems = new Map<string, string>();
const stemsPerGeneration = 20_000;
/** Longer words are kept as they are: no English word is, and base64 should not fill the cache. */
const longestStemmed = 40;

function englishStem(text: string): string {
  const known = youngStems.get(text);
  if (known !== undefined) return known;
  if (text.length > longestStemmed) return text;
  const stem = oldStems.get(text) ?? englishStemmer.stem(text);
  if (youngStems.size >= stemsPerGeneration) {
    oldStems = youngStems;
    youngStems = new Map();
  }
  youngStems.set(text, stem);
  return stem;
}
