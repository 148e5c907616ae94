/** The default embedder: its vectors, its model file as untrusted bytes, and its retrieval quality. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { crc32 } from "../../src/embedders/crc32.ts";
import { readModelFile } from "../../src/embedders/static/model-file.ts";
import { staticEmbedder } from "../../src/embedders/static.ts";
import { embedderContract } from "../contracts/embedder.ts";

const path = join(import.meta.dirname, "../../assets/static-model/model.bin");
const original = readFileSync(path);

embedderContract("the static model", () => staticEmbedder());

/** The model file after `change`, with a checksum that fits, so that only the change itself can be at fault. */
function changed(change: (bytes: Buffer) => void): Uint8Array {
  const bytes = Buffer.from(original);
  change(bytes);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

describe("the static embedder", () => {
  it("follows the formula of its recipe", async () => {
    const { table, scales, dimension, vocabulary } = readModelFile(original);
    const words = Array.from(
      { length: 40 },
      (_, i) => ["river", "bank", "water", "stone"][i < 20 ? i % 2 : 2 + (i % 2)]!,
    );
    const expected = new Float64Array(dimension);
    for (const word of new Set(words)) {
      const id = vocabulary.indexOf(word);
      const tf = words.filter((w) => w === word).length;
      const weight = (1 + Math.log(tf)) / (1 + Math.max(0, words.indexOf(word) - 16) / 64);
      for (let j = 0; j < dimension; j++) expected[j]! += weight * scales[id]! * table[id * dimension + j]!;
    }
    const length = Math.hypot(...expected);
    const embedder = await staticEmbedder();
    const { vectors } = await embedder.embedText([words.join(" ")]);
    expected.forEach((x, j) => {
      expect(vectors[j]).toBeCloseTo(x / length, 6);
    });
  });

  it("gives bit for bit the same vectors again, also by a model opened from its bytes, its path or its URL", async () => {
    const texts = ["The quick brown fox jumps over the lazy dog.", "", "Größe 向量 👍"];
    const openings = [
      {},
      {},
      { bytes: original },
      { location: path },
      { location: pathToFileURL(path) },
      { location: pathToFileURL(path).href },
    ];
    const all = await Promise.all(
      openings.map(async (o) => (await (await staticEmbedder(o)).embedText(texts)).vectors),
    );
    for (const vectors of all) expect(vectors).toEqual(all[0]);
  });

  it("gives texts without a word piece the direction of [UNK]", async () => {
    const embedder = await staticEmbedder();
    const { vectors } = await embedder.embedText(["[UNK]", "", " \n\t", "\u0000\u200b"]);
    const rows = [0, 1, 2, 3].map((i) =>
      vectors.subarray(i * embedder.dimension, (i + 1) * embedder.dimension),
    );
    for (const row of rows) expect(row).toEqual(rows[0]);
  });

  it("embeds queries and documents alike", async () => {
    const embedder = await staticEmbedder();
    const query = await embedder.embedText(["open an account"], { role: "query" });
    expect(query).toEqual(await embedder.embedText(["open an account"], { role: "document" }));
  });

  it("fits in 8.5 MB, word pieces included", () => {
    expect(statSync(path).size).toBeLessThanOrEqual(8_500_000);
  });

  it("is named by the checksum of its file", async () => {
    const embedder = await staticEmbedder();
    expect(embedder.model).toEqual({
      id: "franca/static-minilm-256",
      revision: crc32(original.subarray(0, -4)).toString(16).padStart(8, "0"),
    });
  });

  it("says where it looked when the file is missing", async () => {
    await expect(staticEmbedder({ location: `${path}.missing` })).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining("model.bin.missing"),
    });
  });
});

describe("a damaged model file is refused as data_loss", () => {
  const damages: [what: string, bytes: Uint8Array][] = [
    ["is empty", new Uint8Array(0)],
    ["is cut in its header", original.subarray(0, 40)],
    ["is cut in its table", original.subarray(0, 1_000_000)],
    ["lacks its last byte", original.subarray(0, -1)],
    ["has a byte too many", Buffer.concat([original, Buffer.of(0)])],
    ["has another magic", changed((b) => b.write("X", 0))],
    ["has a later version", changed((b) => b.writeUInt32LE(2, 8))],
    ["has no dimension", changed((b) => b.writeUInt32LE(0, 12))],
    ["has a dimension that overflows", changed((b) => b.writeUInt32LE(0xffffffff, 12))],
    ["has other rows", changed((b) => b.writeUInt32LE(30_521, 16))],
    ["reads no pieces", changed((b) => b.writeUInt32LE(0, 20))],
    ["has a position weight that is not a number", changed((b) => b.writeFloatLE(Number.NaN, 28))],
    ["has an infinite scale", changed((b) => b.writeUInt16LE(0x7c00, 64))],
    ["has word pieces that are not UTF-8", changed((b) => b.writeUInt8(0xff, b.length - 10))],
    ["has a word piece too many", changed((b) => b.write("\n", b.length - 9))],
    [
      "has a row of zeroes for [UNK]",
      changed((b) => b.fill(0, 64 + 2 * 30_522 + 100 * 256, 64 + 2 * 30_522 + 101 * 256)),
    ],
  ];
  it.each(damages)("when it %s", async (_, bytes) => {
    await expect(staticEmbedder({ bytes })).rejects.toMatchObject({ code: "data_loss" });
  });

  it("when any one bit is flipped", async () => {
    for (let at = 3; at < original.length; at += 700_001) {
      const bytes = Buffer.from(original);
      bytes[at]! ^= 1 << (at % 8);
      await expect(staticEmbedder({ bytes })).rejects.toMatchObject({ code: "data_loss" });
    }
  });
});

describe("crc32", () => {
  it("gives the check value of its standard, and is the same at any alignment", () => {
    expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
    expect(crc32(Buffer.from("x123456789").subarray(1))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });
});
