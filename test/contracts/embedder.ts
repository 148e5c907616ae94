/** The laws of the Embedder contract; every driver runs them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embedder.ts";

const sentences = [
  "How do I open a new bank account?",
  "What is needed to start an account with the bank?",
  "The volcano erupted and lava flowed into the sea.",
  "Ein Satz auf Deutsch.",
  "",
  "向量数据库",
];
/** Vectors of one text in different batches differ by rounding only. */
const rounding = 1e-5;

export function embedderContract(driver: string, open: () => Promise<Embedder>): void {
  describe(`the contract of an embedder, by ${driver}`, () => {
    let embedder: Embedder;
    beforeAll(async () => {
      embedder = await open();
    });
    afterAll(() => embedder.close());

    const row = (vectors: Float32Array, i: number) =>
      vectors.subarray(i * embedder.dimension, (i + 1) * embedder.dimension);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    const largestDifference = (a: Float32Array, b: Float32Array) =>
      a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
    /** A text of more tokens than the model reads. */
    const tooLong = () => "word ".repeat(embedder.maxTokens + 50);

    it("names its model, its weights and its modalities", () => {
      expect(embedder.model.id).not.toBe("");
      expect(embedder.model.revision).not.toBe("");
      expect(embedder.modalities).toContain("text");
      expect(embedder.maxTokens).toBeGreaterThan(0);
    });

    it("gives one row of length 1 for each text, the empty one included", async () => {
      const { vectors, truncated } = await embedder.embedText(sentences);
      expect(vectors.length).toBe(sentences.length * embedder.dimension);
      expect(truncated).toEqual([]);
      sentences.forEach((_, i) => {
        expect(dot(row(vectors, i), row(vectors, i))).toBeCloseTo(1, 4);
      });
    });

    it("gives no rows for no texts", async () => {
      expect(await embedder.embedText([])).toEqual({ vectors: new Float32Array(0), truncated: [] });
    });

    it("gives a text the same vector alone, in any batch and at any place", async () => {
      const many = Array.from(
        { length: 70 },
        (_, i) => `${sentences[i % sentences.length]} ${"and more ".repeat(i % 9)}`,
      );
      const together = await embedder.embedText(many);
      for (const i of [0, 5, 33, 69]) {
        const alone = await embedder.embedText([many[i]!]);
        expect(largestDifference(alone.vectors, row(together.vectors, i))).toBeLessThan(rounding);
      }
    });

    it("puts a paraphrase nearer than another subject", async () => {
      const { vectors } = await embedder.embedText(sentences);
      const near = dot(row(vectors, 0), row(vectors, 1));
      expect(near).toBeGreaterThan(dot(row(vectors, 0), row(vectors, 2)) + 0.2);
    });

    it("cuts what is longer than maxTokens and reports it by its index", async () => {
      const text = tooLong();
      const { vectors, truncated } = await embedder.embedText(["short", text, "short"]);
      expect(truncated).toEqual([{ index: 1, tokens: embedder.countTokens(text), kept: embedder.maxTokens }]);
      expect(embedder.countTokens(text)).toBeGreaterThan(embedder.maxTokens);
      expect(largestDifference(row(vectors, 0), row(vectors, 2))).toBeLessThan(rounding);
    });

    it("does not read what it cut off", async () => {
      const { vectors } = await embedder.embedText([`${tooLong()}volcano`, `${tooLong()}bank account`]);
      expect(largestDifference(row(vectors, 0), row(vectors, 1))).toBeLessThan(rounding);
    });

    it("does not report a text of exactly maxTokens", async () => {
      const frame = embedder.countTokens("word word") - 2;
      const text = "word ".repeat(embedder.maxTokens - frame);
      expect(embedder.countTokens(text)).toBe(embedder.maxTokens);
      expect((await embedder.embedText([text])).truncated).toEqual([]);
    });

    it("reports progress that rises to the number of texts", async () => {
      const seen: number[] = [];
      const texts = Array.from({ length: 150 }, (_, i) => `text ${i}`);
      await embedder.embedText(texts, {
        onProgress: ({ done, total }) => {
          expect(total).toBe(texts.length);
          seen.push(done);
        },
      });
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(seen.length).toBeGreaterThan(1);
      expect(seen.at(-1)).toBe(texts.length);
    });

    it("rejects with cancelled when the signal is aborted before", async () => {
      const call = embedder.embedText(["text"], { signal: AbortSignal.abort("enough") });
      await expect(call).rejects.toMatchObject({ code: "cancelled", cause: "enough" });
    });

    it("stops between batches when the signal is aborted meanwhile", async () => {
      const controller = new AbortController();
      let done = 0;
      const texts = Array.from({ length: 400 }, (_, i) => `text ${i}`);
      const call = embedder.embedText(texts, {
        signal: controller.signal,
        onProgress: (progress) => {
          done = progress.done;
          controller.abort();
        },
      });
      await expect(call).rejects.toMatchObject({ code: "cancelled" });
      expect(done).toBeLessThan(texts.length);
    });

    it("refuses what is not a string, and says where", async () => {
      const texts = ["fine", undefined] as unknown as string[];
      await expect(embedder.embedText(texts)).rejects.toMatchObject({
        code: "invalid_argument",
        details: { index: 1, received: "undefined" },
      });
    });

    it("can be closed twice", async () => {
      const another = await open();
      await another.close();
      await another.close();
    });
  });
}
