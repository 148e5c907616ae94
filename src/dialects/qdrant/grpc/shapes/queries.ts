/** Queries: the universal one, its formulas, and those before it. */
import type { Shape, Shapes } from "../../../../protobuf/table.ts";
import { malformedMessage } from "../../errors.ts";

type Fields = { readonly [name: string]: unknown };

const batch: Shape = { read: (fields: Fields) => ({ searches: [], ...fields }) };

/** A vector and its name stand apart. */
const search: Shape = {
  read: ({ vector = new Float32Array(0), vector_name, sparse_indices, ...others }: Fields) => {
    if (sparse_indices !== undefined) {
      if (vector_name === undefined) throw malformedMessage("Sparse vector must have a name");
      expectSparse(sparse_indices as Uint32Array, vector as Float32Array);
      const sparse = { indices: sparse_indices, values: vector };
      return { ...others, vector: { name: vector_name, vector: sparse } };
    }
    return { ...others, vector: vector_name === undefined ? vector : { name: vector_name, vector } };
  },
};

function expectSparse(indices: Uint32Array, values: Float32Array): void {
  const wrong =
    indices.length !== values.length
      ? "values: must be the same length as indices"
      : new Set(indices).size !== indices.length
        ? "indices: must be unique"
        : undefined;
  if (wrong !== undefined)
    throw malformedMessage(`Sparse indices does not match sparse vector conditions: ${wrong}`);
}

/** Ids and vectors stand apart. */
const recommend: Shape = {
  read: ({ positive, negative, positive_vectors, negative_vectors, ...others }: Fields) => ({
    ...others,
    positive: joined(positive, positive_vectors),
    negative: joined(negative, negative_vectors),
  }),
};

const pair: Shape = {
  read: (fields: Fields) => {
    for (const part of ["positive", "negative"])
      if (fields[part] === undefined) throw malformedMessage(`ContextPair ${part} is missing`);
    return fields;
  },
};

export const queryShapes: Shapes = {
  SearchPoints: search,
  SearchPointGroups: search,
  RecommendPoints: recommend,
  RecommendPointGroups: recommend,
  TargetVector: { read: ({ single }: Fields) => single },
  VectorExample: { read: ({ id, vector }: Fields) => id ?? vector },
  ContextExamplePair: pair,
  SearchBatchPoints: batch,
  RecommendBatchPoints: batch,
  DiscoverBatchPoints: batch,
  QueryBatchPoints: batch,
  RecommendInput: {
    read: (fields: Fields) => ({ positive: [], negative: [], ...fields }),
  },
  ContextInput: { read: ({ pairs = [] }: { pairs?: unknown[] }) => pairs },
  ContextInputPair: pair,
  DiscoverInput: {
    read: (fields: Fields) => {
      for (const part of ["target", "context"])
        if (fields[part] === undefined) throw malformedMessage(`DiscoverInput ${part} is missing`);
      return fields;
    },
  },
  RelevanceFeedbackInput: { read: (fields: Fields) => ({ feedback: [], ...fields }) },
  Query: {
    read: (query: Fields) => {
      const { formula, nearest_with_mmr } = query;
      if (formula !== undefined) return formula;
      if (nearest_with_mmr !== undefined) return nearest_with_mmr;
      if (Object.keys(query).length === 0) throw malformedMessage("Query variant is missing");
      return query;
    },
  },
  Formula: {
    read: ({ expression, defaults = {} }: Fields) => {
      if (expression === undefined) throw malformedMessage("missing field: expression");
      return { formula: expression, defaults };
    },
  },
  Expression: {
    read: (expression: Fields) => {
      const { constant, variable, condition, mult, sum } = expression;
      const inside = constant ?? variable ?? condition ?? mult ?? sum;
      if (inside !== undefined) return inside;
      if (Object.keys(expression).length === 0) throw malformedMessage("missing field: variant");
      return expression;
    },
  },
  MultExpression: { read: ({ mult = [] }: { mult?: unknown[] }) => ({ mult }) },
  SumExpression: { read: ({ sum = [] }: { sum?: unknown[] }) => ({ sum }) },
};

function joined(ids: unknown, vectors: unknown): unknown[] {
  return [...((ids as unknown[]) ?? []), ...((vectors as unknown[]) ?? [])];
}
