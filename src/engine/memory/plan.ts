/**
 * `plan`: what a collection will take in memory and on disk, and how long its graph will take to build, before there is any of
 * it. Sizes follow from the layout; the time from a graph of a few thousand points that is built here and now, on this machine.
 */
import { badInput, plainObject, rejectKeys } from "../../model/bad-input.ts";
import type { PayloadField, PayloadFieldType } from "../../model/schema.ts";
import { loadKernel } from "../kernel/load.ts";
import type { Metric } from "../kernel.ts";
import { vectorSegmentBytes } from "./budget.ts";
import { buildCost } from "./build-cost.ts";
import {
  besideRowBytes,
  codeBytes,
  idBytes,
  linkBytes,
  rowBytes,
  slotBytes,
  type VectorShape,
} from "./footprint.ts";

export interface PlanRequest {
  points: number;
  dimension: number;
  /** Default "cosine". */
  metric?: Metric;
  /** Default "hnsw". */
  index?: "hnsw" | "flat";
  /** HNSW M. Default 16. */
  m?: number;
  /** Mean length of a payload as JSON. Default 0. */
  payloadBytes?: number;
  /** Declared payload fields, as in a schema. Default: none. */
  payloadFields?: { readonly [path: string]: PayloadField };
  /** Sparse fields: mean components of a vector, and how many indices occur. Default: none. */
  sparse?: readonly { components: number; indices: number }[];
  /** Multi fields: mean rows of a list. Default: none. */
  multi?: readonly { dimension: number; rows: number }[];
  /** Mean length of ids that are strings. Default: ids are numbers. */
  idBytes?: number;
  /** As in `open`: vectors that do not fit are mapped. Default: no limit. */
  maxMemoryBytes?: number;
  /** Which build of the kernel; default the native one where it loads. */
  kernel?: "native" | "wasm";
}

export interface Plan {
  /** Held in memory when all is loaded and built. */
  memoryBytes: number;
  /** Vectors that are read from mapped files: page cache, which the system takes back when it needs to. */
  mappedBytes: number;
  /** What maxMemoryBytes is compared with: memoryBytes without what is Node's, and the copies that a checkpoint takes. */
  budgetBytes: number;
  /** Whether that fits maxMemoryBytes; true without one. */
  fits: boolean;
  diskBytes: number;
  /** Building the graph of all points on this machine, with all its cores. */
  buildMs: number;
  parts: {
    memory: {
      /** What Node grows by when a database is opened and first used. */
      process: number;
      vectors: number;
      codes: number;
      links: number;
      slotTable: number;
      ids: number;
      payloadIndexes: number;
      /** Sparse and multi vectors. */
      entryVectors: number;
    };
    disk: { vectors: number; log: number; graph: number; slots: number; payloadIndexes: number };
  };
}

/** @throws FrancaError invalid_argument */
export async function plan(request: PlanRequest): Promise<Plan> {
  const { points, field, payloadBytes, payloadFields, sparse, multi, textLength, maxMemoryBytes, kernel } =
    checked(request);
  const isFlat = field.index === "flat";
  const indexes = Object.values(payloadFields).reduce(
    (sum, { type }) => sum + indexBytes(type, payloadBytes),
    0,
  );
  const memory = {
    process: processBytes,
    vectors: points * (rowBytes(field) + besideRowBytes(field, false)),
    codes: isFlat ? 0 : points * codeBytes(field),
    links: isFlat ? 0 : points * linkBytes(field),
    // Columns double when they are full.
    slotTable: 64 * 2 ** Math.ceil(Math.log2(Math.max(1, points / 64))) * slotBytes(1),
    ids: points * idBytes(textLength),
    payloadIndexes: points * indexes,
    entryVectors: points === 0 ? 0 : entryVectorBytes(points, sparse, multi),
  };
  const held = sum(memory);
  const checkpoint = memory.slotTable + memory.payloadIndexes;
  const active =
    maxMemoryBytes === undefined ? 0 : Math.min(points * rowBytes(field), vectorSegmentBytes(maxMemoryBytes));
  const loaded = await loadKernel(kernel === undefined ? {} : { prefer: kernel });
  const isMapped =
    maxMemoryBytes !== undefined &&
    loaded.mapFile !== undefined &&
    held - processBytes + checkpoint > maxMemoryBytes * mapsAbove;
  const mappedBytes = isMapped ? points * rowBytes(field) - active : 0;
  if (isMapped) memory.vectors = active + points * besideRowBytes(field, true);
  const memoryBytes = sum(memory);
  const budgetBytes = memoryBytes - processBytes + checkpoint;
  const disk = {
    vectors: points * rowBytes(field),
    log:
      points *
      (entryBytes +
        (textLength === undefined ? 8 : 2 + textLength) +
        Math.max(2, payloadBytes) +
        entryVectorText(sparse, multi)),
    graph: isFlat ? 0 : points * graphFileBytes(field),
    slots: points * (slotBytes(1) + (textLength === undefined ? decimals(points) + 1 : textLength + 3)),
    payloadIndexes: memory.payloadIndexes * 0.8,
  };
  return {
    memoryBytes: Math.round(memoryBytes),
    mappedBytes,
    budgetBytes: Math.round(budgetBytes),
    fits: maxMemoryBytes === undefined || budgetBytes <= maxMemoryBytes,
    diskBytes: Math.round(sum(disk)),
    buildMs: isFlat ? 0 : Math.round(await buildCost(loaded, field, points)),
    parts: { memory, disk },
  };
}

