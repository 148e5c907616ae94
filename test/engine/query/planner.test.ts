/**
 * However a query is planned, its answer is the oracle's: exactly where all is compared, and as far as it goes where the
 * graph or codes choose the candidates: matches only, right scores, right order, and never fewer than there are.
 */
import { beforeAll, expect, it } from "vitest";
import { loadKernel } from "../../../src/engine/kernel/load.ts";
import type { VectorIndex, VectorSearch } from "../../../src/engine/kernel.ts";
import { filterCostsOf } from "../../../src/engine/query/filter-costs.ts";
import { runQuery } from "../../../src/engine/query/query.ts";
import type { Filter } from "../../../src/model/filter.ts";
import type { QueryRequest } from "../../../src/model/query.ts";
import type { Explanation, QueryResult } from "../../../src/model/result.ts";
import { defineSchema } from "../../../src/model/schema.ts";
import { clustered } from "../../contracts/kernel/oracle.ts";
import { describeKernels } from "../../kernels.ts";
import { ArrayView } from "./array-view.ts";

const dimension = 16;
const points = 6000;
const schema = defineSchema({
  vectors: { v: { dimension, metric: "euclidean" } },
  payload: { part: { type: "integer" }, side: { type: "keyword" }, note: { type: "text" } },
});
const vectors = clustered(points + 20, dimension, 77);
const rowOf = (i: number) => vectors.subarray(i * dimension, (i + 1) * dimension);

/** Filters of many selectivities; "side" goes with the vectors, "loose" and "loud" are not declared. */
const filters: [string, Filter | undefined, (i: number) => boolean][] = [
  ["nothing", undefined, () => true],
  ["half", { field: "part", range: { lt: 500 } }, (i) => i % 1000 < 500],
  ["a tenth", { field: "part", range: { lt: 100 } }, (i) => i % 1000 < 100],
  ["a few", { field: "part", eq: 7 }, (i) => i % 1000 === 7],
  ["none", { field: "part", eq: -1 }, () => false],
  ["one side", { field: "side", eq: "right" }, (i) => isRight(i)],
  ["the other", { not: { field: "side", eq: "right" } }, (i) => !isRight(i)],
  [
    "both",
    {
      and: [
        { field: "side", eq: "right" },
        { field: "part", range: { lt: 300 } },
      ],
    },
    (i) => isRight(i) && i % 1000 < 300,
  ],
  ["words", { field: "note", match: "even number" }, (i) => i % 2 === 0],
  ["undeclared half", { field: "loose", eq: 1 }, (i) => i % 2 === 1],
  ["undeclared few", { field: "loud", eq: true }, (i) => i % 500 === 3],
  ["undeclared none", { field: "loud", eq: "never" }, () => false],
  [
    "some of each",
    {
      and: [
        { field: "loose", eq: 1 },
        { field: "part", range: { lt: 900 } },
      ],
    },
    (i) => i % 2 === 1 && i % 1000 < 900,
  ],
];

function isRight(i: number): boolean {
  return rowOf(i)[0]! > 0;
}

function distance(i: number, query: Float32Array): number {
  return Math.hypot(...rowOf(i).map((x, d) => x - query[d]!));
}

