/**
 * HTML: the text a reader sees, in blocks, each character with its place in the file.
 * Whitespace is collapsed (kept in `<pre>`), blocks are set apart by blank lines; scripts, styles and templates are left out.
 * A span goes from the first character of its text in the file to behind the last: what lies between reads as that text.
 */
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { type Block, type Document, fileTitle, lineFinder } from "./document.ts";
import { alignText, textStart } from "./html-source.ts";

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

const hidden = new Set("script style template noscript head svg math iframe object select".split(" "));
const inline = new Set(
  "a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strike strong sub sup time tt u var wbr button img input".split(
    " ",
  ),
);

export function htmlDocument(source: string, html: string): Document {
  const page = parse(html, { sourceCodeLocationInfo: true });
  const reader = new PageReader(html);
  reader.read(page);
  reader.closeBlock();
  const lineOf = lineFinder(html);
  const { starts, ends } = reader;
  return {
    id: source,
    source,
    title:
      titleOf(page) ||
      reader.blocks.find((block) => block.kind === "heading")?.headings[0] ||
      fileTitle(source),
    text: reader.text(),
    blocks: reader.blocks,
    metadata: {},
    record: false,
    locate(start, end) {
      const from = starts[start] ?? html.length;
      return { start: from, end: end > start ? ends[end - 1]! : from, line: lineOf(from) };
    },
  };
}

/** Walks the tree in reading order and gathers text, places and blocks. */
class PageReader {
  readonly blocks: Block[] = [];
  /** For each UTF-16 unit of the text, where it begins and ends in the file. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly #html: string;
  readonly #parts: string[] = [];
  #length = 0;
  readonly #levels: { level: number; title: string }[] = [];
  #headings: readonly string[] = [];
  #blockStart = -1;
  #kind: Block["kind"] = "prose";
  #level = 0;
  #preformatted = 0;
  #pendingSpace = false;

  constructor(html: string) {
    this.#html = html;
  }

  text(): string {
    return this.#parts.join("");
  }

  /** By a list of what is to do, since pages nest deeper than calls may. */
  read(root: Node): void {
    const todo: (Node | (() => void))[] = [root];
    for (let next = todo.pop(); next !== undefined; next = todo.pop())
      if (typeof next === "function") next();
      else if (next.nodeName === "#text") this.#readText(next as DefaultTreeAdapterTypes.TextNode);
      else if ("childNodes" in next && !("tagName" in next && hidden.has(next.tagName))) {
        if ("tagName" in next) todo.push(this.#enter(next));
        for (let i = next.childNodes.length - 1; i >= 0; i--) todo.push(next.childNodes[i]!);
      }
  }

  /** What begins with an element; returns what ends with it. */
  #enter({ tagName }: Element): () => void {
    if (inline.has(tagName)) return () => {};
    if (tagName === "br" || tagName === "td" || tagName === "th") {
      this.#pendingSpace = true;
      return () => {
        this.#pendingSpace = true;
      };
    }
    this.closeBlock();
    const level = /^h([1-6])$/.exec(tagName)?.[1];
    if (level !== undefined) {
      this.#kind = "heading";
      this.#level = Number(level);
    }
    if (tagName === "pre") {
      this.#kind = "lines";
      this.#preformatted++;
    }
    return () => {
      this.closeBlock();
      if (tagName === "pre") this.#preformatted--;
    };
  }

  #readText(node: DefaultTreeAdapterTypes.TextNode): void {
    const place = node.sourceCodeLocation;
    if (!place) return;
    const from = textStart(this.#html, place.startOffset, node.value);
    const aligned = alignText(this.#html.slice(from, place.endOffset), node.value);
    const startOf = (i: number): number => from + (aligned === undefined ? i : aligned[i]!);
    const value = node.value;
    for (let i = 0; i < value.length; i++) {
      const unit = value[i]!;
      const space = /\s/.test(unit) && unit !== "\u00a0";
      if (space && (this.#preformatted === 0 || this.#blockStart < 0)) {
        this.#pendingSpace = true;
        continue;
      }
      const at = startOf(i);
      let end = startOf(i + 1);
      // A reference that decodes to two units: each of them spans it whole.
      if (end === at) for (let j = i + 2; end === at && j <= value.length; j++) end = startOf(j);
      if (this.#blockStart < 0) this.#openBlock(at);
      else if (this.#pendingSpace) this.#put(" ", at, at);
      this.#pendingSpace = false;
      this.#put(unit, at, end);
    }
  }

  #openBlock(at: number): void {
    if (this.#length > 0) this.#put("\n\n", at, at);
    this.#blockStart = this.#length;
  }

  #put(text: string, start: number, end: number): void {
    this.#parts.push(text);
    for (let i = 0; i < text.length; i++) {
      this.starts.push(start);
      this.ends.push(end);
    }
    this.#length += text.length;
  }

  closeBlock(): void {
    const start = this.#blockStart;
    if (start >= 0) {
      if (this.#kind === "heading") {
        while (this.#levels.length > 0 && this.#levels.at(-1)!.level >= this.#level) this.#levels.pop();
        this.#levels.push({ level: this.#level, title: this.#slice(start) });
        this.#headings = this.#levels.map((entry) => entry.title);
      }
      this.blocks.push({ start, end: this.#length, kind: this.#kind, headings: this.#headings });
    }
    this.#blockStart = -1;
    this.#pendingSpace = false;
    this.#kind = this.#preformatted > 0 ? "lines" : "prose";
  }

  /** The block's text from its parts, which are single characters or separators. */
  #slice(start: number): string {
    let length = this.#length;
    let first = this.#parts.length;
    while (length > start) length -= this.#parts[--first]!.length;
    return this.#parts.slice(first).join("");
  }
}

function titleOf(node: Node): string {
  if (node.nodeName === "title" && "childNodes" in node)
    return node.childNodes
      .map((child) => ("value" in child ? child.value : ""))
      .join("")
      .replace(/\s+/g, " ")
      .trim();
  if (!("childNodes" in node) || node.nodeName === "body") return "";
  for (const child of node.childNodes) {
    const title = titleOf(child);
    if (title !== "") return title;
  }
  return "";
}
