/** Rankings of every kind, alone and below each other, on a Qdrant as on the engine. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FrancaError, isFrancaError } from "../../../src/errors.ts";
import type { QueryRequest } from "../../../src/model/query.ts";
import type { QueryResult } from "../../../src/model/result.ts";
import { open } from "../../../src/open.ts";
import type { Collection, Store } from "../../../src/store.ts";
import { writeJson } from "../../../src/stores/qdrant/big-integers.ts";
import { qdrant } from "../../../src/stores/qdrant.ts";
import { startServer, type TestServer } from "../../../src/testing/testing.ts";
import { python, withoutPython } from "../../wire/python.ts";
import { localServer } from "./local-server.ts";
import "../../seed.ts";

const schema = {
  vectors: { cover: { dimension: 4 }, plot: { dimension: 3, metric: "euclidean" } },
  sparse: { words: {} },
  multi: { rows: { dimension: 2, metric: "dot" } },
  payload: {
    year: { type: "integer" },
    bought: { type: "datetime" },
    tag: { type: "keyword" },
    shop: { type: "geo" },
  },
} as const;

/** Irregular, so that no two scores are the same. */
const wave = (i: number, at: number): number => Math.sin(i * 1.7 + at * 2.3) + Math.cos(i * i * 0.13 + at);
const idOf = (i: number): number | string => (i % 3 === 0 ? `book ${i}` : i);
const count = 80;
const points = Array.from({ length: count }, (_, i) => ({
  id: idOf(i),
  vectors: {
    cover: [0, 1, 2, 3].map((at) => wave(i, at)),
    ...(i % 5 !== 0 && { plot: [0, 1, 2].map((at) => wave(i, at + 7)) }),
  },
  sparse: { words: { indices: [i % 7, 20 + (i % 11)], values: [1 + i / 100, wave(i, 1) + 3] } },
  multi: { rows: [0, 1].map((row) => [wave(i, row), wave(i, row + 3)]) },
  payload: {
    year: 1900 + i,
    bought: new Date(Date.UTC(2020, 0, 1) + i * 864e5),
    tag: i % 2 === 0 ? "even" : "odd",
    ...(i % 4 !== 0 && { shop: { lat: i / 2, lon: i } }),
  },
}));

const dimensions = { cover: 4, plot: 3 } as const;
const dense = (field: "cover" | "plot") =>
  fc.oneof(
    fc.nat(1000).map((i) => Array.from({ length: dimensions[field] }, (_, at) => wave(i + 0.37, at))),
    fc
      .nat(count - 1)
      .filter((i) => field === "cover" || i % 5 !== 0)
      .map((i) => ({ id: idOf(i) })),
  );
const pairs = (field: "cover" | "plot") =>
  fc.array(fc.record({ positive: dense(field), negative: dense(field) }), { minLength: 1, maxLength: 3 });
const byField = (field: "cover" | "plot"): fc.Arbitrary<object> =>
  fc
    .oneof(
      fc.record({ nearest: dense(field) }),
      fc.record({
        recommend: fc.record({
          positive: fc.array(dense(field), { minLength: 1, maxLength: 3 }),
          negative: fc.array(dense(field), { maxLength: 2 }),
          strategy: fc.constantFrom("average", "best", "sum"),
        }),
      }),
      fc.record({ discover: fc.record({ target: dense(field), context: pairs(field) }) }),
      fc.record({
        feedback: fc.record({
          target: dense(field),
          examples: fc.array(fc.record({ example: dense(field), score: fc.constantFrom(0.1, 0.5, 0.9) }), {
            minLength: 2,
            maxLength: 3,
          }),
          a: fc.constantFrom(1, 0.5),
          b: fc.constantFrom(1, 2),
          c: fc.constantFrom(0.5, 0.1),
        }),
      }),
    )
    .map((ranking) => ({ ...ranking, field }));
