/**
 * What a collection holds: named vector fields and declared payload fields.
 * The types of payloads and filters follow from a schema, so that a wrong field name does not compile.
 */

import type { ModelIdentity } from "../embedder.ts";
import type { PathSyntax } from "./path.ts";
import type { GeoPoint, JsonValue, Payload } from "./payload.ts";
import type { TextAnalysis } from "./text-analysis.ts";

export type Metric = "cosine" | "dot" | "euclidean" | "manhattan";

export interface VectorField {
  /** Components, 1 … 65,536. */
  dimension: number;
  /** Default "cosine". */
  metric?: Metric;
  /** "hnsw" (default) builds a graph in the background once there are enough points; "flat" always scans exactly. */
  index?: "hnsw" | "flat";
  hnsw?: {
    /** Links per node above level 0; level 0 holds twice as many. 2 … 64, default 16. */
    m?: number;
    /** Default 200. */
    efConstruction?: number;
    /** Default 42. */
    seed?: number;
  };
  /** The model that writes this field; another model's vectors are refused by `franca/rag` and the CLI. */
  model?: ModelIdentity;
}

/** Sparse vectors: few components of 2^32 are not zero. Compared by dot product over the indices that both have; scanned exactly. */
export interface SparseField {
  /**
   * "idf": each component of a query is multiplied by ln(1 + (N − n + 0.5) / (n + 0.5)), N points with a component in this field, n of
   * them a component at that index (BM25's inverse document frequency). Default "none".
   */
  modifier?: "none" | "idf";
}

/**
 * Lists of vectors of one dimension, as late interaction models make them. Compared by the sum, over the query's rows, of the
 * similarity to the row that is most similar (ColBERT, SIGIR 2020). Under "manhattan" the distances to the nearest rows are
 * summed, under "euclidean" their squares, whose root it is: so that a list of one row is compared as a vector is. Scanned
 * exactly.
 */
export interface MultiField {
  /** Components of each row, 1 … 65,536. */
  dimension: number;
  /** Default "cosine". */
  metric?: Metric;
}

export type PayloadField =
  | ({ type: "keyword" | "integer" | "float" | "bool" | "datetime" | "uuid" | "geo" } & Lenient)
  | TextField;

interface Lenient {
  /**
   * true: the declaration makes an index and no promise. Values of other types are kept and not in the index, conditions of
   * other types are decided by payloads, and a datetime may lack its offset (UTC) or its time. Default false: such writes
   * are refused.
   */
  lenient?: boolean;
}

/** A field for `match` filters and BM25 ranking. */
export interface TextField extends Lenient {
  type: "text";
  /** "english" (default): Snowball stemming and stop words. "none": words as they are. CJK is cut in words and bigrams in both. */
  language?: "english" | "none";
  /** Instead of `language`: the steps by which words are cut. */
  analysis?: TextAnalysis;
  /** BM25 term saturation, default 1.2. */
  k1?: number;
  /** BM25 length normalisation, 0 … 1, default 0.75. */
  b?: number;
}

export type PayloadFieldType = PayloadField["type"];

export interface CollectionSchema {
  /** Dense vector fields. A name stands in one of `vectors`, `sparse` and `multi` only. */
  vectors: { readonly [name: string]: VectorField };
  sparse?: { readonly [name: string]: SparseField };
  multi?: { readonly [name: string]: MultiField };
  /** Declared fields by path ("year", "author.name"): checked on write, indexed, fast to filter. Others are kept and filtered slowly. */
  payload?: { readonly [path: string]: PayloadField };
  /**
   * How paths walk arrays. "implicit" (default): every array on the way is visited element by element. "explicit": only
   * where the path says so, "items[].price" or "items[0].price", as in docs/filters.md; an array at the end is its elements.
   */
  paths?: PathSyntax;
  /** What its owner keeps with it: any JSON, handed back as it came and never looked at. Changed by `alter`. */
  settings?: { readonly [key: string]: JsonValue };
}

// ---- types that follow from a schema ----

/** Names of the vector fields. */
export type VectorName<S extends CollectionSchema> = keyof S["vectors"] & string;
export type SparseName<S extends CollectionSchema> = string extends keyof S["vectors"]
  ? string
  : S["sparse"] extends { readonly [name: string]: SparseField }
    ? keyof S["sparse"] & string
    : never;
export type MultiName<S extends CollectionSchema> = string extends keyof S["vectors"]
  ? string
  : S["multi"] extends { readonly [name: string]: MultiField }
    ? keyof S["multi"] & string
    : never;
/** Paths of the declared payload fields; any string for an undeclared schema. */
export type FieldPath<S extends CollectionSchema> = string extends keyof Declared<S>
  ? string
  : keyof Declared<S> & string;
/** Paths of declared fields of one of the types T. */
export type FieldPathOf<
  S extends CollectionSchema,
  T extends PayloadFieldType,
> = string extends keyof Declared<S>
  ? string
  : { [K in keyof Declared<S> & string]: Declared<S>[K]["type"] extends T ? K : never }[keyof Declared<S> &
      string];

export type Declared<S extends CollectionSchema> = S["payload"] extends {
  readonly [path: string]: PayloadField;
}
  ? S["payload"]
  : { readonly [path: string]: PayloadField };

interface ValueByType {
  keyword: string;
  integer: number;
  float: number;
  bool: boolean;
  datetime: string | Date;
  uuid: string;
  geo: GeoPoint;
  text: string;
}
export type ValueOf<T extends PayloadFieldType> = ValueByType[T];

type Nest<Path extends string, V> = Path extends `${infer Head}.${infer Rest}`
  ? { [K in Head]?: Nest<Rest, V> }
  : { [K in Path]?: V | V[] | null };
type Intersect<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;

/** The payload as written: declared fields with their types, each optional, null or an array of values. Any JSON object for an undeclared schema. */
export type PayloadOf<S extends CollectionSchema> = string extends keyof Declared<S>
  ? Payload
  : Intersect<
      { [K in keyof Declared<S> & string]: Nest<K, ValueOf<Declared<S>[K]["type"]>> }[keyof Declared<S> &
        string]
    >;

/** Names of the vector fields of every kind: dense, sparse, multi. */
export function vectorFieldNames({ vectors, sparse = {}, multi = {} }: CollectionSchema): string[] {
  return [vectors, sparse, multi].flatMap((kind) => Object.keys(kind));
}

/** A schema literal, checked and kept narrow: `const schema = defineSchema({...})`. */
export function defineSchema<const S extends CollectionSchema>(schema: S): S {
  return schema;
}
