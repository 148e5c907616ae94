/**
 * BERT's WordPiece tokenizer (uncased): text to ids, equal to Hugging Face tokenizers on any Unicode text.
 * Words are remembered with their ids in a bounded cache, since a text's words recur and finding pieces is the cost.
 *
 * Source: Wu et al., Google's Neural Machine Translation System, 2016; Devlin et al., BERT, 2018.
 */

import { FrancaError } from "../../errors.ts";
import { splitWords } from "./normalize.ts";

export interface WordPiece {
  /** Ids of the whole text, without [CLS] and [SEP] and without truncation. A special token in the text gives its id. */
  encode(text: string): Int32Array;
  /** The id of [UNK], which stands for a word that no pieces make up. */
  readonly unknownId: number;
}

const specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
/** A longer word becomes one [UNK], as upstream's max_input_chars_per_word says; in code points. */
const maxWordCharacters = 100;
/** Words in each of the cache's two generations; longer ones than `maxCachedLength` are rare and not kept. */
const cacheGeneration = 32_768;
const maxCachedLength = 48;
/** V8 may keep a slice of 13 or more characters as a pointer into its whole text, which a cache key must not do. */
const sliceThreshold = 13;

const space = 0;
const punctuation = 1;
const letter = 2;
/** Needs the whole of normalisation: anything but ASCII, and ASCII control characters, which are removed. */
const other = 3;
const openBracket = 0x5b;

/**
 * @param vocabulary pieces in the order of their ids; "##" marks one that continues a word.
 * @throws FrancaError invalid_argument when [UNK] is missing.
 */
export function createWordPiece(vocabulary: readonly string[]): WordPiece {
  const pieces = indexPieces(vocabulary);
  const specials = specialTokens.flatMap((text) => {
    const id = pieces.starts.get(text);
    return id === undefined ? [] : [{ text, id }];
  });
  const asciiIds = Int32Array.from({ length: 128 }, (_, code) => {
    return pieces.starts.get(String.fromCharCode(code)) ?? pieces.unknownId;
  });
  const idsOfChunk = cached((chunk, plain) => {
    const words = plain ? [chunk.toLowerCase()] : splitWords(chunk);
    return Int32Array.from(words.flatMap((word) => wordIds(word, pieces)));
  });
  let buffer = new Int32Array(1024);

  function encode(text: string): Int32Array {
    let length = 0;
    let chunkStart = -1;
    let plain = true;
    const push = (ids: Int32Array): void => {
      if (length + ids.length > buffer.length) buffer = grown(buffer, length + ids.length);
      for (let i = 0; i < ids.length; i++) buffer[length++] = ids[i]!;
    };
    const endChunk = (end: number): void => {
      if (chunkStart < 0) return;
      push(idsOfChunk(text.slice(chunkStart, end), plain));
      chunkStart = -1;
      plain = true;
    };
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const kind = code < 128 ? asciiKinds[code] : other;
      if (kind === letter || kind === other) {
        if (chunkStart < 0) chunkStart = i;
        if (kind === other) plain = false;
        continue;
      }
      endChunk(i);
      if (kind === space) continue;
      if (length === buffer.length) buffer = grown(buffer, length + 1);
      const special =
        code === openBracket ? specials.find((token) => text.startsWith(token.text, i)) : undefined;
      buffer[length++] = special ? special.id : asciiIds[code]!;
      if (special) i += special.text.length - 1;
    }
    endChunk(text.length);
    return buffer.slice(0, length);
  }

  return { encode, unknownId: pieces.unknownId };
}

interface Pieces {
  /** Pieces that begin a word. */
  starts: ReadonlyMap<string, number>;
  /** Pieces that continue one, without their "##". */
  continuations: ReadonlyMap<string, number>;
  /** Characters of the longest piece. */
  longest: number;
  unknownId: number;
}

function indexPieces(vocabulary: readonly string[]): Pieces {
  const starts = new Map<string, number>();
  const continuations = new Map<string, number>();
  let longest = 0;
  vocabulary.forEach((piece, id) => {
    const continues = piece.startsWith("##") && piece.length > 2;
    const letters = continues ? piece.slice(2) : piece;
    (continues ? continuations : starts).set(letters, id);
    longest = Math.max(longest, letters.length);
  });
  const unknownId = starts.get("[UNK]");
  if (unknownId === undefined) {
    const message = "A WordPiece vocabulary needs the piece [UNK], and this one has none";
    throw new FrancaError("invalid_argument", message);
  }
  return { starts, continuations, longest, unknownId };
}

/** Greedy longest match from the left; a word with a rest that no piece begins is wholly unknown. */
function wordIds(word: string, pieces: Pieces): number[] {
  const { starts, continuations, longest, unknownId } = pieces;
  if (word.length > maxWordCharacters && [...word].length > maxWordCharacters) return [unknownId];
  const ids: number[] = [];
  let at = 0;
  while (at < word.length) {
    const candidates = at === 0 ? starts : continuations;
    let end = Math.min(word.length, at + longest);
    let id: number | undefined;
    while (end > at) {
      id = candidates.get(word.slice(at, end));
      if (id !== undefined) break;
      end--;
    }
    if (id === undefined) return [unknownId];
    ids.push(id);
    at = end;
  }
  return ids;
}

type IdsOfChunk = (chunk: string, plain: boolean) => Int32Array;

/** Two generations, the older dropped when the younger is full: bounded, and recent words stay. */
function cached(compute: IdsOfChunk): IdsOfChunk {
  let young = new Map<string, Int32Array>();
  let old = new Map<string, Int32Array>();
  return (chunk, plain) => {
    const found = young.get(chunk);
    if (found) return found;
    const ids = old.get(chunk) ?? compute(chunk, plain);
    if (chunk.length > maxCachedLength) return ids;
    if (young.size >= cacheGeneration) {
      old = young;
      young = new Map();
    }
    young.set(chunk.length < sliceThreshold ? chunk : copied(chunk), ids);
    return ids;
  };
}

/** The same characters in a string of their own. */
function copied(text: string): string {
  const codes = new Array<number>(text.length);
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i);
  return String.fromCharCode(...codes);
}

function grown(buffer: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(needed, buffer.length * 2));
  larger.set(buffer);
  return larger;
}

/** The kind of each ASCII character. */
const asciiKinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[\t\n\r ]/.test(character)) return space;
  if (/[0-9A-Za-z]/.test(character)) return letter;
  return code > 32 && code < 127 ? punctuation : other;
});
