/**
 * Runs a program on the oracle and on a subject, and compares every answer.
 */
import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { compareIds, idKey, normalizeId, type PointId } from "../../src/model/id.ts";
import type { QueryRequest } from "../../src/model/query.ts";
import type { QueryResult } from "../../src/model/result.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { Collection } from "../../src/store.ts";
import type { Step } from "./arbitraries.ts";
import { schema } from "./arbitrary-points.ts";
import { Oracle } from "./oracle.ts";

export type Subject = Pick<
  Collection<CollectionSchema>,
  "upsert" | "update" | "delete" | "get" | "query" | "scroll" | "count" | "facet"
>;

/** Kernel scores are float32. */
const closeness = 1e-5;

export async function runProgram(subject: Subject, program: readonly Step[]): Promise<void> {
  const oracle = new Oracle(schema);
  for (const step of program) await runStep(subject, oracle, step);
  const ids = [...oracle.all().map(({ id }) => id), "never"];
  const stored = await subject.get(ids, { vectors: true });
  for (const [i, id] of ids.entries()) {
    const expected = oracle.get(id);
    expect(stored[i]?.payload).toEqual(expected?.payload);
    const vectors = Object.entries(stored[i]?.vectors ?? {}).map(([field, vector]) => [field, [...vector!]]);
    expect(Object.fromEntries(vectors)).toEqual(expected?.vectors ?? {});
    const sparse = Object.entries(stored[i]?.sparse ?? {}).map(([field, one]) => [field, componentsOf(one!)]);
    expect(Object.fromEntries(sparse)).toEqual(
      Object.fromEntries(
        Object.entries(expected?.sparse ?? {}).map(([field, one]) => [field, componentsOf(one)]),
      ),
    );
    const multi = Object.entries(stored[i]?.multi ?? {}).map(([field, rows]) => [
      field,
      rows!.map((row) => [...row]),
    ]);
    expect(Object.fromEntries(multi)).toEqual(expected?.multi ?? {});
  }
}

/** In the order of indices. */
function componentsOf({
  indices,
  values,
}: {
  indices: ArrayLike<number>;
  values: ArrayLike<number>;
}): number[][] {
  return Array.from(indices, (index, i) => [index, values[i]!]).sort(([a], [b]) => a! - b!);
}

/** One step on both sides, compared. @param openTies which of the points of equal score are within the limit is the subject's affair */
export async function runStep(
  subject: Subject,
  oracle: Oracle,
  step: Step,
  { openTies = false }: { openTies?: boolean } = {},
): Promise<void> {
  if ("upsert" in step) {
    expect((await subject.upsert(step.upsert)).count).toBe(oracle.upsert(step.upsert));
  } else if ("update" in step) {
    expect((await subject.update(step.update, step.change)).count).toBe(
      oracle.update(step.update, step.change),
    );
  } else if ("delete" in step) {
    expect((await subject.delete(step.delete)).count).toBe(oracle.delete(step.delete));
  } else if ("count" in step) {
    expect((await subject.count({ filter: step.count })).count).toBe(oracle.matching(step.count).length);
  } else if ("scroll" in step) {
    await compareScroll(subject, oracle, step);
  } else if ("facet" in step) {
    const { values } = await subject.facet({ field: step.facet, limit: 1000, ...withFilter(step.filter) });
    expect(new Map(values.map(({ value, count }) => [value, count]))).toEqual(
      oracle.facet(step.facet, step.filter),
    );
    const counts = values.map(({ count }) => count);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
  } else {
    await compareQuery(subject, oracle, step.query, openTies);
  }
}

function withFilter<F>(filter: F | undefined): { filter?: F } {
  return filter === undefined ? {} : { filter };
}

async function compareScroll(
  subject: Subject,
  oracle: Oracle,
  { scroll }: Extract<Step, { scroll: unknown }>,
): Promise<void> {
  const expected = oracle.matching(scroll.filter);
  const seen: PointId[] = [];
  let after: PointId | undefined;
  do {
    const page = await subject.scroll(after === undefined ? scroll : { ...scroll, after });
    expect(page.points.length).toBeLessThanOrEqual(scroll.limit ?? 100);
    for (const { id, payload } of page.points) {
      expect(payload).toEqual(oracle.get(id)?.payload);
      seen.push(id);
    }
    after = page.next;
  } while (after !== undefined);
  expect(seen).toEqual(expected.map(({ id }) => id));
}

async function compareQuery(
  subject: Subject,
  oracle: Oracle,
  request: QueryRequest,
  openTies: boolean,
): Promise<void> {
  const unanswerable = missingSource(oracle, request);
  if (unanswerable !== undefined) {
    await expect(subject.query(request)).rejects.toMatchObject({ code: unanswerable });
    return;
  }
  const result = await subject.query(request);
  const { ranking, matched, larger, fragile } = oracle.query(request);
  const { limit = 10, offset = 0 } = request;
  // Rounding may have changed ranks in a leg, and with them everything a fusion says.
  if (fragile && "fusion" in request) return;
  const expected = ranking.slice(offset, offset + limit);
  expect(result.hits.length).toBe(expected.length);
  const scores = new Map(ranking.map((hit) => [idKey(hit.id), hit]));
  for (const [i, hit] of result.hits.entries()) {
    const own = scores.get(idKey(hit.id));
    expect(own, `hit ${String(hit.id)} does not match`).toBeDefined();
    expectClose(hit.score, own!.score);
    // Which of two points of equal score is here, rounding decides; that the score belongs here, it does not.
    expectClose(hit.score, expected[i]!.score);
    if (!fragile && !openTies) expect(hit.id).toEqual(expected[i]!.id);
    expect(Object.keys(hit.legs ?? {})).toEqual(Object.keys(own!.legs ?? {}));
    expect(hit.payload).toEqual(oracle.get(hit.id)!.payload);
  }
  expectOwnOrder(result, larger);
  if (result.hits.length < limit) expect(result.shortfall?.matched).toBe(matched);
  else expect(result.shortfall).toBeUndefined();
}

/** The code that a query by id of a point that is not there, or lacks the vector, is refused with. */
function missingSource(
  oracle: Oracle,
  request: QueryRequest,
): "not_found" | "failed_precondition" | undefined {
  for (const leg of "fusion" in request ? request.fusion.legs : [request]) {
    if (!("nearest" in leg) || !("id" in leg.nearest)) continue;
    const point = oracle.get(normalizeId(leg.nearest.id));
    if (point === undefined) return "not_found";
    const own = { ...point.vectors, ...point.sparse, ...point.multi };
    if (own[leg.field!] === undefined) return "failed_precondition";
  }
  return undefined;
}

function expectOwnOrder({ hits }: QueryResult, larger: boolean): void {
  for (let i = 1; i < hits.length; i++) {
    const [before, after] = [hits[i - 1]!, hits[i]!];
    if (before.score === after.score) expect(compareIds(before.id, after.id)).toBeLessThan(0);
    else expect(before.score > after.score).toBe(larger);
  }
}

function expectClose(actual: number, expected: number): void {
  const close = Math.abs(actual - expected) <= closeness * Math.max(1, Math.abs(expected));
  if (!close && !isDeepStrictEqual(actual, expected)) expect(actual).toBeCloseTo(expected, 5);
}
