/**
 * Finds chunks by meaning, by words, or both, under a filter; a record of JSON Lines comes once, by its own id.
 */
import type { Embedder } from "../../embedder.ts";
import { FrancaError } from "../../errors.ts";
import { hybridSearch } from "../../hybrid/hybrid.ts";
import type { Filter } from "../../model/filter.ts";
import type { PointId } from "../../model/id.ts";
import type { Hit, QueryResult, Shortfall, Warning } from "../../model/result.ts";
import type { Collection } from "../../store.ts";
import { type ChunkPayload, chunkPayloadOf, chunkTextFields, chunkVectorField } from "../ingest/schema.ts";

export type SearchMode = "hybrid" | "vector" | "keyword";

export interface SearchOptions {
  collection: Collection;
  /** The model of the collection; not needed for keywords. */
  embedder?: Embedder;
  text: string;
  /** Default "hybrid". */
  mode?: SearchMode;
  /** Default 10. */
  limit?: number;
  filter?: Filter;
  /** Of the two legs of a hybrid search. */
  weights?: { vector: number; keyword: number };
  signal?: AbortSignal;
}

export interface DocumentHit {
  /** The record's id, or the chunk's point id. */
  id: PointId;
  /** Id of the point that was found: the best chunk. */
  point: PointId;
  source: string;
  title: string;
  heading?: string;
  text: string;
  /** Where the text is: in the file, or, for JSON Lines, in the record's text. */
  span: [start: number, end: number];
  line: number;
  /** Larger is better; comparable within one answer. */
  score: number;
  /** What each leg of a hybrid search said. */
  legs?: { [leg: string]: { score: number; rank: number } };
  /** All that is stored with the chunk. */
  payload: ChunkPayload & { [key: string]: unknown };
}

export interface DocumentSearchResult {
  hits: DocumentHit[];
  /** Why there are fewer than `limit`. */
  shortfall?: Shortfall;
  warnings: Warning[];
}

const largestLimit = 1_048_576;

/** @throws FrancaError invalid_argument; what the store and the embedder throw */
export async function searchDocuments(options: SearchOptions): Promise<DocumentSearchResult> {
  const { limit = 10 } = options;
  const ask = await asker(options);
  // Several chunks of one record may be among the best: then more are fetched.
  for (let fetched = limit; ; fetched = Math.min(fetched * 2, largestLimit)) {
    const result = await ask(fetched);
    const hits = distinct(result.hits, limit);
    const exhausted = result.hits.length < fetched || fetched === largestLimit;
    if (hits.length < limit && !exhausted) continue;
    return {
      hits,
      ...(hits.length < limit && result.shortfall !== undefined ? { shortfall: result.shortfall } : {}),
      warnings: result.warnings,
    };
  }
}

/** One question, asked as often as more hits are needed; embedded once. */
async function asker(options: SearchOptions): Promise<(limit: number) => Promise<QueryResult>> {
  const { collection, text, mode = "hybrid", weights, filter, signal } = options;
  const common = { ...(filter === undefined ? {} : { filter }), ...(signal === undefined ? {} : { signal }) };
  if (mode === "keyword")
    return (limit) => collection.query({ text, fields: chunkTextFields, ...common, limit });
  const vector = await embedQuery(options);
  const field = chunkVectorField;
  if (mode === "vector") return (limit) => collection.query({ nearest: vector, field, ...common, limit });
  return (limit) =>
    hybridSearch(collection, {
      text,
      vector,
      field,
      textFields: chunkTextFields,
      ...(weights === undefined ? {} : { weights }),
      ...common,
      limit,
    });
}

async function embedQuery({ embedder, text, signal }: SearchOptions): Promise<Float32Array> {
  if (embedder === undefined)
    throw new FrancaError(
      "invalid_argument",
      'a search by meaning needs `embedder`, the model of the collection; mode "keyword" needs none',
    );
  const { vectors } = await embedder.embedText([text], {
    role: "query",
    ...(signal === undefined ? {} : { signal }),
  });
  return vectors;
}

function distinct(found: readonly Hit[], limit: number): DocumentHit[] {
  const seen = new Set<unknown>();
  const hits: DocumentHit[] = [];
  for (const hit of found) {
    const payload = chunkPayloadOf(hit.payload);
    if (payload === undefined) continue;
    const { source, title, heading, text, chunk } = payload;
    const id = chunk.record ? chunk.document : hit.id;
    if (seen.has(id)) continue;
    seen.add(id);
    hits.push({
      id,
      point: hit.id,
      source,
      title,
      ...(heading === undefined ? {} : { heading }),
      text,
      span: [chunk.start, chunk.end],
      line: chunk.line,
      score: hit.score,
      ...(hit.legs === undefined ? {} : { legs: hit.legs }),
      payload,
    });
    if (hits.length === limit) break;
  }
  return hits;
}
