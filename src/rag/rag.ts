/**
 * Retrieval-augmented generation over any Store: documents → chunks → embeddings → a durable collection →
 * hybrid, filtered search → answers with citations. The folders beside this file are the steps of that road.
 */

export { type Answer, type AskOptions, ask, type Citation } from "./ask/ask.ts";
export { type Chunk, type ChunkBudget, chunkDocument } from "./chunks/chunk.ts";
export { sentences } from "./chunks/sentences.ts";
export {
  type Block,
  type Document,
  type Location,
  memoryFile,
  type Problem,
  type SourceFile,
} from "./documents/document.ts";
export { type FilesOnDisk, findFiles } from "./documents/files.ts";
export { isReadable, loadDocuments, readableExtensions } from "./documents/load.ts";
export { type IngestOptions, type IngestProgress, type IngestReport, ingest } from "./ingest/ingest.ts";
export {
  type ChunkPayload,
  checkChunks,
  chunksSchema,
  chunkTextFields,
  chunkVectorField,
  openChunks,
  sourcesName,
} from "./ingest/schema.ts";
export {
  type DocumentHit,
  type DocumentSearchResult,
  type SearchMode,
  type SearchOptions,
  searchDocuments,
} from "./search/search.ts";
