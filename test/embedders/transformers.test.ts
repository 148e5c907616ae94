/** The transformer driver against what sentence-transformers gives for the same texts. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embedder.ts";
import { createFraming } from "../../src/embedders/transformers/framing.ts";
import { importPeer } from "../../src/embedders/transformers/peer.ts";
import { poolInto } from "../../src/embedders/transformers/pool.ts";
import { transformersEmbedder } from "../../src/embedders/transformers.ts";
import { embedderContract } from "../contracts/embedder.ts";
import { miniLm, reasonToSkip } from "./shared.ts";

interface Reference {
  texts: { name: string; text: string; full_length: number; embedding: number[]; embedding_512?: number[] }[];
}

const reason = reasonToSkip(miniLm);
const open = () => transformersEmbedder({ model: { folder: miniLm } });

describe.skipIf(reason)(`with all-MiniLM-L6-v2 from a folder${reason ? ` (skipped: ${reason})` : ""}`, () => {
  embedderContract("transformers", open);

  describe("against sentence-transformers", () => {
    let embedder: Embedder;
    let reference: Reference;
    beforeAll(async () => {
      embedder = await open();
      reference = JSON.parse(readFileSync(join(miniLm, "reference.json"), "utf8"));
    });
    afterAll(() => embedder.close());

    const cosines = (vectors: Float32Array, wanted: number[][]) =>
      wanted.map((row, i) => row.reduce((sum, x, j) => sum + x * vectors[i * row.length + j]!, 0));

    it("gives its vectors for every text, truncated ones included, in one call", async () => {
      const { vectors, truncated } = await embedder.embedText(reference.texts.map((t) => t.text));
      const found = cosines(
        vectors,
        reference.texts.map((t) => t.embedding),
      );
      expect(found.length).toBeGreaterThan(20);
      expect(Math.min(...found)).toBeGreaterThan(0.99999);
      expect(truncated).toEqual(
        reference.texts.flatMap((t, index) =>
          t.full_length > 256 ? [{ index, tokens: t.full_length, kept: 256 }] : [],
        ),
      );
      expect(truncated.length).toBe(2);
    });

    it("counts its tokens, special ones included", () => {
      for (const { text, full_length } of reference.texts)
        expect(embedder.countTokens(text)).toBe(full_length);
    });

    it("takes the limit from sentence_bert_config.json, and another one when told", async () => {
      expect(embedder.maxTokens).toBe(256);
      const long = reference.texts.filter((t) => t.embedding_512);
      const wider = await transformersEmbedder({ model: { folder: miniLm }, maxTokens: 512 });
      const { vectors } = await wider.embedText(long.map((t) => t.text));
      expect(
        Math.min(
          ...cosines(
            vectors,
            long.map((t) => t.embedding_512!),
          ),
        ),
      ).toBeGreaterThan(0.99999);
      await wider.close();
    });

    it("is named by its folder and its weights", () => {
      expect(embedder.model.id).toBe("all-MiniLM-L6-v2");
      expect(embedder.model.revision).toMatch(/^[0-9a-f]{8}$/);
      expect(embedder.dimension).toBe(384);
    });
  });

  it("opens a hub model from the cache without a network, and names it by its hub id", async () => {
    const cacheFolder = mkdtempSync(join(tmpdir(), "franca-cache-"));
    const id = "sentence-transformers/all-MiniLM-L6-v2";
    mkdirSync(join(cacheFolder, "sentence-transformers"));
    symlinkSync(miniLm, join(cacheFolder, id));
    const cached = await transformersEmbedder({ model: { id, cacheFolder, offline: true } });
    expect(cached.model).toEqual({ id, revision: "main/fp32" });
    expect(cached.maxTokens).toBe(256);
    expect((await cached.embedText(["database"])).vectors.length).toBe(384);
    await cached.close();
    rmSync(cacheFolder, { recursive: true });
  });

  it("puts a role's prompt before the text", async () => {
    const prompted = await transformersEmbedder({ model: { folder: miniLm }, prompts: { query: "query: " } });
    const query = await prompted.embedText(["a fox"], { role: "query" });
    expect(query).toEqual(await prompted.embedText(["query: a fox"], { role: "document" }));
    await prompted.close();
    await expect(prompted.embedText(["a"])).rejects.toMatchObject({ code: "failed_precondition" });
  });

  it("refuses limits that the model cannot hold", async () => {
    for (const maxTokens of [0, 1.5, 2, 513]) {
      const call = transformersEmbedder({ model: { folder: miniLm }, maxTokens });
      await expect(call).rejects.toMatchObject({ code: "invalid_argument" });
    }
    const call = transformersEmbedder({ model: { folder: miniLm }, batchSize: 0 });
    await expect(call).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("a transformer that cannot be opened", () => {
  it("is not_found when the folder is not there", async () => {
    const call = transformersEmbedder({ model: { folder: "./no-such-folder" } });
    await expect(call).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining("no-such-folder"),
    });
  });

  it("is data_loss when its files are not what they should be", async () => {
    const folder = mkdtempSync(join(tmpdir(), "franca-broken-"));
    mkdirSync(join(folder, "onnx"));
    for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"]) {
      writeFileSync(join(folder, file), '{"model_type":"bert"}');
    }
    await expect(transformersEmbedder({ model: { folder } })).rejects.toMatchObject({ code: "data_loss" });
    writeFileSync(join(folder, "sentence_bert_config.json"), "not JSON");
    await expect(transformersEmbedder({ model: { folder } })).rejects.toMatchObject({
      code: "data_loss",
      message: expect.stringContaining("sentence_bert_config.json"),
    });
    rmSync(folder, { recursive: true });
  });

  it("is not_found when it is not in the cache and the network is not to be used", async () => {
    const model = { id: "no-one/no-such-model", cacheFolder: "./no-such-cache", offline: true };
    await expect(transformersEmbedder({ model })).rejects.toMatchObject({ code: "not_found" });
  });

  it("names the command that installs a missing package", async () => {
    const name = "a-package-that-is-not-installed";
    await expect(importPeer(name, () => import(name))).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining(`npm install ${name}`),
    });
  });

  it("does not call a package missing whose own import fails", async () => {
    const source = "data:text/javascript,throw new Error('broken')";
    const broken = () => import(source);
    await expect(importPeer("some-package", broken)).rejects.toThrow("broken");
  });
});

describe("the frame round a text", () => {
  /** Letters are tokens; 1 opens a sequence, 2 and 3 close it. */
  const encode = (text: string, withFrame: boolean) => {
    const body = [...text].map((letter) => letter.charCodeAt(0));
    return withFrame ? [1, ...body, 2, 3] : body;
  };

  it("is kept whole when the text is cut", () => {
    const frame = createFraming(encode, 5);
    expect(frame("wxyz")).toEqual({ ids: [1, 119, 120, 2, 3], tokens: 7 });
    expect(frame("wx")).toEqual({ ids: [1, 119, 120, 2, 3], tokens: 5 });
    expect(frame("")).toEqual({ ids: [1, 2, 3], tokens: 3 });
  });

  it("must leave room for a token", () => {
    expect(() => createFraming(encode, 3)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

describe("pooling", () => {
  it("takes the mean over a text's own tokens, or its first token, and never the padding", () => {
    const hidden = Float32Array.of(1, 0, 0, 1, 9, 9, /* second text */ 0, 2, 7, 7, 7, 7);
    const pooled = (pooling: "mean" | "cls") => {
      const vectors = new Float32Array(4);
      poolInto(vectors, hidden, [2, 1], [1, 0], 3, 2, pooling);
      return [...vectors];
    };
    const half = Math.fround(Math.SQRT1_2);
    expect(pooled("mean")).toEqual([0, 1, half, half]);
    expect(pooled("cls")).toEqual([0, 1, 1, 0]);
  });
});
