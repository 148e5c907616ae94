/** The border check of every text embedder. */

import { FrancaError } from "../errors.ts";

/** @throws FrancaError invalid_argument unless every text is a string. */
export function checkTexts(texts: readonly string[]): void {
  if (!Array.isArray(texts)) {
    throw new FrancaError(
      "invalid_argument",
      `embedText expects an array of strings, got ${typeof texts}; wrap a single text in [ ]`,
    );
  }
  const index = texts.findIndex((text) => typeof text !== "string");
  if (index < 0) return;
  throw new FrancaError(
    "invalid_argument",
    `embedText expects strings, got ${describe(texts[index])} at index ${index}`,
    {
      details: { index, expected: "string", received: describe(texts[index]) },
    },
  );
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value;
}
