/**
 * Every operation of the document, asked with what the document allows and with what it does not: whatever comes is answered as
 * the document says, what it does not allow is refused, and nothing is ever the server's own failure.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openApiOf } from "../../../src/dialects/franca/openapi.ts";
import { operations } from "../../../src/dialects/franca/operations.ts";
import { frameType } from "../../../src/dialects/franca/wire.ts";
import { seed } from "../../seed.ts";
import { componentValidator } from "./document.ts";
import { spoilt, valuesOf } from "./generate.ts";
import { type Answer, type Served, startServed } from "./served.ts";

const document = openApiOf(operations);
const every = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
const runs = process.env.FRANCA_SLOW ? 1000 : 60;

const schema = {
  vectors: { v: { dimension: 2 } },
  payload: {
    year: { type: "integer" },
    title: { type: "text" },
    tag: { type: "keyword" },
    at: { type: "geo" },
  },
} as const;
const coordinate = fc.integer({ min: -8, max: 8 });
const vector = fc.tuple(coordinate, coordinate);
const year = fc.integer({ min: 2000, max: 2009 });

/** Values that mean something to the collection "c"; any others come beside them. */
const known = {
  Name: fc.constantFrom("c", "c", "c", "c", "d", "alias", "none", "a/b", "ü"),
  PointId: fc.oneof(fc.nat(30), fc.constantFrom("a", "b")),
  Vector: vector,
  Vectors: fc.record({ v: vector }),
  Payload: fc.record(
    { year, title: fc.constantFrom("red harbour", "blue hills"), tag: fc.constantFrom("x", "y") },
    { requiredKeys: [] },
  ),
  FieldCondition: fc.oneof(
    fc.record({ field: fc.constant("year"), range: fc.record({ gte: year }) }),
    fc.record({ field: fc.constant("tag"), eq: fc.constantFrom("x", "y") }),
    fc.record({ field: fc.constant("title"), match: fc.constantFrom("red", "hills") }),
  ),
  Point: fc.record({ id: fc.nat(30), vector, payload: fc.record({ year }) }, { requiredKeys: ["id"] }),
  Selection: fc.record({ payload: fc.boolean(), vectors: fc.boolean() }, { requiredKeys: [] }),
  NearestTo: fc.oneof(
    vector,
    fc.nat(8).map((id) => ({ id })),
  ),
  QueryRequest: fc.oneof(
    fc.record(
      { nearest: vector, limit: fc.integer({ min: 1, max: 9 }), explain: fc.boolean() },
      { requiredKeys: ["nearest"] },
    ),
    fc.record({ text: fc.constantFrom("red", "hills") }),
    fc.record({
      fusion: fc.record({
        legs: fc.tuple(fc.record({ nearest: vector }), fc.record({ text: fc.constant("red") })),
      }),
      select: fc.record({ vectors: fc.boolean() }),
    }),
  ),
  FacetRequest: fc.record({ field: fc.constantFrom("year", "tag") }),
  SetAlias: fc.record({ collection: fc.constantFrom("c", "d") }),
  SchemaChange: fc.record({ addPayload: fc.constant({ more: { type: "bool" } }) }),
};

let served: Served;
beforeAll(async () => {
  served = await startServed();
});
afterAll(() => served.stop());

async function reset(): Promise<void> {
  const { store } = served;
  for (const alias of Object.keys(await store.aliases())) await store.dropAlias(alias);
  for (const name of await store.list()) await store.drop(name);
  await store.create("d", schema);
  const collection = await store.create("c", schema);
  await store.setAlias("alias", "c");
  await collection.upsert(
    [...Array(9).keys()].map((id) => ({
      id,
      vector: [id, 1],
      payload: { year: 2000 + id, tag: "x", title: "red hills" },
    })),
  );
}

type Told = (typeof every)[number];

/** Paths that a client's URL parser takes for itself are not asked for. */
const name = valuesOf(document, { $ref: "#/components/schemas/Name" }, known).filter(
  (name) => name !== "." && name !== ".." && (name as string).isWellFormed(),
);

