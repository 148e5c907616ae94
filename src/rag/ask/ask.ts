/**
 * Answers a question from a collection by quoting it: finds passages, picks the sentences that answer best, cites each
 * with the place it stands. Every quote is looked up again in the stored chunk before it is given. Where nothing
 * relevant is there, it says so.
 */
import type { Embedder } from "../../embedder.ts";
import type { Filter } from "../../model/filter.ts";
import type { PointId } from "../../model/id.ts";
import type { Warning } from "../../model/result.ts";
import type { Collection } from "../../store.ts";
import { type DocumentHit, type SearchMode, searchDocuments } from "../search/search.ts";
import { verifyQuotes } from "./cite.ts";
import { gatherEvidence, pickSentences } from "./passages.ts";
import { relevance } from "./relevance.ts";
import { questionWords, weighTerms } from "./terms.ts";

export interface AskOptions {
  collection: Collection;
  /** The model of the collection. */
  embedder: Embedder;
  question: string;
  mode?: SearchMode;
  filter?: Filter;
  /** Passages looked at. Default 8. */
  passages?: number;
  /** Sentences of an answer, at most. Default 3. */
  sentences?: number;
  signal?: AbortSignal;
}

export interface Citation {
  /** From 1, as in the answer's "[1]". */
  number: number;
  /** The record's id, or the chunk's. */
  id: PointId;
  /** Id of the point that holds it. */
  point: PointId;
  source: string;
  title: string;
  heading?: string;
  /** Verbatim, from the stored text. */
  quote: string;
  /**
   * Of the quote: in the file for text and Markdown, in the record's text for JSON Lines. For HTML, whose text is not
   * the file's, of the chunk that holds it.
   */
  span: [start: number, end: number];
  line: number;
}

export interface Answer {
  question: string;
  /** False: nothing relevant was found, `text` says so, and there are no citations. */
  found: boolean;
  /** Quotes in the order they answer, each with its number: `… [1] … [2]`. */
  text: string;
  citations: Citation[];
  /** 0 … 1, see docs/rag.md; `found` from 0.5. */
  relevance: number;
  warnings: Warning[];
}

/** @throws FrancaError what the store and the embedder throw */
export async function ask(options: AskOptions): Promise<Answer> {
  const { collection, embedder, question, mode, filter, signal } = options;
  const shared = { ...(filter === undefined ? {} : { filter }), ...(signal === undefined ? {} : { signal }) };
  const { hits, warnings } = await searchDocuments({
    collection,
    embedder,
    text: question,
    limit: options.passages ?? 8,
    ...(mode === undefined ? {} : { mode }),
    ...shared,
  });
  const terms = await weighTerms(collection, questionWords(question));
  const { evidence, candidates } = await gatherEvidence(question, terms, hits, embedder, signal);
  const score = relevance(evidence);
  const chosen =
    hits.length === 0 || score < 0.5 ? [] : pickSentences(candidates, terms, options.sentences ?? 3);
  const citations = await verifyQuotes(collection, chosen);
  return {
    question,
    found: citations.length > 0,
    text:
      citations.length > 0
        ? citations.map(({ quote, number }) => `${quote} [${number}]`).join(" ")
        : nothingFound(hits),
    citations,
    relevance: score,
    warnings,
  };
}

function nothingFound(hits: readonly DocumentHit[]): string {
  return hits.length === 0
    ? "No document was found for this question."
    : "The documents do not seem to answer this question.";
}
