/**
 * Plain text: paragraphs between blank lines. The document's text is the file, unchanged.
 */
import { trimSpan } from "../graphemes.ts";
import { type Block, type Document, fileTitle, lineFinder } from "./document.ts";

export function textDocument(source: string, text: string): Document {
  const headings: readonly string[] = [];
  const blocks: Block[] = [];
  for (const [start, end] of paragraphs(text)) blocks.push({ start, end, kind: "prose", headings });
  return {
    id: source,
    source,
    title: fileTitle(source),
    text,
    blocks,
    metadata: {},
    record: false,
    locate: locateInFile(text),
  };
}

/** The text is the file: offsets stay as they are. */
export function locateInFile(text: string): Document["locate"] {
  const lineOf = lineFinder(text);
  return (start, end) => ({ start, end, line: lineOf(start) });
}

/** Runs of lines that are not blank, without the whitespace around them. */
export function* paragraphs(text: string): Generator<[start: number, end: number]> {
  const blank = /\n[^\S\n]*(?=\n)/g;
  let start = 0;
  for (let gap = blank.exec(text); gap !== null; gap = blank.exec(text)) {
    const paragraph = trimSpan(text, start, gap.index);
    if (paragraph !== undefined) yield paragraph;
    start = gap.index + gap[0].length;
  }
  const last = trimSpan(text, start, text.length);
  if (last !== undefined) yield last;
}
