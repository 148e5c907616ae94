/**
 * Documents in chunks: along headings, then paragraphs, then sentences, up to a budget.
 * Laws (test/rag/chunks.test.ts): a chunk's text is exactly its span of the document's text; spans ascend and do not
 * overlap; every character that is not whitespace is in one; no cut inside a grapheme.
 */
import { FrancaError } from "../../errors.ts";
import type { Block, Document } from "../documents/document.ts";
import { trimSpan } from "../graphemes.ts";
import { splitSpan } from "./split.ts";

export interface Chunk {
  /** `document.text.slice(start, end)`. */
  text: string;
  start: number;
  end: number;
  /** Place in the document, from 0. */
  ordinal: number;
  /** The headings it stands under, outermost first. */
  headings: readonly string[];
}

export interface ChunkBudget {
  /** Largest size of a chunk. Default 1,000 (characters, or what `measure` counts). Only a single grapheme may be larger. */
  limit?: number;
  /** A record of JSON Lines up to this size stays whole. Default 16,000, or `limit` where that is larger. */
  recordLimit?: number;
  /** Size of a text. Default: its UTF-16 length. For tokens: `(text) => embedder.countTokens(text)`. */
  measure?: (text: string) => number;
}

export const defaultChunkLimit = 1000;
/** Measured: whole sections of documentation are found better than their parts (docs/retrieval-quality.md). */
export const defaultRecordLimit = 16_000;

/** @throws FrancaError invalid_argument when a limit is not a positive integer */
export function chunkDocument(document: Document, budget: ChunkBudget = {}): Chunk[] {
  const limit = checkLimit("limit", budget.limit ?? defaultChunkLimit);
  const recordLimit = checkLimit("recordLimit", budget.recordLimit ?? Math.max(limit, defaultRecordLimit));
  const { text } = document;
  const { measure } = budget;
  const size =
    measure === undefined ? spanLength : (from: number, to: number) => measure(text.slice(from, to));
  const whole = trimSpan(text, 0, text.length);
  if (whole === undefined) return [];
  const spans: Span[] = [];
  if (document.record && size(whole[0], whole[1]) <= recordLimit)
    spans.push({ start: whole[0], end: whole[1], headings: document.blocks[0]?.headings ?? [] });
  else for (const section of sections(document.blocks)) pack(text, section, { limit, size }, spans);
  return spans.map(({ start, end, headings }, ordinal) => ({
    text: text.slice(start, end),
    start,
    end,
    ordinal,
    headings,
  }));
}

export type Size = (start: number, end: number) => number;

interface Span {
  start: number;
  end: number;
  headings: readonly string[];
}

const spanLength: Size = (start, end) => end - start;

/** Blocks of one heading path. Headings without a text of their own go to the section that follows. */
function* sections(blocks: readonly Block[]): Generator<Block[]> {
  let section: Block[] = [];
  for (const block of blocks) {
    const last = section.at(-1);
    const bare = section.every((member) => member.kind === "heading");
    if (last !== undefined && last.headings !== block.headings && !bare) {
      yield section;
      section = [];
    }
    section.push(block);
  }
  if (section.length > 0) yield section;
}

/** Fills chunks evenly: as many as the section needs, each about as large as the others. */
function pack(
  text: string,
  section: readonly Block[],
  budget: { limit: number; size: Size },
  into: Span[],
): void {
  const { limit, size } = budget;
  const headings = section.at(-1)!.headings;
  const sizes = new Map(section.map((block) => [block, size(block.start, block.end)]));
  const total = section.reduce((sum, block) => sum + sizes.get(block)!, 0);
  const target = total / Math.ceil(total / limit);
  const queue = [...section].reverse();
  let open: { start: number; end: number; size: number; bare: boolean } | undefined;
  const close = (): void => {
    if (open !== undefined) into.push({ start: open.start, end: open.end, headings });
    open = undefined;
  };
  while (queue.length > 0) {
    const block = queue.pop()!;
    const blockSize = sizes.get(block) ?? size(block.start, block.end);
    const grown: number = open === undefined ? blockSize : joined(open, block, blockSize, size);
    if (grown <= limit && (open === undefined || open.bare || open.size < target)) {
      open = {
        start: open?.start ?? block.start,
        end: block.end,
        size: grown,
        bare: (open?.bare ?? true) && block.kind === "heading",
      };
      continue;
    }
    // A heading shall not stand alone because its text is long: as much of the text as fits goes with it.
    const room: number =
      open === undefined ? limit : open.bare && open.size * 2 <= limit ? limit - (grown - blockSize) : 0;
    const pieces =
      blockSize > limit || room > 0 ? splitSpan(text, block, room > 0 ? room : limit, limit, size) : [];
    if (
      pieces.length > 1 ||
      (pieces.length === 1 && pieces[0]![1] - pieces[0]![0] < block.end - block.start)
    ) {
      for (const [start, end] of pieces.reverse()) queue.push({ ...block, start, end });
      continue;
    }
    if (open !== undefined) {
      close();
      queue.push(block);
      continue;
    }
    // One grapheme larger than the budget.
    into.push({ start: block.start, end: block.end, headings });
  }
  close();
}

/** Size with a block added. Characters between count; measures such as tokens add up to at least the whole. */
function joined(
  open: { start: number; size: number },
  block: { start: number; end: number },
  blockSize: number,
  size: Size,
): number {
  return size === spanLength ? block.end - open.start : open.size + blockSize;
}

function checkLimit(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new FrancaError("invalid_argument", `chunk ${name}: expected a whole number above 0; got ${value}`, {
    details: { name, received: value },
  });
}