const leaf: fc.Arbitrary<object> = fc.oneof(
  byField("cover"),
  byField("plot"),
  fc.nat(6).map((i) => ({ nearest: { indices: [i, 20 + i], values: [1, 0.7] }, field: "words" })),
  fc.nat(99).map((i) => ({
    nearest: [
      [wave(i, 5), 1],
      [0.3, wave(i, 6)],
    ],
    field: "rows",
  })),
  fc.record({
    orderBy: fc.record(
      { path: fc.constantFrom("year", "bought"), direction: fc.constantFrom("asc", "desc") },
      { requiredKeys: ["path"] },
    ),
  }),
);
const filter = fc.constantFrom(
  { field: "tag", eq: "odd" },
  { field: "year", range: { gte: 1930 } },
  { not: { field: "tag", eq: "odd" } },
);
const number: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(0, 1, 0.5, -2, 1_600_000_123),
  fc.constantFrom({ score: 0 }, { score: 1, default: 0.25 }, { value: "year" }, { datetimeValue: "bought" }),
  fc.constantFrom(
    { datetime: "2020-01-05T00:00:00Z" },
    { condition: { field: "tag", eq: "odd" } },
    {
      condition: {
        and: [
          { field: "tag", eq: "odd" },
          { field: "year", range: { lt: 1950 } },
        ],
      },
    },
    { distance: { from: { lat: 48, lon: 16 }, to: "shop" }, default: { lat: 0, lon: 0 } },
  ),
);
const expression: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    number,
    fc.record({ sum: fc.array(tie("any"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ product: fc.tuple(number, tie("any")) }),
    fc.record({ negated: tie("any") }),
    fc.record({ absolute: tie("any") }),
    fc.record({ quotient: fc.record({ of: tie("any"), by: number, byZero: fc.constant(3) }) }),
    fc.record({ root: fc.record({ absolute: tie("any") }) }),
    fc.record({ ln: fc.record({ sum: fc.tuple(fc.constant(1), fc.record({ absolute: tie("any") })) }) }),
    fc.record({
      decay: fc.record(
        {
          kind: fc.constantFrom("linear", "exponential", "gaussian"),
          of: tie("any"),
          target: number,
          midpoint: fc.constantFrom(0.3, 0.5, 0.9),
          scale: fc.constantFrom(0.5, 2, 1e6),
        },
        { requiredKeys: ["kind", "of"] },
      ),
    }),
  ),
})).any;
const stage = fc
  .tuple(leaf, fc.record({ filter, limit: fc.constantFrom(5, 30) }, { requiredKeys: ["limit"] }))
  .map(([ranking, own]) => ({ ...ranking, ...own }));
const fusion = fc
  .record(
    {
      legs: fc.array(stage, { minLength: 2, maxLength: 3 }),
      method: fc.constantFrom("rrf", "dbsf"),
    },
    { requiredKeys: ["legs", "method"] },
  )
  .map(({ legs, method }) => ({
    fusion: { legs: legs.map((leg, i) => ({ ...leg, name: `leg ${i}` })), method },
  }));
const requests = fc
  .tuple(
    fc.oneof(
      leaf,
      fusion,
      fc
        .tuple(
          leaf.filter((one) => !("orderBy" in one)),
          fc.array(stage, { minLength: 1, maxLength: 2 }),
        )
        .map(([ranking, prefetch]) => ({ ...ranking, prefetch })),
      fc.record({ orderBy: fc.constant("id") }),
      fc.record({ formula: expression, prefetch: fc.array(stage, { minLength: 1, maxLength: 2 }) }),
    ),
    fc.record(
      { filter, limit: fc.constantFrom(3, 10, 100), offset: fc.constantFrom(0, 2) },
      { requiredKeys: ["limit"] },
    ),
  )
  .map(([ranking, own]) => ({ ...ranking, ...own }) as QueryRequest);

/** The local mode ranks by examples otherwise where smaller distances are better; the server's source decides. */
function isBeyondIt(request: QueryRequest): boolean {
  return writeJson(request).includes('"field":"plot"');
}

/** A Qdrant for these tests. */
interface Made {
  url: string;
  stop(): Promise<void>;
}
const servers: [name: string, isThere: boolean, make: () => Promise<Made>][] = [
  [
    "a Qdrant (Franca's own)",
    true,
    async () => {
      const server: TestServer = await startServer();
      return { url: server.urls.qdrant!, stop: () => server.stop() };
    },
  ],
  ["a Qdrant (the local mode of its own makers)", python !== undefined, localServer],
];

