/** How the words of a declared text field are cut: as it usually is (analysis.ts), or step by step as its declaration says. */
import type { TextField } from "../model/schema.ts";
import { analyze, analyzeForMatch } from "./analysis.ts";
import { tokenizer } from "./tokens.ts";

export interface Analyzer {
  /** The terms of a text for indexing, in order, repeats included. */
  terms(text: string): string[];
  /** Those that a text to look for asks for, all among `terms`'s; in order, the units of a phrase. */
  asked(text: string): string[];
  /** What ranking by words asks for. */
  ranked(text: string): string[];
}

type Declared = Pick<TextField, "language" | "analysis">;

const usual: { readonly [language: string]: Analyzer } = Object.fromEntries(
  (["english", "none"] as const).map((language) => [
    language,
    {
      terms: (text) => analyze(text, language),
      asked: (text) => analyzeForMatch(text, language),
      ranked: (text) => analyze(text, language),
    } satisfies Analyzer,
  ]),
);

const made = new WeakMap<object, Analyzer>();

export function analyzerOf(field: Declared | undefined): Analyzer {
  const { analysis, language = "english" } = field ?? {};
  if (analysis === undefined) return usual[language]!;
  let analyzer = made.get(analysis);
  if (analyzer === undefined) {
    const { tokens, queryTokens } = tokenizer(analysis);
    analyzer = { terms: tokens, asked: queryTokens, ranked: queryTokens };
    made.set(analysis, analyzer);
  }
  return analyzer;
}
