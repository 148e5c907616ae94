/** Schemas of collections, what changes them, and what is told of a collection. */
import * as z from "zod";
import type { JsonValue } from "../../../model/payload.ts";
import type {
  CollectionSchema,
  MultiField,
  PayloadField,
  SparseField,
  VectorField,
} from "../../../model/schema.ts";
import { stemmerLanguages, stopWordLanguages, type TextAnalysis } from "../../../model/text-analysis.ts";
import type { CollectionInfo, SchemaChange } from "../../../store.ts";
import { checkedByStore, named, noted, objectOf, optional } from "./schema.ts";

export const nameSchema: z.ZodType<string> = named(
  "Name",
  "1 to 255 characters, none of them a control character.",
  z.string().min(1).max(255),
);

/** A key that is nobody's prototype. */
const fieldName = z.string().min(1).max(255);
const path = z.string().min(1);

const vectorFieldSchema: z.ZodType<VectorField> = named(
  "VectorField",
  "A field of vectors of one dimension, compared by one metric.",
  objectOf<VectorField>({
    dimension: noted(z.int().min(1).max(65_536), "Components."),
    metric: noted(z.enum(["cosine", "dot", "euclidean", "manhattan"]).optional(), "Which distance.", {
      default: "cosine",
    }),
    index: noted(
      z.enum(["hnsw", "flat"]).optional(),
      "hnsw builds a graph in the background once there are enough points; flat always scans exactly.",
      { default: "hnsw" },
    ),
    hnsw: objectOf<NonNullable<VectorField["hnsw"]>>({
      m: noted(z.int().min(2).max(64).optional(), "Links per node above level 0.", { default: 16 }),
      efConstruction: noted(z.int().min(1).max(65_536).optional(), "Pool width while building.", {
        default: 200,
      }),
      seed: noted(z.int().min(0).max(4_294_967_295).optional(), "Of the levels.", { default: 42 }),
    }).optional(),
    model: noted(
      objectOf<NonNullable<VectorField["model"]>>({ id: z.string(), revision: z.string() }).optional(),
      "The model that writes this field.",
    ),
  }),
);

const sparseFieldSchema: z.ZodType<SparseField> = named(
  "SparseField",
  "A field of sparse vectors, compared by dot product over the indices that both have.",
  objectOf<SparseField>({
    modifier: noted(
      z.enum(["none", "idf"]).optional(),
      "idf: each component of a query is multiplied by ln(1 + (N − n + 0.5) / (n + 0.5)), N points with a component in the field, n of them at the index.",
      { default: "none" },
    ),
  }),
);

const multiFieldSchema: z.ZodType<MultiField> = named(
  "MultiField",
  "A field of lists of vectors of one dimension, compared by the sum, over the query's rows, of the similarity to the row that is most similar.",
  objectOf<MultiField>({
    dimension: noted(z.int().min(1).max(65_536), "Components of each row."),
    metric: noted(z.enum(["cosine", "dot", "euclidean", "manhattan"]).optional(), "Of two rows.", {
      default: "cosine",
    }),
  }),
);

const settingsSchema: z.ZodType<{ [key: string]: JsonValue }> = z.record(
  z.string(),
  z.unknown(),
) as unknown as z.ZodType<{ [key: string]: JsonValue }>;

const lenient = noted(
  z.boolean().optional(),
  "An index and no promise: values of other types are kept and not in it, and what does not suit it is decided by payloads.",
  { default: false },
);

const textAnalysisSchema: z.ZodType<TextAnalysis> = named(
  "TextAnalysis",
  "How words are cut, step by step: tokens, folded to ASCII, in lower case, without stop words, stemmed, of some length.",
  objectOf<TextAnalysis>({
    tokenizer: noted(
      z.enum(["word", "whitespace", "prefix", "multilingual"]).optional(),
      "Letters and digits in a row; what stands between white space; every beginning of a word; words of scripts without spaces too.",
      { default: "word" },
    ),
    lowercase: noted(z.boolean().optional(), "Tokens in lower case.", { default: true }),
    asciiFolding: noted(z.boolean().optional(), "Letters with marks as those without.", { default: false }),
    minLength: noted(z.int().min(0).max(65_536).optional(), "Shorter tokens are left out."),
    maxLength: noted(z.int().min(0).max(65_536).optional(), "Longer tokens are left out."),
    stopWords: optional(
      objectOf<NonNullable<TextAnalysis["stopWords"]>>({
        languages: z.array(z.enum(stopWordLanguages)).optional(),
        words: z.array(z.string()).optional(),
      }),
    ),
    stemmer: noted(z.enum(stemmerLanguages).optional(), "A language of Snowball's stemmers."),
  }),
);

