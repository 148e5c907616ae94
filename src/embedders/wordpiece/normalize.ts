/**
 * BERT's text normalisation and its split into words: clean, space CJK characters, strip accents, lower the case,
 * split at white space and around punctuation. Equal to BertNormalizer and BertPreTokenizer of Hugging Face tokenizers.
 */

import { punctuationRanges, removedRanges } from "./unicode.ts";

/** The reference lists these blocks itself; its 2b920 is upstream's own slip and kept, since ids must be equal. */
const cjkRanges = "4e00-9fff 3400-4dbf 20000-2a6df 2a700-2b73f 2b740-2b81f 2b920-2ceaf f900-faff 2f800-2fa1f";

const removed = new RegExp(`[${characterClass(removedRanges)}]`, "gu");
const cjk = new RegExp(`[${characterClass(cjkRanges)}]`, "gu");
const words = new RegExp(
  `[${characterClass(punctuationRanges)}]|[^\\p{White_Space}${characterClass(punctuationRanges)}]+`,
  "gu",
);

/** Normalised words of a text, punctuation marks being words of their own; no special tokens are looked for. */
export function splitWords(text: string): string[] {
  return normalize(text).match(words) ?? [];
}

function normalize(text: string): string {
  return (
    text
      .replace(removed, "")
      .replace(cjk, " $& ")
      // Accents are non-spacing marks, so decomposing brings them out and a second removal takes them.
      .normalize("NFD")
      .replace(removed, "")
      // JavaScript writes a word's last Σ as ς; the reference lowers each character by itself.
      .replaceAll("Σ", "σ")
      .toLowerCase()
  );
}

/** "41-5a 5f" → "\u{41}-\u{5a}\u{5f}", the inside of a regular expression's brackets. */
function characterClass(ranges: string): string {
  return ranges.replace(/[0-9a-f]+/g, "\\u{$&}").replaceAll(" ", "");
}
