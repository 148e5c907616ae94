/**
 * The sentences of the passages found, how well each answers, and which of them make the answer.
 */
import type { Embedder } from "../../embedder.ts";
import { sentences } from "../chunks/sentences.ts";
import { paragraphs } from "../documents/text.ts";
import type { DocumentHit } from "../search/search.ts";
import type { Evidence } from "./relevance.ts";
import { coverage, type Term } from "./terms.ts";

export interface Candidate {
  hit: DocumentHit;
  /** In the hit's text. */
  start: number;
  end: number;
  text: string;
  score: number;
}

const longestQuote = 600;
const shortestQuote = 15;

export async function gatherEvidence(
  question: string,
  terms: readonly Term[],
  hits: readonly DocumentHit[],
  embedder: Embedder,
  signal: AbortSignal | undefined,
): Promise<{ evidence: Evidence; candidates: Candidate[] }> {
  const candidates = hits.flatMap((hit) => quotable(hit));
  const abort = signal === undefined ? {} : { signal };
  const [asked, passages, quotes] = await Promise.all([
    embedder.embedText([question], { role: "query", ...abort }),
    embedder.embedText(hits.map(withHeading), { role: "document", ...abort }),
    embedder.embedText(
      candidates.map((candidate) => candidate.text),
      { role: "document", ...abort },
    ),
  ]);
  const { dimension } = embedder;
  const near = (vectors: Float32Array, row: number): number => {
    let sum = 0;
    for (let i = 0; i < dimension; i++) sum += vectors[row * dimension + i]! * asked.vectors[i]!;
    return sum;
  };
  const evidence: Evidence = { words: 0, nearness: 0, sentence: 0 };
  const passageScores = new Map<DocumentHit, number>();
  for (const [i, hit] of hits.entries()) {
    const words = coverage(terms, withHeading(hit));
    const nearness = near(passages.vectors, i);
    evidence.words = Math.max(evidence.words, words);
    evidence.nearness = Math.max(evidence.nearness, nearness);
    // A little for the rank, which knows more than these two.
    passageScores.set(hit, 0.35 * words + 0.35 * nearness + 0.15 / (1 + i));
  }
  for (const [i, candidate] of candidates.entries()) {
    const nearness = near(quotes.vectors, i);
    evidence.sentence = Math.max(evidence.sentence, nearness);
    candidate.score = coverage(terms, candidate.text) + nearness + passageScores.get(candidate.hit)!;
  }
  return { evidence, candidates };
}

/** The best sentence, then others that are nearly as good and tell more of what was asked. */
export function pickSentences(
  candidates: readonly Candidate[],
  terms: readonly Term[],
  most: number,
): Candidate[] {
  const ranked = [...candidates].sort((a, b) => b.score - a.score);
  const best = ranked[0];
  if (best === undefined) return [];
  const chosen = [best];
  const told = new Set([plain(best.text)]);
  for (const candidate of ranked.slice(1)) {
    if (chosen.length === most || candidate.score < best.score * 0.75) break;
    if (told.has(plain(candidate.text)) || coverage(terms, candidate.text) === 0) continue;
    told.add(plain(candidate.text));
    chosen.push(candidate);
  }
  return chosen;
}

/** Sentences of prose; a block of code or a table as a whole. Headings say what a text is about, not what it says. */
function quotable(hit: DocumentHit): Candidate[] {
  const found: Candidate[] = [];
  const { text } = hit;
  const keep = (start: number, end: number): void => {
    if (end - start >= shortestQuote && end - start <= longestQuote)
      found.push({ hit, start, end, text: text.slice(start, end), score: 0 });
  };
  for (const [start, end] of textBlocks(text)) {
    const block = text.slice(start, end);
    if (/^(?:`{3}|~{3}|<!--| {4})/.test(block)) keep(start, end);
    else if (block.startsWith("|")) for (const row of tableRows(text, start, end)) keep(...row);
    else if (!/^#{1,6}\s/.test(block)) {
      // The mark of a list's item is not a part of what it says.
      const mark = /^\s*(?:[-*+]|\d{1,9}[.)])[ \t]+/.exec(block)?.[0].length ?? 0;
      for (const span of sentences(text, start + mark, end)) keep(...span);
    }
  }
  return found;
}

/** Rows that hold something, but not the header and the line below it. */
function* tableRows(text: string, from: number, to: number): Generator<[start: number, end: number]> {
  let start = from;
  let ruled = false;
  for (const row of text.slice(from, to).split("\n")) {
    const isRule = /^\|[\s|:-]*$/.test(row.trim());
    if (ruled && !isRule) yield [start, start + row.trimEnd().length];
    ruled ||= isRule;
    start += row.length + 1;
  }
}

/** Paragraphs, further divided at headings and the items of lists; a fence with blank lines in it stays whole. */
function* textBlocks(text: string): Generator<[start: number, end: number]> {
  let fence: number | undefined;
  for (const [start, end] of paragraphs(text)) {
    const marks = text.slice(start, end).match(/^ {0,3}(?:`{3,}|~{3,})/gm)?.length ?? 0;
    if (fence !== undefined || marks % 2 === 1) {
      const from: number = fence ?? start;
      fence = (fence === undefined) === (marks % 2 === 1) ? from : undefined;
      if (fence === undefined) yield [from, end];
      continue;
    }
    if (marks > 0) {
      yield [start, end];
      continue;
    }
    let from = start;
    for (const item of text
      .slice(start, end)
      .matchAll(/\n(?=[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t])|(?<=^#{1,6} .*)\n/gm)) {
      yield [from, start + item.index];
      from = start + item.index + 1;
    }
    yield [from, end];
  }
  if (fence !== undefined) yield [fence, text.length];
}

function withHeading(hit: DocumentHit): string {
  const above = hit.heading ?? (hit.text.includes(hit.title) ? "" : hit.title);
  return above === "" ? hit.text : `${above}\n${hit.text}`;
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ");
}
