/**
 * Everything a collection can be asked, compared with an oracle: points, payloads and vectors (the truth), and what
 * is derived from them: order of ids, counts and filters of each declared field, facets, words, searches.
 */
import { expect } from "vitest";
import type { Filter } from "../../src/model/filter.ts";
import { idKey } from "../../src/model/id.ts";
import type { JsonValue } from "../../src/model/payload.ts";
import type { StoredPoint } from "../../src/model/point.ts";
import type { QueryRequest } from "../../src/model/query.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { Collection } from "../../src/store.ts";
import type { Step } from "../oracle/arbitraries.ts";
import { valuesOf } from "../oracle/filter.ts";
import type { Oracle, OraclePoint } from "../oracle/oracle.ts";
import { runStep } from "../oracle/run-program.ts";

/** The values looked for in each field are a sample: the first of the oracle's, in its order. */
const valuesPerField = 4;

/** @param where for the message of a difference */
export async function expectSame(collection: Collection, oracle: Oracle, where: string): Promise<void> {
  const expected = oracle.all();
  const found = await allPoints(collection);
  const difference = firstDifference(found, expected);
  expect(difference, `${where}: ${difference}`).toBeUndefined();
  expect((await collection.stats()).points, `${where}: stats`).toBe(expected.length);
  expect((await collection.count()).count, `${where}: count`).toBe(expected.length);
  const ids = expected.filter((_, i) => i % 5 === 0).map(({ id }) => id);
  const got = await collection.get([...ids, "no such point"], { vectors: true });
  expect(got.map((point) => point && textOf(plain(point)))).toEqual([
    ...ids.map((id) => textOf(oracle.get(id)!)),
    undefined,
  ]);
  for (const step of questions(oracle, expected)) {
    try {
      await runStep(collection, oracle, step);
    } catch (error) {
      throw new Error(`${where}: ${JSON.stringify(step)}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Every point with its vectors, in pages. */
export async function allPoints(collection: Collection): Promise<OraclePoint[]> {
  const points: OraclePoint[] = [];
  let page = await collection.scroll({ limit: 50, select: { vectors: true } });
  points.push(...page.points.map(plain));
  while (page.next !== undefined) {
    page = await collection.scroll({ limit: 50, select: { vectors: true }, after: page.next });
    points.push(...page.points.map(plain));
  }
  return points;
}

/** In words: a point that is lost, a phantom, or one that differs; undefined when all are the same, in the same order. */
export function firstDifference(
  found: readonly OraclePoint[],
  expected: readonly OraclePoint[],
): string | undefined {
  const left = new Map(found.map((point) => [idKey(point.id), point]));
  for (const point of expected) {
    const own = left.get(idKey(point.id));
    if (own === undefined) return `point ${String(point.id)} is lost: ${textOf(point)}`;
    if (textOf(own) !== textOf(point)) {
      return `point ${String(point.id)} is\n${textOf(own)}, and should be\n${textOf(point)}`;
    }
    left.delete(idKey(point.id));
  }
  for (const phantom of left.values()) return `point ${String(phantom.id)} is a phantom: ${textOf(phantom)}`;
  const at = found.findIndex((point, i) => idKey(point.id) !== idKey(expected[i]!.id));
  return at < 0 ? undefined : `point ${String(found[at]!.id)} is out of order`;
}

/** Equal for equal points, whatever the order of keys. */
export function textOf({ payload, vectors, sparse = {}, multi = {} }: OraclePoint): string {
  const components = Object.entries(sparse).map(([field, { indices, values }]) => [
    field,
    indices.map((index, i) => [index, values[i]!]).sort(([a], [b]) => a! - b!),
  ]);
  return JSON.stringify(
    [payload, vectors, Object.fromEntries(components), multi].map((part) => sorted(part as JsonValue)),
  );
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key]!)]),
  );
}

function plain({ id, payload, vectors = {}, sparse = {}, multi = {} }: StoredPoint): OraclePoint {
  const byField = <T, U>(kind: { [field: string]: T }, plainly: (vector: T) => U): { [field: string]: U } =>
    Object.fromEntries(Object.entries(kind).map(([field, vector]) => [field, plainly(vector)]));
  return {
    id,
    payload: payload as OraclePoint["payload"],
    vectors: byField(vectors, (vector) => [...vector!]),
    sparse: byField(sparse, (one) => ({ indices: [...one!.indices], values: [...one!.values] })),
    multi: byField(multi, (rows) => rows!.map((row) => [...row])),
  };
}

function* questions(oracle: Oracle, points: readonly OraclePoint[]): Generator<Step> {
  const { payload = {}, vectors } = oracle.schema;
  let filter: Filter | undefined;
  for (const [field, { type }] of Object.entries(payload)) {
    const values = new Set(points.flatMap((point) => valuesOf(point.payload, field)));
    for (const asked of filtersOf(field, type, [...values].slice(0, valuesPerField))) {
      yield { count: asked };
      filter ??= asked;
    }
    if (["keyword", "integer", "float", "bool"].includes(type)) yield { facet: field };
  }
  if (filter !== undefined) yield { scroll: { filter, limit: 7 } };
  for (const field of Object.keys(vectors)) yield* searches(field, oracle.schema, points, filter);
  for (const field of [
    ...Object.keys(oracle.schema.sparse ?? {}),
    ...Object.keys(oracle.schema.multi ?? {}),
  ]) {
    const examples = points
      .map(({ sparse, multi }) => sparse?.[field] ?? multi?.[field])
      .filter((example) => example !== undefined);
    for (const nearest of examples.slice(0, 2)) {
      yield { query: { field, nearest, limit: points.length } as QueryRequest };
      if (filter !== undefined) yield { query: { field, nearest, filter, limit: 8 } as QueryRequest };
    }
  }
}

function* filtersOf(field: string, type: string, values: readonly JsonValue[]): Generator<Filter> {
  yield { field, exists: true };
  yield { field, isNull: true };
  for (const value of values) {
    if (value === null) continue;
    if (type === "text") yield { field, match: { query: String(value), mode: "any" } };
    else if (type === "geo") {
      const center = value as { lat: number; lon: number };
      yield { field, geoRadius: { center, radiusMeters: 1_000_000 } };
    } else yield { field, eq: value as string };
    if (type === "integer" || type === "float") yield { field, range: { gte: value as number } };
  }
}

function* searches(
  field: string,
  schema: CollectionSchema,
  points: readonly OraclePoint[],
  filter: Filter | undefined,
): Generator<Step> {
  const nearest = points.map((point) => point.vectors[field]).filter((vector) => vector !== undefined);
  for (const vector of nearest.filter((_, i) => i % Math.ceil(nearest.length / 2) === 0)) {
    const query = { field, nearest: [...vector], limit: 8, params: { exact: true } } as QueryRequest;
    yield { query };
    yield { query: { ...query, params: {}, limit: points.length } as QueryRequest };
    if (filter !== undefined) yield { query: { ...query, filter } as QueryRequest };
  }
  const texts = Object.entries(schema.payload ?? {}).filter(([, { type }]) => type === "text");
  for (const [path] of texts) yield { query: { text: "running night 東京", fields: [path], limit: 5 } };
}
