/**
 * Markdown: headings, fences, lists, tables and paragraphs by a scan over lines; the document's text is the file,
 * unchanged. CommonMark's block structure as far as chunks need it (test/rag compares the headings with a parser's);
 * a full parse would cost more than embedding the text.
 */
import { trimSpan } from "../graphemes.ts";
import { type Block, type Document, fileTitle } from "./document.ts";
import { locateInFile } from "./text.ts";

export function markdownDocument(source: string, text: string): Document {
  const blocks = markdownBlocks(text);
  const front = blocks[0];
  const declared = front?.kind === "lines" ? frontMatterTitle(text.slice(front.start, front.end)) : undefined;
  const firstHeading = blocks.find((block) => block.kind === "heading")?.headings.at(-1);
  return {
    id: source,
    source,
    title: declared ?? (firstHeading || fileTitle(source)),
    text,
    blocks,
    metadata: {},
    record: false,
    locate: locateInFile(text),
  };
}

const fenceLine = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const headingLine = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const underline = /^ {0,3}(=+|-+)[ \t]*$/;
const listItem = /^[ \t]*(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)/;
/** A paragraph that begins so is a list, a quotation or a table, and takes no underline. */
const container = /^[ \t]*(?:[-*+][ \t]|\d{1,9}[.)][ \t]|>|\|)/;
const thematicBreak = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
const htmlOpenings: readonly [RegExp, RegExp][] = [
  [/^ {0,3}<!--/, /-->/],
  [/^ {0,3}<(?:script|pre|style|textarea)(?=[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
];

/** All blocks of a Markdown text. */
export function markdownBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  const levels: { level: number; title: string }[] = [];
  let headings: readonly string[] = [];
  let open:
    | { start: number; end: number; kind: "prose" | "lines"; until?: RegExp; first: string }
    | undefined;

  const close = (): void => {
    if (open !== undefined) blocks.push({ start: open.start, end: open.end, kind: open.kind, headings });
    open = undefined;
  };
  const heading = (level: number, title: string, start: number, end: number): void => {
    while (levels.length > 0 && levels.at(-1)!.level >= level) levels.pop();
    levels.push({ level, title: plainHeading(title) });
    headings = levels.map((entry) => entry.title);
    blocks.push({ start, end, kind: "heading", headings });
  };

  for (const [from, to] of lines(text)) {
    const line = text.slice(from, to);
    const [start, end] = trimSpan(text, from, to) ?? [to, to];
    if (open?.until !== undefined) {
      if (end > start) open.end = end;
      if (open.until.test(line)) close();
      continue;
    }
    if (start >= end) {
      close();
      continue;
    }
    if (from === 0 && /^\uFEFF?---[ \t]*\r?$/.test(line) && /\n(?:---|\.\.\.)[ \t]*\r?(?:\n|$)/.test(text)) {
      open = { start, end, kind: "lines", until: /^(?:---|\.\.\.)\s*$/, first: line };
      continue;
    }
    const bare = line.replace(/^\uFEFF/, "").trimEnd();
    const fence = fenceLine.exec(bare);
    const html = htmlOpenings.find(([opening]) => opening.test(bare));
    if (fence !== null) {
      close();
      const mark = fence[1]!;
      const until = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}\\s*$`);
      open = { start, end, kind: "lines", until, first: bare };
      continue;
    }
    if (html !== undefined) {
      close();
      open = { start, end, kind: "lines", until: html[1], first: bare };
      if (html[1].test(bare.slice(4))) close();
      continue;
    }
    const atx = headingLine.exec(bare);
    if (atx !== null) {
      close();
      heading(atx[1]!.length, atx[2] ?? "", start, end);
      continue;
    }
    const rule = underline.exec(bare);
    if (rule !== null && open?.kind === "prose" && !container.test(open.first)) {
      const title = text.slice(open.start, open.end);
      const at = open.start;
      open = undefined;
      heading(rule[1]!.startsWith("=") ? 1 : 2, title, at, end);
      continue;
    }
    if (thematicBreak.test(bare) || listItem.test(bare)) close();
    if (open === undefined) {
      const kind = /^[ \t]*\|/.test(bare) || /^(?: {4}|\t)/.test(bare) ? "lines" : "prose";
      open = { start, end, kind, first: bare };
    } else open.end = end;
  }
  close();
  return blocks;
}

function* lines(text: string): Generator<[from: number, to: number]> {
  let from = 0;
  while (from < text.length) {
    const newline = text.indexOf("\n", from);
    const to = newline < 0 ? text.length : newline;
    yield [from, to];
    from = to + 1;
  }
}

/** A heading as it reads: without the marks of emphasis, code, links and ids. */
function plainHeading(source: string): string {
  return source
    .replace(/\s*\{#[^}]*\}\s*$/, "")
    .replace(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replace(/(`+)(.+?)\1/g, "$2")
    .replace(/(\*{1,3})(\S(?:.*?\S)?)\1/g, "$2")
    .replace(/(?<![\p{L}\p{N}])(_{1,3})(\S(?:.*?\S)?)\1(?![\p{L}\p{N}])/gu, "$2")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

function frontMatterTitle(block: string): string | undefined {
  if (!/^\uFEFF?---/.test(block)) return undefined;
  const title = /^title:[ \t]*(.+?)[ \t]*\r?$/m.exec(block)?.[1]?.replace(/^(["'])(.*)\1$/, "$2");
  return title === undefined || title === "" ? undefined : title;
}
