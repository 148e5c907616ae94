/** Objects for inference in the place of vectors: BM25, which is always there, and models that the host offers. */
import { describe, expect, it } from "vitest";
import { createQdrantDialect } from "../../../src/dialects/qdrant/dialect.ts";
import { staticEmbedder } from "../../../src/embedders/static.ts";
import { refused, type Served, served } from "./served.ts";

const bm25 = (text: string, options?: object) => ({
  text,
  model: "Qdrant/bm25",
  ...(options && { options }),
});
const packaged = "franca/static-minilm-256";
const dense = (text: string) => ({ text, model: packaged });

const texts = [
  "The quick brown foxes are running",
  "A slow green turtle",
  "Running turtles and running foxes",
];

async function library(): Promise<Served["client"]> {
  const models = { names: [packaged], open: () => staticEmbedder() };
  const { client } = await served({ dialects: [createQdrantDialect({ models })] });
  await client.createCollection("texts", {
    vectors: { dense: { size: 256, distance: "Cosine" } },
    sparse_vectors: { words: { modifier: "idf" } },
  });
  await client.upsert("texts", {
    points: texts.map((text, i) => ({
      id: i + 1,
      vector: { words: bm25(text), dense: dense(text) } as never,
      // Data, whatever it looks like.
      payload: { vector: bm25(text) },
    })),
  });
  return client;
}

describe("inference", () => {
  it("embeds documents and queries by BM25, stemmed and without stop words", async () => {
    const client = await library();
    const [first] = await client.retrieve("texts", { ids: ["1", 1].slice(1), with_vector: ["words"] });
    // quick, brown, fox and run, each once in four words of 256 expected.
    const weight = 2.2 / (1.2 * (1 - 0.75 + (0.75 * 4) / 256) + 1);
    const { indices, values } = (first!.vector as { words: { indices: number[]; values: number[] } }).words;
    expect(indices).toHaveLength(4);
    for (const value of values) expect(value).toBeCloseTo(weight, 5);
    // By mmh3 in Python: abs(hash("fox", signed=True)).
    expect(first!.payload).toEqual({ vector: bm25(texts[0]!) });
    const { points } = await client.query("texts", { query: bm25("a running fox") as never, using: "words" });
    expect(points.map(({ id }) => id)).toEqual([3, 1]);
    const { points: none } = await client.query("texts", { query: bm25("the") as never, using: "words" });
    expect(none).toEqual([]);
  });

  it("takes options: another language, words as they are", async () => {
    const client = await library();
    const plain = { language: "none", lowercase: true };
    await client.updateVectors("texts", {
      points: [{ id: 1, vector: { words: bm25("The Foxes", plain) } as never }],
    });
    const found = async (text: string) => {
      const { points } = await client.query("texts", { query: bm25(text, plain) as never, using: "words" });
      return points.map(({ id }) => id);
    };
    expect(await found("foxes")).toEqual([1]);
    expect(await found("the")).toEqual([1]);
  });

  it("embeds by the host's models wherever a vector may stand", async () => {
    const client = await library();
    const query = {
      prefetch: [
        { query: dense("turtle"), using: "dense", limit: 2 },
        { query: bm25("fox"), using: "words" },
      ],
    };
    const { points } = await client.query("texts", { ...(query as object), query: { fusion: "rrf" } });
    expect(points.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
    const recommended = await client.query("texts", {
      query: { recommend: { positive: [dense("a turtle that is slow")] } } as never,
      using: "dense",
      limit: 1,
    });
    expect(recommended.points[0]).toMatchObject({ id: 2 });
  });

  it("refuses models that are not there, what they cannot embed, and a sparse vector without a name", async () => {
    const client = await library();
    const asked = (object: object) =>
      refused(client.query("texts", { query: object as never, using: "dense" }));
    expect(await asked({ text: "a", model: "openai/large" })).toEqual([
      400,
      `Wrong input: model "openai/large" is not served here; served are "qdrant/bm25", "${packaged}"`,
    ]);
    expect(await asked({ image: "https://x/y.png", model: packaged })).toEqual([
      400,
      `Wrong input: model "${packaged}" embeds text only; got an image`,
    ]);
    const point = { id: 9, vector: bm25("a") as never };
    expect(await refused(client.upsert("texts", { points: [point] }))).toEqual([
      400,
      "Bad request: Sparse vector should be named",
    ]);
    expect((await client.count("texts")).count).toBe(3);
  });
});
