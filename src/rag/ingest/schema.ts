/**
 * The collection that holds chunks, and its companion that remembers which files they came from.
 */
import type { Embedder } from "../../embedder.ts";
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import type { Collection, CollectionInfo, Store } from "../../store.ts";

/** The vector field of chunks. */
export const chunkVectorField = "embedding";
/** Text fields of chunks that keyword search reads: the text, and the headings above it. */
export const chunkTextFields: readonly string[] = ["text", "heading"];

/** A collection for the chunks of documents, written by one model. */
export function chunksSchema(embedder: Embedder): CollectionSchema {
  return {
    vectors: {
      [chunkVectorField]: { dimension: embedder.dimension, metric: "cosine", model: { ...embedder.model } },
    },
    payload: {
      text: { type: "text" },
      heading: { type: "text" },
      title: { type: "keyword" },
      source: { type: "keyword" },
    },
  };
}

/** What `franca/rag` keeps beside a record's own metadata, which lies in the payload's other keys. */
export interface ChunkPayload {
  /** Exactly the chunk's text; see `chunk.start`. */
  text: string;
  /** Path of the file. */
  source: string;
  title: string;
  /** Title and headings, "Guide > Install"; absent for records. */
  heading?: string;
  chunk: {
    /** Id of the document: a record's own id, a file's path. */
    document: string | number;
    /** Place in the document, from 0. */
    ordinal: number;
    /** The span in the file, or, for JSON Lines, in the record's text. */
    start: number;
    end: number;
    /** Line of the file, from 1. */
    line: number;
    /** Of what was embedded: equal hashes have equal vectors. */
    hash: string;
    /** A record of JSON Lines: search returns it once, by its own id. */
    record: boolean;
  };
}

/** A payload as one of a chunk; undefined when it is something else. */
export function chunkPayloadOf(payload: unknown): (ChunkPayload & { [key: string]: unknown }) | undefined {
  const { text, source, chunk } = (payload ?? {}) as Partial<ChunkPayload>;
  if (typeof text !== "string" || typeof source !== "string" || typeof chunk !== "object") return undefined;
  return payload as ChunkPayload & { [key: string]: unknown };
}

/** Keys of the payload that a record's metadata cannot have; there it moves to `metadata.<key>`. */
export const reservedKeys: readonly string[] = ["text", "source", "title", "heading", "chunk"];

/** Rows about files, beside each collection of chunks. They have no vectors. */
export const sourcesSchema: CollectionSchema = { vectors: {}, payload: { path: { type: "keyword" } } };

export function sourcesName(collection: string): string {
  return `${collection}.sources`;
}

/**
 * The collection of chunks, made when it is not there.
 * @throws FrancaError failed_precondition when it was not made for chunks, or another model wrote it
 */
export async function openChunks(store: Store, name: string, embedder: Embedder): Promise<Collection> {
  let info: CollectionInfo;
  try {
    info = await store.describe(name);
  } catch (error) {
    if (!isFrancaError(error, "not_found")) throw error;
    return store.create(name, chunksSchema(embedder), { ifExists: "open" });
  }
  checkChunks(info, embedder);
  return store.collection(name);
}

/** @throws FrancaError failed_precondition */
export function checkChunks(info: CollectionInfo, embedder?: Embedder): void {
  const field = info.schema.vectors[chunkVectorField];
  const missing = chunkTextFields.filter((path) => info.schema.payload?.[path]?.type !== "text");
  if (field === undefined || missing.length > 0)
    throw new FrancaError(
      "failed_precondition",
      `collection "${info.name}" was not made for documents: it lacks ${
        field === undefined ? `the vector field "${chunkVectorField}"` : `the text field "${missing[0]}"`
      }. Choose another name, or create it with chunksSchema(embedder)`,
      { details: { collection: info.name } },
    );
  if (embedder === undefined || field.model === undefined) return;
  const { model } = embedder;
  if (field.model.id === model.id && field.model.revision === model.revision) return;
  throw new FrancaError(
    "failed_precondition",
    `collection "${info.name}" holds vectors of the model ${field.model.id} (${field.model.revision}); ` +
      `got the model ${model.id} (${model.revision}). Vectors of two models cannot be compared: ` +
      "use the collection's model, or add the documents to another collection",
    { details: { collection: info.name, expected: field.model, received: model } },
  );
}