describe.for(servers)("rankings on %s", ([, isThere, make]) => {
  if (!isThere) return void it.skip(withoutPython);
  const isLocal = make === localServer;
  let server: Made;
  let engine: Store;
  let store: Store;
  let [ours, theirs] = [undefined, undefined] as unknown as [Collection, Collection];
  beforeAll(async () => {
    server = await make();
    engine = await open(":memory:");
    store = qdrant({ url: server.url });
    ours = (await engine.create("books", schema)) as unknown as Collection;
    theirs = (await store.create("books", schema)) as unknown as Collection;
    for (const collection of [ours, theirs]) await collection.upsert(points as never);
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
    await engine.close();
  });

  it("are answered as the engine answers them, or refused as unimplemented", async () => {
    let answered = 0;
    const refused = new Set<string>();
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        if (isLocal && isBeyondIt(request)) return;
        // A formula may come out as no number.
        const expected = await ours.query(request).catch((error: unknown) => error as FrancaError);
        const found = await theirs.query(request).catch((error: unknown) => {
          if (expected instanceof Error && isFrancaError(error, expected.code)) return undefined;
          if (!isFrancaError(error, "unimplemented")) throw error;
          refused.add((error as FrancaError).message);
          return undefined;
        });
        if (found === undefined) return;
        answered++;
        if (expected instanceof Error) throw expected;
        expectAlike(found, expected);
      }),
      { numRuns: process.env.FRANCA_SLOW ? 3_000 : 200 },
    );
    console.log(`rankings on a Qdrant: ${answered} answered; refused:`, [...refused]);
    expect(answered).toBeGreaterThan(isLocal ? 50 : 150);
  });

  it("are diverse, and drawn at random, of the points that match", async () => {
    const odd = { field: "tag", eq: "odd" } as const;
    const mmr = {
      nearest: points[1]!.vectors.cover,
      field: "cover",
      mmr: { diversity: 0.6, candidates: 20 },
    };
    const [own, there] = [await ours.query(mmr as never), await theirs.query(mmr as never)];
    expect(there.hits.map(({ id }) => id)).toEqual(own.hits.map(({ id }) => id));
    const { hits, shortfall } = await theirs.query({ sample: {}, filter: odd, limit: 100 } as never);
    expect(new Set(hits.map(({ id }) => id)).size).toBe(count / 2);
    expect(shortfall).toMatchObject({ matched: count / 2, reason: "filter" });
    await expect(theirs.query({ sample: { seed: 1 } })).rejects.toMatchObject({ code: "unimplemented" });
  });

  // The local mode ranks by a vector that is not there.
  it.skipIf(isLocal)(
    "by points that are not there, or lack the vector, are refused as everywhere",
    async () => {
      const recommend = { positive: [{ id: 1 }, { id: "nobody" }] };
      await expect(theirs.query({ recommend, field: "cover" })).rejects.toMatchObject({ code: "not_found" });
      const context = [{ positive: { id: 5 }, negative: { id: 1 } }];
      await expect(theirs.query({ context, field: "plot" })).rejects.toMatchObject({
        code: "failed_precondition",
      });
    },
  );
});

function expectAlike(found: QueryResult, expected: QueryResult): void {
  // Formulas give many points one score: then those count that are above the last.
  const last = expected.hits.at(-1)?.score;
  const certain = ({ hits }: QueryResult) =>
    hits.flatMap(({ id, score }) => (isAlike(score, last) ? [] : [id]));
  expect(found.hits.length).toBe(expected.hits.length);
  expect(certain(found)).toEqual(certain(expected));
  for (const [i, hit] of found.hits.entries()) {
    expect(isAlike(hit.score, expected.hits[i]!.score), `${hit.score} ${expected.hits[i]!.score}`).toBe(true);
    if (isAlike(hit.score, last)) continue;
    expect(Object.keys(hit.legs ?? {})).toEqual(Object.keys(expected.hits[i]!.legs ?? {}));
    expect(hit.payload).toEqual(expected.hits[i]!.payload);
  }
  expect(found.shortfall).toEqual(expected.shortfall);
}

function isAlike(a: number, b: number | undefined): boolean {
  return b !== undefined && Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(b));
}