async function ask({ path, method }: Told, name: unknown, body: unknown): Promise<Answer> {
  const at = path.slice("/franca/v1".length).replace(/\{.*?\}/, encodeURIComponent(name as string));
  return served.ask(method.toUpperCase(), at, body);
}

function expectAsTold({ operation }: Told, answer: Answer, body: unknown): void {
  const shown = `${operation.operationId} ${JSON.stringify(body)?.slice(0, 300)} → ${answer.status} ${answer.text.slice(0, 300)}`;
  expect(answer.status, shown).toBeLessThan(500);
  const content = operation.responses["200"]!.content!;
  const said = answer.status === 200 ? content[answer.type.split(";")[0]!] : undefined;
  if (answer.status !== 200) {
    const validate = componentValidator(document, { $ref: "#/components/schemas/Error" });
    expect([validate(answer.body), validate.errors], shown).toEqual([true, null]);
    return;
  }
  expect(said, shown).toBeDefined();
  if (answer.type.startsWith("text/html")) return;
  const validate = componentValidator(document, said!.schema);
  const values =
    answer.type === "application/x-ndjson"
      ? answer.text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
      : [answer.body];
  for (const value of values) expect([validate(value), validate.errors], shown).toEqual([true, null]);
}

const covered = new Set<string>();

describe("every operation of the document", () => {
  it.each(every.map((told) => [told.operation.operationId, told] as const))(
    "%s answers as it is told, whatever it is asked",
    async (id, told) => {
      const request = told.operation.requestBody?.content["application/json"]?.schema;
      const allowed = request === undefined ? undefined : componentValidator(document, request);
      const bodies =
        request === undefined ? fc.constant(undefined) : valuesOf(document, request as never, known);
      const statuses = new Map<number, number>();
      const hasName = told.path.includes("{");
      await reset();
      let asked = 0;
      await fc.assert(
        fc.asyncProperty(bodies, name, fc.integer(), fc.boolean(), async (body, name, salt, isSpoilt) => {
          if (asked++ % 10 === 0) await reset();
          const random = mulberry(salt);
          const sent = isSpoilt && request !== undefined ? spoilt(body, random) : body;
          const answer = await ask(told, name, sent);
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          expectAsTold(told, answer, sent);
          if (allowed !== undefined && !hasTwins(sent) && !allowed(JSON.parse(JSON.stringify(sent)))) {
            expect(answer.status, `${JSON.stringify(sent)} is not allowed`).not.toBe(200);
          }
        }),
        { numRuns: hasName || request !== undefined ? runs : 3, seed },
      );
      expect([id, statuses.get(200) ?? 0]).not.toEqual([id, 0]);
      if (request !== undefined) expect([id, statuses.get(400) ?? 0]).not.toEqual([id, 0]);
      covered.add(id);
    },
  );

  it("was asked", () => {
    console.log(`${covered.size} of ${every.length} operations of the OpenAPI document asked`);
    expect([...covered].sort()).toEqual(every.map(({ operation }) => operation.operationId).sort());
  });

  it("that takes a body refuses bytes that are none, as JSON and as frames", async () => {
    await reset();
    for (const told of every.filter(({ operation }) => operation.requestBody !== undefined)) {
      for (const type of ["application/json", frameType]) {
        const url = served.url + told.path.slice("/franca/v1".length).replace(/\{.*?\}/, "c");
        const response = await fetch(url, {
          method: told.method.toUpperCase(),
          headers: { "content-type": type },
          body: "{\u0000]",
        });
        expect([told.operation.operationId, type, response.status]).toEqual([
          told.operation.operationId,
          type,
          400,
        ]);
      }
    }
  });
});

/** Of points with one id the last one counts, and the Store does not look at the others. */
function hasTwins(body: unknown): boolean {
  const { points } = (body ?? {}) as { points?: unknown };
  if (!Array.isArray(points)) return false;
  const ids = points.map((point) => JSON.stringify(point?.id));
  return new Set(ids).size < ids.length;
}

/** A small generator of random numbers, so that a failure is repeated by its salt. */
function mulberry(salt: number): () => number {
  let state = salt;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
