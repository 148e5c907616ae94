/** Words in a Qdrant: fields whose words it cuts as they are declared are matched as on the engine; all else is refused. */
import { QdrantClient } from "@qdrant/js-client-rest";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "../../../src/open.ts";
import type { Collection, Store } from "../../../src/store.ts";
import { qdrant } from "../../../src/stores/qdrant.ts";
import { startServer, type TestServer } from "../../../src/testing/testing.ts";
import "../../seed.ts";

const schema = {
  vectors: {},
  payload: {
    plain: { type: "text", analysis: {} },
    exact: { type: "text", analysis: { tokenizer: "whitespace", lowercase: false } },
    begun: { type: "text", analysis: { tokenizer: "prefix", minLength: 2, maxLength: 5 } },
    stemmed: {
      type: "text",
      analysis: {
        asciiFolding: true,
        stemmer: "english",
        stopWords: { languages: ["english"], words: ["fox"] },
      },
    },
    "notes.text": { type: "text", analysis: {} },
    usual: { type: "text" },
  },
} as const;

const text = fc
  .array(
    fc.constantFrom("The", "fox", "Foxes", "running", "ran", "run", "état", "sea-side", "a", "x1", "Sea"),
    {
      maxLength: 6,
    },
  )
  .map((words) => words.join(" "));
const texts = fc.oneof(text, fc.array(text, { maxLength: 3 }));
const payload = fc.record(
  {
    plain: texts,
    exact: texts,
    begun: texts,
    stemmed: texts,
    notes: fc.oneof(
      text.map((one) => ({ text: one })),
      fc.array(
        text.map((one) => ({ text: one })),
        { maxLength: 2 },
      ),
    ),
  },
  { requiredKeys: [] },
);
const filter = fc
  .tuple(
    fc.constantFrom("plain", "exact", "begun", "stemmed", "notes.text"),
    fc.oneof(text, fc.constantFrom("fox", "Run", "sea", "eta", "the")),
    fc.constantFrom("all", "any"),
  )
  .map(([field, query, mode]) => ({ field, match: { query, mode } }));

describe("words in a Qdrant", () => {
  let server: TestServer;
  let engine: Store;
  let store: Store;
  beforeAll(async () => {
    server = await startServer();
    engine = await open(":memory:");
    store = qdrant({ url: server.urls.qdrant! });
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
    await engine.close();
  });

  it("are matched as on the engine", async () => {
    let names = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(payload, { minLength: 3, maxLength: 8 }),
        fc.array(filter, { minLength: 5, maxLength: 10 }),
        async (payloads, filters) => {
          const name = `texts-${names++}`;
          const points = payloads.map((one, id) => ({ id, payload: one }));
          const [ours, theirs] = (await Promise.all(
            [engine, store].map((one) => one.create(name, schema)),
          )) as unknown as [Collection, Collection];
          for (const collection of [ours, theirs]) await collection.upsert(points as never);
          for (const one of filters) {
            const [expected, found] = await Promise.all(
              [ours, theirs].map((c) => c.scroll({ filter: one } as never)),
            );
            expect(
              found!.points.map(({ id }) => id),
              JSON.stringify(one),
            ).toEqual(expected!.points.map(({ id }) => id));
            expect(found!.warnings.map(({ code }) => code)).toEqual(
              expected!.warnings.map(({ code }) => code),
            );
          }
          await Promise.all([engine.drop(name), store.drop(name)]);
        },
      ),
      { numRuns: process.env.FRANCA_SLOW ? 400 : 25 },
    );
  });

  it("cut otherwise, and phrases, are refused", async () => {
    const texts = (await store.create("refused", schema)) as unknown as Collection;
    for (const refused of [
      { field: "usual", match: "sea" },
      { field: "plain", match: { query: "the sea", mode: "phrase" } },
      { field: "undeclared", match: "sea" },
    ] as const)
      await expect(texts.count({ filter: refused })).rejects.toMatchObject({ code: "unimplemented" });
    const single = { field: "plain", match: { query: "sea", mode: "phrase" } } as const;
    expect((await texts.count({ filter: single })).count).toBe(0);
    expect((await store.describe("refused")).schema).toEqual(schema);
  });

  it("of an index that others made are matched as it cuts them", async () => {
    const client = new QdrantClient({ url: server.urls.qdrant!, checkCompatibility: false });
    await client.createCollection("theirs", { vectors: { size: 2, distance: "Dot" } });
    await client.createPayloadIndex("theirs", {
      wait: true,
      field_name: "body",
      field_schema: {
        type: "text",
        tokenizer: "word",
        lowercase: true,
        stemmer: { type: "snowball", language: "english" },
        stopwords: "english",
      },
    });
    await client.upsert("theirs", {
      wait: true,
      points: [{ id: 1, vector: [1, 0], payload: { body: "The foxes ran" } }],
    });
    const theirs = (await store.collection("theirs")) as Collection;
    expect(theirs.schema.payload).toEqual({
      body: {
        type: "text",
        lenient: true,
        analysis: {
          tokenizer: "word",
          lowercase: true,
          stemmer: "english",
          stopWords: { languages: ["english"] },
        },
      },
    });
    expect((await theirs.count({ filter: { field: "body", match: "a fox" } })).count).toBe(1);
    expect((await theirs.count({ filter: { field: "body", match: "dog" } })).count).toBe(0);
  });
});
