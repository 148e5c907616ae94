/** From text to terms: what a reader may rely on when searching words. */
import { describe, expect, it } from "vitest";
import { analyze, analyzeForMatch } from "../../src/text/analysis.ts";

describe("analysis of text", () => {
  it("reduces English words to stems and drops stop words", () => {
    expect(analyze("The running foxes aren't with us", "english")).toEqual(["run", "fox", "aren", "t", "us"]);
    expect(analyze("The running foxes", "none")).toEqual(["the", "running", "foxes"]);
  });

  it("treats forms of the same characters alike", () => {
    expect(analyze("ＦＵＬＬ ﬁne É", "none")).toEqual(["full", "fine", "é"]);
    expect(analyze("e\u0301", "none")).toEqual(["é"]);
  });

  it("keeps the vowel signs of Indic scripts within their word", () => {
    expect(analyze("हिन्दी भाषा", "none")).toEqual(["हिन्दी", "भाषा"]);
  });

  it("cuts scripts without spaces in words and pairs of characters", () => {
    const terms = analyze("東京大学", "english");
    for (const pair of ["東京", "京大", "大学"]) expect(terms).toContain(pair);
    expect(analyzeForMatch("東京大学", "english")).toEqual(["東京", "京大", "大学"]);
    expect(analyzeForMatch("iPhone手机壳 2", "none")).toEqual(["iphone", "手机", "机壳", "2"]);
  });

  it("asks only for terms that indexing the same text yields", () => {
    for (const text of ["水", "東京 tower", "ประเทศไทย", "a水b", "𠮷野家", "カタカナー"]) {
      const terms = new Set(analyze(text, "english"));
      for (const term of analyzeForMatch(text, "english")) expect(terms).toContain(term);
    }
  });

  it("stays linear in long texts without spaces, and in long words", () => {
    const terms = analyze("東京大学".repeat(5000), "english");
    expect(terms.length).toBe(19_999);
    const long = "x".repeat(100_000);
    expect(analyze(long, "english")).toEqual([long]);
  });
});
