/** Hybrid search: two legs over any collection, the model checked before anything is embedded. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embedder.ts";
import { open } from "../../src/engine/open.ts";
import { hybridSearch } from "../../src/hybrid/hybrid.ts";
import { defineSchema } from "../../src/model/schema.ts";
import type { Collection, Store } from "../../src/store.ts";

const model = { id: "test/letters", revision: "1" };
const schema = defineSchema({
  vectors: { meaning: { dimension: 2, model } },
  payload: { body: { type: "text" }, lang: { type: "keyword" } },
});

/** A model that knows two letters. */
function letters(
  overrides: Partial<Embedder> = {},
): Embedder & { asked: { texts: readonly string[]; role: unknown }[] } {
  const asked: { texts: readonly string[]; role: unknown }[] = [];
  return {
    asked,
    model,
    dimension: 2,
    maxTokens: 8,
    modalities: ["text"],
    async embedText(texts, options) {
      asked.push({ texts, role: options?.role });
      const vectors = texts.flatMap((text) => (text.includes("a") ? [1, 0] : [0, 1]));
      const truncated = texts[0]!.length > 20 ? [{ index: 0, tokens: 12, kept: 8 }] : [];
      return { vectors: Float32Array.from(vectors), truncated };
    },
    countTokens: (text) => text.length,
    close: async () => {},
    ...overrides,
  };
}

describe("hybrid search", () => {
  let store: Store;
  let collection: Collection<typeof schema>;
  beforeAll(async () => {
    store = await open(":memory:");
    collection = await store.create("documents", schema);
    await collection.upsert([
      { id: 1, vector: [1, 0], payload: { body: "zebra", lang: "en" } },
      { id: 2, vector: [0.9, 0.1], payload: { body: "cat", lang: "en" } },
      { id: 3, vector: [0, 1], payload: { body: "cat cat", lang: "de" } },
    ]);
  });
  afterAll(() => store.close());

  it("fuses meaning and words, weighted 0.7 and 0.3 by default, and tells each leg", async () => {
    const { hits } = await hybridSearch(collection, { text: "cat", embedder: letters() });
    expect(hits.map(({ id }) => id)).toEqual([2, 3, 1]);
    expect(hits[0]!.legs).toMatchObject({ vector: { rank: 1 }, keyword: { rank: 1 } });
    expect(hits[0]!.score).toBeCloseTo(0.7 / 62 + 0.3 / 62, 12);
    expect(Object.keys(hits[2]!.legs!)).toEqual(["vector"]);
  });

  it("weights decide, and a vector will do instead of an embedder", async () => {
    const { hits } = await hybridSearch(collection, {
      text: "cats",
      vector: [1, 0],
      weights: { vector: 0, keyword: 1 },
      k: 1,
      limit: 1,
    });
    expect(hits.map(({ id, score }) => [id, score])).toEqual([[3, 0.5]]);
  });

  it("a filter, a selection and an explanation go to the query as they are", async () => {
    const result = await hybridSearch(collection, {
      text: "cat",
      vector: [1, 0],
      filter: { field: "lang", eq: "de" },
      select: { payload: ["lang"] },
      explain: true,
    });
    expect(result.hits.map(({ id, payload }) => [id, payload])).toEqual([[3, { lang: "de" }]]);
    expect(result.shortfall?.reason).toBe("filter");
    expect(result.explain).toBeDefined();
  });

  it("the question is embedded as a query, once", async () => {
    const embedder = letters();
    await hybridSearch(collection, { text: "cat", embedder });
    expect(embedder.asked).toEqual([{ texts: ["cat"], role: "query" }]);
  });

  it("a question longer than the model reads is told of", async () => {
    const { warnings } = await hybridSearch(collection, {
      text: "a cat and many more words",
      embedder: letters(),
    });
    expect(warnings).toMatchObject([{ code: "input_truncated", details: { tokens: 12, kept: 8 } }]);
  });

  it("another model, revision or dimension is refused before it is asked", async () => {
    for (const other of [
      { model: { id: "test/other", revision: "1" } },
      { model: { ...model, revision: "2" } },
      { dimension: 3 },
    ]) {
      const embedder = letters(other);
      await expect(hybridSearch(collection, { text: "cat", embedder })).rejects.toMatchObject({
        code: "failed_precondition",
        message: expect.stringMatching(/embed the collection anew/),
      });
      expect(embedder.asked).toEqual([]);
    }
  });

  it("takes exactly one of vector and embedder, and a field that there is", async () => {
    const embedder = letters();
    for (const bad of [{}, { vector: [1, 0], embedder }, { embedder, field: "sound" as "meaning" }]) {
      await expect(hybridSearch(collection, { text: "cat", ...bad })).rejects.toMatchObject({
        code: "invalid_argument",
      });
    }
  });
});