const payloadFieldSchema: z.ZodType<PayloadField> = named(
  "PayloadField",
  "A declared field: checked on write, indexed, fast to filter.",
  z.union([
    z.strictObject({
      type: z.enum(["keyword", "integer", "float", "bool", "datetime", "uuid", "geo"]),
      lenient,
    }),
    z.strictObject({
      type: z.literal("text"),
      lenient,
      language: noted(
        z.enum(["english", "none"]).optional(),
        "english: Snowball stemming and stop words; none: words as they are.",
        { default: "english" },
      ),
      analysis: noted(optional(textAnalysisSchema), "Instead of language: the steps by which words are cut."),
      k1: noted(z.number().min(0).max(1000).optional(), "BM25 term saturation.", { default: 1.2 }),
      b: noted(z.number().min(0).max(1).optional(), "BM25 length normalisation.", { default: 0.75 }),
    }),
  ]),
);

const payloadFields: z.ZodType<{ [path: string]: PayloadField }> = z.record(path, payloadFieldSchema);

export const collectionSchemaSchema: z.ZodType<CollectionSchema> = named(
  "CollectionSchema",
  "What a collection holds: named vector fields (a name is of one kind only), and declared payload fields by path (`author.name`).",
  objectOf<CollectionSchema>({
    vectors: noted(z.record(fieldName, vectorFieldSchema), "Dense ones."),
    sparse: z.record(fieldName, sparseFieldSchema).optional(),
    multi: z.record(fieldName, multiFieldSchema).optional(),
    payload: payloadFields.optional(),
    paths: noted(
      z.enum(["implicit", "explicit"]).optional(),
      "How paths walk arrays: every array on the way, or only where the path says so (`items[].price`).",
      { default: "implicit" },
    ),
    settings: noted(settingsSchema.optional(), "Any JSON object, kept as it is and never looked at."),
  }),
);

export const schemaChangeSchema: z.ZodType<SchemaChange> = named(
  "SchemaChange",
  "Declares (and indexes) payload fields, drops declarations, adds or drops vector fields, or replaces settings. Payloads are not changed by it.",
  objectOf<SchemaChange>({
    addPayload: noted(payloadFields.optional(), "By path."),
    dropPayload: noted(z.array(path).optional(), "Paths."),
    addSparse: noted(
      z.record(fieldName, sparseFieldSchema).optional(),
      "New fields, in which no point has a vector yet.",
    ),
    addMulti: noted(
      z.record(fieldName, multiFieldSchema).optional(),
      "New fields, in which no point has a vector yet.",
    ),
    dropVectors: noted(
      z.array(fieldName).optional(),
      "Sparse and multi fields in which no point has a vector.",
    ),
    settings: noted(settingsSchema.optional(), "Replaces the settings whole."),
  }),
);

export interface CreateBody {
  schema: CollectionSchema;
  ifExists?: "error" | "open";
}

export const createBodySchema: z.ZodType<CreateBody> = named(
  "CreateCollection",
  "A collection to be made.",
  objectOf<CreateBody>({
    schema: checkedByStore(collectionSchemaSchema),
    ifExists: noted(
      z.enum(["error", "open"]).optional(),
      "open: one that is there already is the answer, if its schema is equal, whatever its settings.",
      { default: "error" },
    ),
  }),
);

export const collectionInfoSchema: z.ZodType<CollectionInfo> = named(
  "CollectionInfo",
  "A collection.",
  objectOf<CollectionInfo>({
    name: z.string(),
    aliases: z.array(z.string()),
    schema: collectionSchemaSchema,
    points: noted(z.int().min(0), "How many there are."),
  }),
);

export interface Dropped {
  dropped: boolean;
}

export const droppedSchema: z.ZodType<Dropped> = named(
  "Dropped",
  "Whether there was one.",
  objectOf<Dropped>({ dropped: z.boolean() }),
);
