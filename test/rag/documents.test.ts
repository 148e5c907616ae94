/** Laws of the loaders: structure as a full parser sees it, and every text's way back to its file. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { parseFragment } from "parse5";
import { describe, expect, test } from "vitest";
import { chunkDocument } from "../../src/rag/chunks/chunk.ts";
import type { Document, Problem } from "../../src/rag/documents/document.ts";
import { loadDocuments } from "../../src/rag/documents/load.ts";
import { markdownBlocks, markdownDocument } from "../../src/rag/documents/markdown.ts";

function load(path: string, content: string): Document[] {
  return [
    ...loadDocuments(path, new TextEncoder().encode(content), (problem) => expect.fail(problem.message)),
  ];
}

describe("Markdown", () => {
  const fragments = fc.constantFrom(
    "# One\n",
    "## Two ##\n",
    "   ### Three\n",
    "    # four spaces\n",
    "#none\n",
    "Setext\n===\n",
    "Setext two\n---\n",
    "---\n",
    "paragraph\n",
    "\n",
    "\n\n",
    "```sh\n# comment\n```\n",
    "~~~\n# in tildes\n```\n~~~\n",
    "````\n```\n# inner\n````\n",
    "<!-- \n# comment\n-->\n",
    "<pre>\n# pre\n\n# pre\n</pre>\n",
    "| a | b |\n| --- | --- |\n| 1 | 2 |\n",
    "#\n",
  );

  function headingsOf(text: string): [line: number, depth: number][] {
    const found: [number, number][] = [];
    for (const node of fromMarkdown(text).children)
      if (node.type === "heading") found.push([node.position!.start.offset!, node.depth]);
    return found;
  }

  test("headings are those of a CommonMark parser", () => {
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 14 }), (parts) => {
        const text = parts.join("\n");
        fc.pre(!/^---/.test(text));
        const starts = markdownBlocks(text)
          .filter((block) => block.kind === "heading")
          .map((block) => block.start);
        expect(starts).toEqual(headingsOf(text).map(([start]) => start));
      }),
      { numRuns: 500 },
    );
  });

  test("headings of this project's pages are those of a CommonMark parser, with the same words", () => {
    const root = join(import.meta.dirname, "../..");
    const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => join("docs", name))];
    let compared = 0;
    for (const page of pages.filter((name) => name.endsWith(".md"))) {
      const text = readFileSync(join(root, page), "utf8");
      const expected: string[] = [];
      for (const node of fromMarkdown(text).children) if (node.type === "heading") expected.push(plain(node));
      const blocks = markdownBlocks(text).filter((block) => block.kind === "heading");
      expect(blocks.map((block) => block.headings.at(-1))).toEqual(expected);
      compared += expected.length;
    }
    expect(compared).toBeGreaterThan(20);
  });

  test("the title is that of the front matter, else the first heading, else the file's name", () => {
    expect(markdownDocument("a.md", "---\ntitle: 'Front'\n---\n# Head\n").title).toBe("Front");
    expect(markdownDocument("a.md", "Text\n\n# The *Head* of `code`\n").title).toBe("The Head of code");
    expect(markdownDocument("docs/a.b.md", "Text\n").title).toBe("a.b");
  });

  function plain(node: Nodes): string {
    if ("value" in node) return node.value;
    return "children" in node ? node.children.map(plain).join("") : "";
  }
});

describe("HTML", () => {
  const pieces = fc.constantFrom(
    ..."plain text|&amp;|&lt;b&gt;|&eacute;|&#x1F600;|&nbsp;|&notit;|&unknown;|& |<b>bold</b>|<a href='x&amp;y'>link</a>|<br>|<p>para|</p>|<div>|</div>|<h1>Head</h1>|<h2>Sub</h2>|<li>item|<script>var x = 1 < 2;</script>|<style>p{}</style>|<!-- note -->|</unknown>|<pre>\n a  b\n</pre>|<td>cell|<table><tr><td>x</td></tr></table>|\r\n|\n|  |é👩‍👩‍👧|字".split(
      "|",
    ),
  );
  const pages = fc.array(pieces, { maxLength: 25 }).map((parts) => parts.join(""));

  /** Text of a piece of HTML by a parser alone, without any whitespace. */
  function bare(html: string): string {
    const visit = (node: { nodeName: string; value?: string; childNodes?: unknown[] }): string => {
      if (["script", "style"].includes(node.nodeName)) return "";
      if (node.nodeName === "#text") return node.value ?? "";
      return (node.childNodes ?? []).map((child) => visit(child as never)).join("");
    };
    return visit(parseFragment(html) as never).replace(/\s+/g, "");
  }

  test("a page's text is its visible text, whole and in order", () => {
    fc.assert(
      fc.property(pages, (html) => {
        fc.pre(!html.includes("<td>cell") && !html.includes("<table>"));
        expect(load("a.html", html)[0]!.text.replace(/\s+/g, "")).toBe(bare(html));
      }),
      { numRuns: 500 },
    );
  });

  test("a span of the file reads as its chunk's text", () => {
    fc.assert(
      fc.property(pages, fc.integer({ min: 8, max: 60 }), (html, limit) => {
        // Tables move text that stands in the wrong place, and a bare cell is none.
        fc.pre(!html.includes("<td>cell") && !html.includes("<table>"));
        const document = load("a.html", html)[0]!;
        for (const chunk of chunkDocument(document, { limit })) {
          const { start, end } = document.locate(chunk.start, chunk.end);
          expect(bare(html.slice(start, end))).toBe(chunk.text.replace(/\s+/g, ""));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("each character's place holds that character, or the reference that stands for it", () => {
    const html = "<title>T</title>\r\n<p>a &amp; b\r\n<b>c&eacute;</b> &#x1F600; d</p>";
    const document = load("a.html", html)[0]!;
    expect(document.text).toBe("a & b cé 😀 d");
    const at = (start: number, end: number): string => {
      const place = document.locate(start, end);
      return html.slice(place.start, place.end);
    };
    expect(at(0, 1)).toBe("a");
    expect(at(2, 3)).toBe("&amp;");
    expect(at(6, 8)).toBe("c&eacute;");
    expect(at(9, 11)).toBe("&#x1F600;");
    expect(document.locate(0, 1).line).toBe(2);
    expect(document.title).toBe("T");
  });

  test("a page that nests fifty thousand deep is read", () => {
    const html = `${"<div>".repeat(50_000)}deep${"</div>".repeat(50_000)}`;
    expect(load("a.html", html)[0]!.text).toBe("deep");
  });

  test("headings lead their sections, scripts and styles are left out, pre keeps its lines", () => {
    const html = "<h1>Guide</h1><script>x</script><h2>Run</h2><p>Do it.</p><pre>a\n  b</pre><h2>Stop</h2>end";
    const chunks = chunkDocument(load("a.html", html)[0]!);
    expect(chunks.map((chunk) => [chunk.headings, chunk.text])).toEqual([
      [["Guide", "Run"], "Guide\n\nRun\n\nDo it.\n\na\n  b"],
      [["Guide", "Stop"], "Stop\n\nend"],
    ]);
  });
});

describe("JSON Lines", () => {
  test("a record's text is title and text, its span counts there, its other keys are metadata", () => {
    const [first, second] = load(
      "r.jsonl",
      '{"id":"a","title":"T","text":"Body","year":1}\r\n\r\n{"id":2,"title":"","text":"Alone"}',
    );
    expect(first).toMatchObject({
      id: "a",
      title: "T",
      text: "T\nBody",
      metadata: { year: 1 },
      record: true,
    });
    expect(first!.locate(2, 6)).toEqual({ start: 2, end: 6, line: 1 });
    expect(second).toMatchObject({ id: 2, title: "", text: "Alone" });
    expect(second!.locate(0, 5).line).toBe(3);
  });

  test.each([
    ["[1]", "an array"],
    ["{", "one JSON object a line"],
    ['{"text":"x"}', '"id"'],
    ['{"id":1.5,"text":"x"}', '"id"'],
    ['{"id":"","text":"x"}', '"id"'],
    ['{"id":1}', '"text" must be a string'],
    ['{"id":1,"text":"x","title":5}', '"title" must be a string'],
  ])("the line %s is a problem with its number, and the next line is read", (line, message) => {
    const problems: Problem[] = [];
    const bytes = new TextEncoder().encode(`\n${line}\n{"id":1,"text":"good"}`);
    const documents = [...loadDocuments("r.jsonl", bytes, (problem) => problems.push(problem))];
    expect(problems).toEqual([{ source: "r.jsonl", line: 2, message: expect.stringContaining(message) }]);
    expect(documents.map(({ text }) => text)).toEqual(["good"]);
  });
});
