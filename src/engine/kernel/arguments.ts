/**
 * What both builds check before they call the kernel: numbers in range, lengths that fit. The kernel refuses the
 * same things with a bare status; here the message can say which number is wrong.
 */
import { FrancaError } from "../../errors.ts";
import type { BuildOptions, Metric, SearchMode, VectorIndexOptions, VectorSearch } from "../kernel.ts";

/** fk_metric of kernel.h. */
export const metricCode: Record<Metric, number> = { cosine: 0, dot: 1, euclidean: 2, manhattan: 3 };

/** fk_mode of kernel.h. */
export const searchMode: Record<SearchMode, number> = { auto: 0, exact: 1, codes: 2, graph: 3 };

/** Slots are below 2^31. */
export const maxSlots: number = 2 ** 31;
const maxK = 2 ** 20;

export function checkOptions(options: VectorIndexOptions): Required<VectorIndexOptions> {
  const { dimension, metric, m = 16, efConstruction = 200, seed = 42 } = options;
  integer("dimension", dimension, 1, 65_536);
  checkMetric(metric);
  integer("m", m, 2, 64);
  integer("efConstruction", efConstruction, 8, 4096);
  integer("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  return { dimension, metric, m, efConstruction, seed };
}

export function checkMetric(metric: Metric): void {
  if (Object.hasOwn(metricCode, metric)) return;
  throw invalid(`metric must be one of ${Object.keys(metricCode).join(", ")}, not ${JSON.stringify(metric)}`);
}

export function checkPair(a: Float32Array, b: Float32Array): void {
  floats("a", a);
  floats("b", b);
  if (a.length !== b.length) {
    throw invalid(`both vectors must have one length, but they have ${a.length} and ${b.length} numbers`);
  }
}

export function checkSlot(name: string, slot: number): void {
  integer(name, slot, 0, maxSlots - 1);
}

export function checkRows(dimension: number, firstSlot: number, vectors: Float32Array): void {
  checkSlot("firstSlot", firstSlot);
  const rows = rowsOf("vectors", dimension, vectors);
  if (firstSlot + rows > maxSlots) {
    throw invalid(`slots must stay below 2^31, but ${rows} rows from slot ${firstSlot} on go past it`);
  }
}

/** How many threads a build runs on. */
export function checkThreads(threads: BuildOptions["threads"], cores: number): number {
  if (threads === "spare") return Math.max(1, cores - 1);
  const asked = threads ?? cores;
  integer("threads", asked, 1, 1024);
  return asked;
}

export interface CheckedSearch {
  n: number;
  k: number;
  ef: number;
  mode: number;
  budget: number;
  expected: number;
  allow: Uint32Array | undefined;
}

export function checkSearch(dimension: number, queries: Float32Array, search: VectorSearch): CheckedSearch {
  const { k, ef = Math.max(64, k), exact = false, budget = 0, expected = 0, allow } = search;
  const { mode = exact ? "exact" : "auto" } = search;
  const n = rowsOf("queries", dimension, queries);
  if (n === 0) throw invalid(`queries must hold at least one row of ${dimension} numbers, not none`);
  integer("k", k, 1, maxK);
  integer("ef", ef, 1, maxSlots);
  integer("budget", budget, 0, 2 ** 32 - 1);
  if (!(expected >= 0 && expected <= 1))
    throw invalid(`expected must be a number from 0 to 1, not ${expected}`);
  if (!Object.hasOwn(searchMode, mode)) {
    throw invalid(`mode must be one of ${Object.keys(searchMode).join(", ")}, not ${JSON.stringify(mode)}`);
  }
  if (allow !== undefined && !(allow instanceof Uint32Array)) throw invalid("allow must be a Uint32Array");
  return { n, k, ef, mode: searchMode[mode], budget, expected, allow };
}

/** Names the first number of `values` that is not finite, after the kernel has refused them; else undefined. */
export function notFinite(name: string, dimension: number, values: Float32Array): FrancaError | undefined {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return undefined;
  const row = Math.floor(at / dimension);
  return invalid(
    `${name} must be finite numbers, but component ${at % dimension} of row ${row} is ${values[at]}`,
  );
}

/** Why the kernel refused rows that passed `checkRows`. */
export function refusedRows(dimension: number, firstSlot: number, vectors: Float32Array): FrancaError {
  const last = firstSlot + vectors.length / dimension - 1;
  return (
    notFinite("vectors", dimension, vectors) ??
    invalid(`slots ${firstSlot} to ${last} hold one that was written before, and not released since`)
  );
}

export function checkSlots(slots: Uint32Array): void {
  if (!(slots instanceof Uint32Array)) throw invalid("slots must be a Uint32Array");
}

/** Why the kernel did not release slots. */
export function neededSlots(): FrancaError {
  return new FrancaError(
    "failed_precondition",
    "one of the slots is live, or in the graph; delete it and repair the index before releasing it",
  );
}

export function absentSlot(slot: number): FrancaError {
  return invalid(`slot ${slot} holds no vector, so it cannot be deleted`);
}

function invalid(message: string): FrancaError {
  return new FrancaError("invalid_argument", message);
}

function rowsOf(name: string, dimension: number, values: Float32Array): number {
  floats(name, values);
  if (values.length % dimension === 0) return values.length / dimension;
  throw invalid(
    `${name} must hold whole rows of ${dimension} numbers, but ${values.length} is no multiple of ${dimension}`,
  );
}

function floats(name: string, values: Float32Array): void {
  if (!(values instanceof Float32Array)) throw invalid(`${name} must be a Float32Array`);
}

function integer(name: string, value: number, from: number, to: number): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw invalid(`${name} must be a whole number from ${from} to ${to}, not ${value}`);
}
