/** Vectors: in JSON a list of numbers, a list of such lists, or indices with values. */
import type { FrancaError } from "../../../../errors.ts";
import type { Shapes } from "../../../../protobuf/table.ts";
import { malformedMessage, validationError } from "../../errors.ts";

const empty = new Float32Array(0);

interface Vector {
  /** Before there were kinds: dense; with indices sparse; with a count as many rows of a multi-vector. */
  data?: Float32Array;
  indices?: Uint32Array;
  vectors_count?: number;
  [kind: string]: unknown;
}

interface Sparse {
  indices: Uint32Array;
  values: Float32Array;
}

type VectorOut = Float32Array | Float32Array[] | { indices: readonly number[]; values: Float32Array };

export const vectorShapes: Shapes = {
  DenseVector: {
    read: ({ data = empty }: { data?: Float32Array }) => data,
    write: (data: Float32Array) => ({ data }),
  },
  MultiDenseVector: {
    read: ({ vectors = [] }: { vectors?: Float32Array[] }) => vectors,
    write: (vectors: Float32Array[]) => ({ vectors }),
  },
  SparseVector: {
    read: ({ indices = new Uint32Array(0), values = empty }: Partial<Sparse>) => ({ indices, values }),
  },
  SparseIndices: { read: ({ data = new Uint32Array(0) }: { data?: Uint32Array }) => data },
  Vector: { read: vectorOf },
  VectorInput: {
    read: (input: Vector) => {
      const value = input.id ?? kindOf(input);
      if (value === undefined) throw malformedMessage("VectorInput variant is missing");
      return value;
    },
  },
  Vectors: {
    read: ({ vector, vectors }: { vector?: unknown; vectors?: unknown }) => {
      if (isSparse(vector)) throw malformedMessage("Sparse vector must be named");
      const value = vector ?? vectors;
      if (value === undefined) throw malformedMessage("No Vector Provided");
      return value;
    },
  },
  NamedVectors: { read: ({ vectors = {} }: { vectors?: object }) => vectors },
  VectorsSelector: { read: ({ names = [] }: { names?: string[] }) => names },
  VectorsOutput: {
    write: (vectors: VectorOut | { [name: string]: VectorOut }) =>
      vectors instanceof Float32Array || Array.isArray(vectors) ? { vector: vectors } : { vectors },
  },
  NamedVectorsOutput: { write: (vectors: object) => ({ vectors }) },
  VectorOutput: {
    write: (vector: VectorOut) => {
      if (vector instanceof Float32Array) return { dense: vector };
      return Array.isArray(vector) ? { multi_dense: vector } : { sparse: vector };
    },
  },
};

function vectorOf(vector: Vector): unknown {
  const value = kindOf(vector);
  if (value !== undefined) return value;
  const { data = empty, indices, vectors_count } = vector;
  if (indices !== undefined && vectors_count !== undefined)
    throw unfit("indices", "`indices` and `vectors_count` cannot be both specified");
  if (indices !== undefined) return { indices, values: data };
  return vectors_count === undefined ? data : rowsOf(data, vectors_count);
}

function kindOf({ dense, sparse, multi_dense, document, image, object }: Vector): unknown {
  return dense ?? sparse ?? multi_dense ?? document ?? image ?? object;
}

function rowsOf(data: Float32Array, count: number): Float32Array[] {
  if (count === 0) throw unfit("vectors_count", "vectors count must be greater than 0");
  if (data.length === 0)
    throw malformedMessage(
      `Unable to convert to multi-dense vector: Empty multi-vector data with vectors count: ${count}`,
    );
  if (data.length % count !== 0) throw unfit("data", "invalid dense vector length for vectors count");
  const dimension = data.length / count;
  return Array.from({ length: count }, (_, i) => data.subarray(i * dimension, (i + 1) * dimension));
}

/** As Qdrant says what it has no words of its own for. */
function unfit(member: string, why: string): FrancaError {
  return validationError(member, `Validation error: ${why} [{}]`);
}

function isSparse(vector: unknown): boolean {
  return typeof vector === "object" && vector !== null && "indices" in vector;
}
