/**
 * Hybrid search over any Store's collection: one question, ranked by meaning (vectors) and by words (BM25), fused into one list.
 */
import type { Embedder } from "../embedder.ts";
import { FrancaError } from "../errors.ts";
import type { Filter } from "../model/filter.ts";
import { defaultHybridWeights, defaultRrfK } from "../model/fusion.ts";
import type { VectorInput } from "../model/point.ts";
import type { QueryRequest, Selection } from "../model/query.ts";
import type { SearchParams } from "../model/ranking.ts";
import type { QueryResult, Warning } from "../model/result.ts";
import type { CollectionSchema, FieldPathOf, VectorName } from "../model/schema.ts";
import type { Collection } from "../store.ts";

export type { Embedder } from "../embedder.ts";
export { defaultHybridWeights, defaultRrfK, reciprocalRankFusion } from "../model/fusion.ts";

export interface HybridRequest<S extends CollectionSchema = CollectionSchema> {
  /** The question: searched by its words, and embedded unless `vector` is given. */
  text: string;
  /** The question's vector; or an embedder that makes it, of the model that wrote the field. Exactly one of the two. */
  vector?: VectorInput;
  embedder?: Embedder;
  /** Vector field; may be left out when the collection has exactly one. */
  field?: VectorName<S>;
  /** Text fields; default: every declared one. */
  textFields?: readonly FieldPathOf<S, "text">[];
  /** What a rank is worth in each list. Default {vector: 0.7, keyword: 0.3}. */
  weights?: { vector?: number; keyword?: number };
  /** Of reciprocal rank fusion, default 60. */
  k?: number;
  /** Candidates that each list brings. Default max(100, offset + limit). */
  candidates?: number;
  filter?: Filter<S>;
  /** Default 10. */
  limit?: number;
  /** Default 0. */
  offset?: number;
  /** Least fused score. */
  scoreThreshold?: number;
  select?: Selection<S>;
  params?: SearchParams;
  /** Recall to reach by vectors; see QueryRequest. */
  recall?: number;
  explain?: boolean;
  signal?: AbortSignal;
}

/**
 * Hits carry what each list said in `legs.vector` and `legs.keyword`.
 * @throws FrancaError invalid_argument; failed_precondition when another model than the embedder's wrote the vectors
 */
export async function hybridSearch<const S extends CollectionSchema>(
  collection: Collection<S>,
  request: HybridRequest<S>,
): Promise<QueryResult<S>> {
  const { text, vector, embedder, field, textFields, weights, k, candidates, ...common } = request;
  const name = vectorField(collection, field);
  const embedded = await questionVector(collection, name, request);
  const limit = candidates === undefined ? {} : { limit: candidates };
  // The legs' types depend on S, which is not known here; the collection checks the request itself.
  const query = {
    ...common,
    fusion: {
      legs: [
        {
          nearest: embedded.vector,
          field: name,
          name: "vector",
          weight: weights?.vector ?? defaultHybridWeights.vector,
          ...limit,
        },
        {
          text,
          ...(textFields === undefined ? {} : { fields: textFields }),
          name: "keyword",
          weight: weights?.keyword ?? defaultHybridWeights.keyword,
          ...limit,
        },
      ],
      k: k ?? defaultRrfK,
    },
  } as unknown as QueryRequest<S>;
  const result = await collection.query(query);
  return embedded.warning === undefined
    ? result
    : { ...result, warnings: [...result.warnings, embedded.warning] };
}

function vectorField<S extends CollectionSchema>(
  collection: Collection<S>,
  field: string | undefined,
): string {
  const names = Object.keys(collection.schema.vectors);
  if (field === undefined ? names.length === 1 : names.includes(field)) return field ?? names[0]!;
  throw new FrancaError(
    "invalid_argument",
    `field: expected one of the vector fields of "${collection.name}" (${names.join(", ")}); got ${field ?? "none"}`,
    { details: { collection: collection.name, expected: names, received: field ?? null } },
  );
}

async function questionVector<S extends CollectionSchema>(
  collection: Collection<S>,
  field: string,
  { text, vector, embedder, signal }: HybridRequest<S>,
): Promise<{ vector: VectorInput; warning?: Warning }> {
  if ((vector === undefined) === (embedder === undefined)) {
    throw new FrancaError("invalid_argument", "a hybrid search takes either `vector` or `embedder`");
  }
  if (typeof text !== "string") {
    throw new FrancaError("invalid_argument", `text: expected a string; got ${typeof text}`);
  }
  if (embedder === undefined) return { vector: vector! };
  refuseOtherModel(collection, field, embedder);
  const options = { role: "query" as const, ...(signal === undefined ? {} : { signal }) };
  const { vectors, truncated } = await embedder.embedText([text], options);
  const cut = truncated[0];
  if (cut === undefined) return { vector: vectors };
  return {
    vector: vectors,
    warning: {
      code: "input_truncated",
      message: `the model reads ${cut.kept} tokens of the question's ${cut.tokens}; the rest counts for its words only`,
      details: { tokens: cut.tokens, kept: cut.kept },
    },
  };
}

/** Vectors of two models lie in different spaces: their distances mean nothing, and nothing else would say so. */
function refuseOtherModel<S extends CollectionSchema>(
  collection: Collection<S>,
  field: string,
  { model, dimension }: Embedder,
): void {
  const stored = collection.schema.vectors[field]!;
  const place = `field "${field}" of "${collection.name}"`;
  if (stored.dimension !== dimension) {
    throw new FrancaError(
      "failed_precondition",
      `${place} holds vectors of ${stored.dimension} components; ${model.id} makes ${dimension}. Use the model that wrote the field, or embed the collection anew`,
      { details: { collection: collection.name, field, expected: stored.dimension, received: dimension } },
    );
  }
  const wrote = stored.model;
  if (wrote === undefined || (wrote.id === model.id && wrote.revision === model.revision)) return;
  throw new FrancaError(
    "failed_precondition",
    `${place} was written by ${wrote.id} (${wrote.revision}); the embedder is ${model.id} (${model.revision}). Use that model to search, or embed the collection anew`,
    { details: { collection: collection.name, field, expected: wrote, received: model } },
  );
}
