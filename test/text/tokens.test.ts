/** Words cut step by step: the steps and their order. */
import { describe, expect, it } from "vitest";
import { stemmerLanguages, stopWordLanguages, type TextAnalysis } from "../../src/model/text-analysis.ts";
import { stemmerOf } from "../../src/text/stemmers.ts";
import { stopWordsOf } from "../../src/text/stop-words.ts";
import { tokenizer } from "../../src/text/tokens.ts";

const tokens = (text: string, analysis: TextAnalysis = {}) => tokenizer(analysis).tokens(text);
const asked = (text: string, analysis: TextAnalysis = {}) => tokenizer(analysis).queryTokens(text);

describe("tokens", () => {
  it("are letters and digits in a row, in lower case", () => {
    expect(tokens("Hello, World-42! Привет_мир")).toEqual(["hello", "world", "42", "привет", "мир"]);
    expect(tokens("Hello", { lowercase: false })).toEqual(["Hello"]);
  });

  it("are what stands between white space", () => {
    expect(tokens(" a-b\tC.d\u00a0e ", { tokenizer: "whitespace" })).toEqual(["a-b", "c.d", "e"]);
  });

  it("are beginnings of words, of which a query has the longest", () => {
    const analysis: TextAnalysis = { tokenizer: "prefix", minLength: 2, maxLength: 4 };
    expect(tokens("hello, мир a", analysis)).toEqual(["he", "hel", "hell", "ми", "мир"]);
    expect(asked("hello, мир a", analysis)).toEqual(["hell", "мир"]);
    const stopped: TextAnalysis = { ...analysis, stopWords: { words: ["the"] } };
    expect(tokens("the theory", stopped)).toEqual(["th", "the", "theo"]);
    expect(asked("the", stopped)).toEqual(["the"]);
  });

  it("are words of scripts without spaces", () => {
    const words = tokens("今天是星期一", { tokenizer: "multilingual" });
    expect(words.join("")).toBe("今天是星期一");
    expect(words.length).toBeGreaterThan(1);
  });

  it("are folded, then put in lower case, then stop words, then stemmed, then measured", () => {
    expect(tokens("Ação ÆON straße", { asciiFolding: true })).toEqual(["acao", "aeon", "strasse"]);
    const analysis: TextAnalysis = {
      stopWords: { languages: ["english"], words: ["Fox"] },
      stemmer: "english",
      minLength: 3,
      maxLength: 4,
    };
    expect(tokens("The FOX was running with foxes by lighthouses", analysis)).toEqual(["run", "fox"]);
    expect(tokens("𝒜𝒷", { minLength: 3 })).toEqual([]);
  });
});

describe("languages", () => {
  it("each have a list of stop words, or a stemmer, in the packages", () => {
    for (const language of stopWordLanguages)
      expect(stopWordsOf({ languages: [language] }, true).size, language).toBeGreaterThan(20);
    for (const language of stemmerLanguages) expect(typeof stemmerOf(language)("words")).toBe("string");
  });
});
