/** The TypeScript tokenizer against ids that Hugging Face tokenizers gave (scripts/distil/tokenizer_fixture.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readModelFile } from "../../src/embedders/static/model-file.ts";
import { createWordPiece } from "../../src/embedders/wordpiece/wordpiece.ts";
import { miniLm, reasonToSkip } from "./shared.ts";

const root = join(import.meta.dirname, "../..");
const { vocabulary } = readModelFile(readFileSync(join(root, "assets/static-model/model.bin")));
const tricky: [text: string, ids: number[]][] = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/wordpiece.json"), "utf8"),
);
const encode = (text: string) => [...createWordPiece(vocabulary).encode(text)];
const idOf = (piece: string) => vocabulary.indexOf(piece);

describe("WordPiece", () => {
  it("gives the reference's ids for 300 tricky strings of all of Unicode", () => {
    expect(tricky.length).toBe(300);
    const { encode } = createWordPiece(vocabulary);
    expect(tricky.filter(([text, ids]) => [...encode(text)].join() !== ids.join())).toEqual([]);
  });

  it("gives the same ids when the word was seen before", () => {
    const { encode } = createWordPiece(vocabulary);
    const first = tricky.map(([text]) => [...encode(text)]);
    expect(tricky.map(([text]) => [...encode(text)])).toEqual(first);
  });

  it("gives the same ids after its cache has been filled many times over", () => {
    const { encode } = createWordPiece(vocabulary);
    const before = [...encode("unaffable embeddings of Größe")];
    encode(Array.from({ length: 100_000 }, (_, i) => `w${i.toString(36)}`).join(" "));
    expect([...encode("unaffable embeddings of Größe")]).toEqual(before);
  });

  it("does not mind where an ASCII text is cut, as long as it is between words", () => {
    const words = ["Hello,", "WORLD!", "don't", "x=1;", "[CLS]", "foo[SEP]bar"];
    expect(encode(words.join(" "))).toEqual(words.flatMap(encode));
  });

  it("makes a word of 101 characters unknown, and reads one of 100", () => {
    expect(encode("a".repeat(101))).toEqual([idOf("[UNK]")]);
    expect(encode("a".repeat(100))).not.toContain(idOf("[UNK]"));
    expect(encode("𝐀".repeat(101))).toEqual([idOf("[UNK]")]);
  });

  it("reads past a lone surrogate, which the reference cannot be given", () => {
    expect(encode("data\ud800base")).toEqual(encode("database"));
  });

  it("refuses a vocabulary without [UNK]", () => {
    expect(() => createWordPiece(["a", "b"])).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  const reason = reasonToSkip(miniLm);
  it.skipIf(reason)(
    `gives the ids of all-MiniLM-L6-v2's reference${reason ? ` (skipped: ${reason})` : ""}`,
    () => {
      const { texts } = JSON.parse(readFileSync(join(miniLm, "reference.json"), "utf8")) as {
        texts: { text: string; ids: number[]; full_length: number }[];
      };
      expect(texts.length).toBeGreaterThan(20);
      for (const { text, ids, full_length } of texts) {
        const framed = [idOf("[CLS]"), ...encode(text), idOf("[SEP]")];
        expect(framed.length).toBe(full_length);
        expect(framed.slice(0, ids.length - 1)).toEqual(ids.slice(0, -1));
      }
    },
  );
});