describeKernels("plans", (build) => {
  let view: ArrayView;
  beforeAll(async () => {
    view = new ArrayView(schema, await loadKernel({ prefer: build }));
    for (let i = 0; i < points; i++) {
      view.upsert({
        id: i,
        vectors: { v: rowOf(i) },
        payload: {
          part: i % 1000,
          side: isRight(i) ? "right" : "left",
          note: i % 2 === 0 ? "an even number" : "an odd number",
          loose: i % 2,
          loud: i % 500 === 3,
        },
      });
    }
    await view.vectorIndex("v").build();
    // Gone from the answers, not from the graph.
    for (let i = 0; i < points; i += 11) view.delete(i);
  });

  it.each(filters)("answer %s as the oracle does, however it is planned", async (_, filter, holds) => {
    for (const at of [points, points + 1]) {
      const nearest = rowOf(at);
      const truth = Array.from({ length: points }, (_, i) => i)
        .filter((i) => i % 11 !== 0 && holds(i))
        .map((i) => ({ id: i, score: distance(i, nearest) }))
        .sort((a, b) => a.score - b.score || a.id - b.id);
      for (const limit of [1, 10, 300]) {
        for (const plan of ["auto", "exact", "codes", "graph"] as const) {
          const request: QueryRequest = { nearest, limit, params: { plan }, explain: true };
          if (filter !== undefined) request.filter = filter;
          const result = await runQuery(view, request);
          expect(result.hits.length).toBe(Math.min(limit, truth.length));
          expect(result.shortfall?.matched).toBe(truth.length < limit ? truth.length : undefined);
          const scores = new Map(truth.map(({ id, score }) => [id, score]));
          let last = -1;
          for (const { id, score } of result.hits) {
            expect(scores.has(id as number), `${id} does not match`).toBe(true);
            expect(Math.abs(score - scores.get(id as number)!)).toBeLessThan(1e-4);
            expect(score).toBeGreaterThanOrEqual(last);
            last = score;
          }
          const ids = new Set(truth.slice(0, limit).map(({ id }) => id));
          const found = result.hits.filter(({ id }) => ids.has(id as number)).length;
          if (plan === "exact") expect(found).toBe(ids.size);
          else expect(found).toBeGreaterThanOrEqual(0.8 * ids.size);
        }
      }
    }
  });

  it("a page is full although the filter is read from payloads, wherever its matches lie", async () => {
    const far: Filter = { field: "loud", eq: true };
    const result = await runQuery(view, { nearest: rowOf(points + 3), filter: far, limit: 50 });
    expect(result.hits.length).toBe(
      Array.from({ length: points }, (_, i) => i).filter((i) => i % 500 === 3 && i % 11 !== 0).length,
    );
  });

  it("candidates are checked instead of all payloads where most of them hold, and the answer says so", async () => {
    const request: QueryRequest = {
      nearest: rowOf(points + 4),
      filter: { field: "loose", eq: 1 },
      explain: true,
    };
    const result = await runQuery(view, request);
    expect(stepsOf(result)).toContain("check");
    const read = result.warnings[0]!.details!.payloadsRead as number;
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(points / 4);
  });

  it("a filter that most points pass is checked on candidates where bitsets are dear, with the same answer", async () => {
    const costs = filterCostsOf(view.indexes);
    const before = { entryMs: costs.entryMs, payloadMs: costs.payloadMs };
    const nearest = rowOf(points + 7);
    const filter: Filter = { field: "part", range: { lt: 700 } };
    const plain = await runQuery(view, { nearest, filter, params: { plan: "exact" } });
    Object.assign(costs, { entryMs: 0.01, payloadMs: 0.01 });
    const result = await runQuery(view, { nearest, filter, params: { exact: true }, explain: true });
    Object.assign(costs, before);
    expect(stepsOf(result)).toContain("check");
    expect(result.hits).toEqual(plain.hits);
    expect(result.warnings).toEqual([]);
  });

  it("an explanation holds the estimate, the costs of each way, and what was done", async () => {
    const request: QueryRequest = {
      nearest: rowOf(points + 5),
      filter: {
        and: [
          { field: "side", eq: "right" },
          { field: "part", range: { lt: 400 } },
        ],
      },
      explain: true,
    };
    const { explain } = await runQuery(view, request);
    const steps = flat(explain!);
    const filter = steps.find(({ step }) => step === "filter")!;
    expect(filter.estimate).toBeGreaterThan(0);
    expect(filter.actual).toBeGreaterThan(0);
    const plan = steps.find(({ step }) => step === "plan")!;
    expect(Object.keys(plan.costsMs!)).toEqual(expect.arrayContaining(["exact", "codes", "graph"]));
    for (const { timeMs } of steps) expect(timeMs).toBeGreaterThanOrEqual(0);
  });

  it("a walk that is bound to fail becomes a scan, and the answer says so", async () => {
    const index = view.vectorIndex("v");
    const allow = new Uint32Array((points + 31) >>> 5);
    const query = rowOf(points + 6);
    const far = Array.from({ length: points }, (_, i) => i)
      .sort((a, b) => distance(b, query) - distance(a, query))
      .slice(0, 600);
    for (const i of far) allow[i >>> 5]! |= 1 << (i & 31);
    const search: VectorSearch = { k: 10, ef: 64, mode: "graph", allow, budget: 200 };
    for (const result of [index.searchSync(query, search), await index.search(query, search)]) {
      expect(result.stats.gaveUp).toBe(1);
      expect(result.counts[0]).toBe(10);
      const truth = index.searchSync(query, { k: 10, allow, exact: true });
      expect(result.distances[0]).toBe(truth.distances[0]);
    }
  });
});

it("what a graph or codes leave short is completed by comparing all", async () => {
  const view = new ArrayView(schema, await loadKernel());
  for (let i = 0; i < 300; i++) view.upsert({ id: i, vectors: { v: rowOf(i) } });
  await view.vectorIndex("v").build();
  const index = view.vectorIndex("v");
  // An index that finds only every other point unless it compares all.
  const short = <T extends { counts: Uint32Array }>(options: VectorSearch, result: T): T => {
    if (options.mode !== "exact") result.counts[0] = Math.floor(result.counts[0]! / 2);
    return result;
  };
  const lossy = new Proxy(index, {
    get(target, name) {
      if (name === "searchSync") {
        return (query: Float32Array, options: VectorSearch) =>
          short(options, target.searchSync(query, options));
      }
      if (name === "search") {
        return async (query: Float32Array, options: VectorSearch) =>
          short(options, await target.search(query, options));
      }
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as VectorIndex;
  view.vectorIndex = () => lossy;
  for (const plan of ["codes", "graph"] as const) {
    const request: QueryRequest = { nearest: rowOf(points), limit: 20, params: { plan }, explain: true };
    const { hits, explain } = await runQuery(view, request);
    expect(hits.length).toBe(20);
    expect(flat(explain!).filter(({ step }) => step === "scan" || step === "graph").length).toBe(2);
  }
});

function flat(explain: Explanation): Explanation[] {
  return [explain, ...(explain.steps ?? []).flatMap(flat)];
}

function stepsOf({ explain }: QueryResult): string[] {
  return flat(explain!).map(({ step }) => step);
}
