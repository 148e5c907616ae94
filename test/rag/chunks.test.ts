/** Laws of chunks, over all loaders and texts that fast-check makes up. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chunkDocument } from "../../src/rag/chunks/chunk.ts";
import { sentences } from "../../src/rag/chunks/sentences.ts";
import type { Document, Problem } from "../../src/rag/documents/document.ts";
import { loadDocuments } from "../../src/rag/documents/load.ts";

const words = fc.constantFrom(
  ..."lorem ipsum. dolor sit! Amet? 你好。 世界 naïve é á́ 👩‍👩‍👧 🇩🇪🇫🇷 Dr. e.g. 3.5 `code` **bold** # ## - * 1. > | --- === ``` ~~~ <!-- --> <b> &amp; [a](b) \t \u00a0 \r\n".split(
    / /,
  ),
  "\n",
  "\n\n",
  "\n# Heading\n",
  "\n## Sub\n\n",
  "\n```\ncode # no heading\n```\n",
  " \u0301",
  "x".repeat(50),
  "字".repeat(40),
);
const texts = fc
  .array(fc.oneof(words, fc.string({ unit: "grapheme", maxLength: 20 })), { maxLength: 60 })
  .chain((parts) => fc.constantFrom(" ", "", "\n").map((glue) => parts.join(glue)))
  .map((text) => text.replaceAll("\0", ""));
const limits = fc.integer({ min: 5, max: 120 });
const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

function load(path: string, content: string): Document[] {
  const problems: Problem[] = [];
  const documents = [...loadDocuments(path, new TextEncoder().encode(content), (p) => problems.push(p))];
  expect(problems).toEqual([]);
  return documents;
}

for (const path of ["a.txt", "a.md", "a.html", "a.jsonl"])
  describe(`chunks of ${path}`, () => {
    const one = (text: string): Document => {
      const content = path === "a.jsonl" ? JSON.stringify({ id: 1, title: text.slice(0, 7), text }) : text;
      return load(path, content)[0]!;
    };

    test("are exact spans that ascend without overlap, within the budget, and cover all that is not whitespace", () => {
      fc.assert(
        fc.property(texts, limits, (text, limit) => {
          const document = one(text.toWellFormed());
          const chunks = chunkDocument(document, { limit, recordLimit: limit });
          let reached = 0;
          for (const [ordinal, chunk] of chunks.entries()) {
            expect(chunk.ordinal).toBe(ordinal);
            expect(chunk.text).toBe(document.text.slice(chunk.start, chunk.end));
            expect(chunk.text.trim()).not.toBe("");
            expect(chunk.start).toBeGreaterThanOrEqual(reached);
            expect(document.text.slice(reached, chunk.start)).toMatch(/^\s*$/);
            if (chunk.text.length > limit) expect([...graphemes.segment(chunk.text.trim())]).toHaveLength(1);
            reached = chunk.end;
          }
          expect(document.text.slice(reached)).toMatch(/^\s*$/);
        }),
        { numRuns: 300 },
      );
    });

    test("are never cut inside a grapheme", () => {
      fc.assert(
        fc.property(texts, limits, (text, limit) => {
          const document = one(text.toWellFormed());
          const boundaries = new Set([...graphemes.segment(document.text)].map((part) => part.index));
          boundaries.add(document.text.length);
          for (const chunk of chunkDocument(document, { limit, recordLimit: limit })) {
            expect(boundaries).toContain(chunk.start);
            expect(boundaries).toContain(chunk.end);
          }
        }),
        { numRuns: 300 },
      );
    });
  });

test("spans of text and Markdown are spans of the file, byte order mark and CRLF included", () => {
  const file = "\uFEFF# Title\r\n\r\nFirst paragraph.\r\nGoes on.\r\n\r\n## Part\r\n\r\nSecond.\r\n";
  for (const path of ["a.txt", "a.md"]) {
    const document = load(path, file)[0]!;
    const chunks = chunkDocument(document, { limit: 30 });
    expect(chunks.length).toBeGreaterThan(1);
    for (const chunk of chunks) {
      const place = document.locate(chunk.start, chunk.end);
      expect(file.slice(place.start, place.end)).toBe(chunk.text);
      expect(place.line).toBe(file.slice(0, place.start).split("\n").length);
    }
  }
});

test("a section's chunks know their heading path, and a lone heading goes with the text below it", () => {
  const document = load(
    "a.md",
    "# Guide\n\n## Install\n\nRun it.\n\n### Linux\n\nUse apt.\n\n## Use\n\nQuery.",
  )[0]!;
  const chunks = chunkDocument(document);
  expect(chunks.map((chunk) => [chunk.headings.join(" > "), chunk.text])).toEqual([
    ["Guide > Install", "# Guide\n\n## Install\n\nRun it."],
    ["Guide > Install > Linux", "### Linux\n\nUse apt."],
    ["Guide > Use", "## Use\n\nQuery."],
  ]);
});

test("a long section is cut between paragraphs, in parts of about one size", () => {
  const paragraph = "A sentence of some length that says little. ".repeat(6).trim();
  const document = load("a.txt", Array(9).fill(paragraph).join("\n\n"))[0]!;
  const chunks = chunkDocument(document, { limit: 1000 });
  expect(chunks.map((chunk) => chunk.text.split("\n\n").length)).toEqual([3, 3, 3]);
});

test("a budget in tokens holds for what counts them", () => {
  const measure = (text: string): number => text.split(/\s+/).filter(Boolean).length + 2;
  const prose = readFileSync(new URL("../../src/store.ts", import.meta.url), "utf8");
  const chunks = chunkDocument(load("a.txt", prose)[0]!, { limit: 40, measure });
  expect(chunks.length).toBeGreaterThan(10);
  for (const chunk of chunks) expect(measure(chunk.text)).toBeLessThanOrEqual(40);
});

test("a record stays whole up to its own limit, and is cut beyond it", () => {
  const text = "One sentence here. ".repeat(100).trim();
  const document = load("a.jsonl", JSON.stringify({ id: "r", title: "T", text }))[0]!;
  expect(chunkDocument(document)).toHaveLength(1);
  expect(chunkDocument(document, { recordLimit: 500, limit: 500 }).length).toBeGreaterThan(3);
});

test("sentences end at marks, not at abbreviations, initials, decimals or list numbers", () => {
  const text =
    'Dr. J. Smith paid 3.50 dollars, e.g. for tea. "Was it good?" He said so! 今日は。明日も。 1. First\n\nsecond line';
  expect([...sentences(text)].map(([start, end]) => text.slice(start, end))).toEqual([
    "Dr. J. Smith paid 3.50 dollars, e.g. for tea.",
    '"Was it good?"',
    "He said so!",
    "今日は。",
    "明日も。",
    "1. First",
    "second line",
  ]);
});