/** The share of the limit above which vectors are mapped; see budget.ts. */
const mapsAbove = 0.85;
const processBytes = 8 * 2 ** 20;
/** Of an entry in the log: lengths, checksums, the id's kind, which vectors there are; and its part of frame and record. */
const entryBytes = 8 + 4 + 1 + 1 + 1;

/** Postings have room for half as much again, on average; see sparse-index.ts and multi-index.ts. */
function entryVectorBytes(points: number, sparse: Sparse, multi: Multi): number {
  const postings = sparse.map(({ components, indices }) => points * components * 8 * 1.5 + indices * 300);
  const lists = multi.map(({ dimension, rows }) => points * (rows * (dimension * 4 + 8) + 300));
  return [...postings, ...lists].reduce((total, bytes) => total + bytes, 0);
}

/** Of a point: base64, and some characters of JSON beside it. */
function entryVectorText(sparse: Sparse, multi: Multi): number {
  const lengths = [
    ...sparse.map(({ components }) => components * 8),
    ...multi.map(({ dimension, rows }) => rows * dimension * 4),
  ];
  return lengths.reduce((total, bytes) => total + (bytes * 4) / 3 + 24, 0);
}

type Sparse = NonNullable<PlanRequest["sparse"]>;
type Multi = NonNullable<PlanRequest["multi"]>;

/** Links are stored as far as there are any: about four in five of the places on level 0. */
function graphFileBytes({ hnsw }: VectorShape): number {
  const m = hnsw?.m ?? 16;
  return 1 + 4 * 2 * m * 0.82 + (1 + 4 * m * 0.8) / (m - 1) + 0.125;
}

/** Of a point in the index of a field. Words are taken to be of six bytes, three in four of a text's different ones. */
function indexBytes(type: PayloadFieldType, payloadBytes: number): number {
  const words = (payloadBytes / 6) * 0.75;
  if (type === "text") return 8 + words * 15;
  if (type === "uuid") return 150;
  return type === "keyword" || type === "bool" ? 15 : 21;
}

function checked(request: PlanRequest) {
  const given = plainObject(request, "plan", "{points, dimension, …}") as unknown as PlanRequest;
  const { points, dimension, metric = "cosine", index = "hnsw", m = 16, payloadBytes = 0, ...more } = given;
  const { payloadFields = {}, sparse = [], multi = [], ...others } = more;
  const { idBytes: textLength, maxMemoryBytes, kernel, ...rest } = others;
  rejectKeys(
    rest,
    "plan",
    "points, dimension, metric, index, m, payloadBytes, payloadFields, sparse, multi, idBytes, maxMemoryBytes and kernel",
  );
  expectNumber("points", points, 0, 2 ** 31 - 1);
  expectNumber("dimension", dimension, 1, 65_536);
  expectNumber("m", m, 2, 64);
  expectNumber("payloadBytes", payloadBytes, 0, 2 ** 30);
  if (textLength !== undefined) expectNumber("idBytes", textLength, 1, 2 ** 16);
  if (maxMemoryBytes !== undefined)
    expectNumber("maxMemoryBytes", maxMemoryBytes, 1, Number.MAX_SAFE_INTEGER);
  for (const [i, { components, indices }] of sparse.entries()) {
    expectNumber(`sparse[${i}].components`, components, 0, 2 ** 32);
    expectNumber(`sparse[${i}].indices`, indices, 0, 2 ** 32);
  }
  for (const [i, { dimension, rows }] of multi.entries()) {
    expectNumber(`multi[${i}].dimension`, dimension, 1, 65_536);
    expectNumber(`multi[${i}].rows`, rows, 1, 2 ** 20);
  }
  const field: VectorShape = { dimension, metric, index, hnsw: { m } };
  return { points, field, payloadBytes, payloadFields, sparse, multi, textLength, maxMemoryBytes, kernel };
}

function expectNumber(name: string, value: unknown, least: number, most: number): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  throw badInput(`plan.${name}`, `a number from ${least} to ${most}`, value ?? String(value));
}

function decimals(points: number): number {
  return Math.max(1, Math.ceil(Math.log10(Math.max(2, points))));
}

function sum(parts: { readonly [name: string]: number }): number {
  return Object.values(parts).reduce((total, bytes) => total + bytes, 0);
}
