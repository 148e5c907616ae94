/**
 * Candidates by BM25.
 */
import { FrancaError } from "../../errors.ts";
import type { CheckedText } from "../../model/checked-query.ts";
import { emptyBitset, setBit } from "../bitset.ts";
import { cutOf, scoreText } from "../index/text/bm25.ts";
import { TextIndex } from "../index/text/text-index.ts";
import type { CollectionView } from "../view.ts";
import { createPauser } from "./pause.ts";
import { type Candidate, largestFirst, type Ranked, type Scope } from "./ranked.ts";

/** @throws FrancaError cancelled, deadline_exceeded */
export async function rankText(
  view: CollectionView,
  ranking: CheckedText,
  k: number,
  { allow, signal }: Scope,
): Promise<Ranked> {
  const start = performance.now();
  const { slots, scores, hadWords } = await scoreText(
    ranking.fields.map((path) => textIndex(view, path)),
    ranking.text,
    allow,
    allow.length * 32,
    createPauser("the query", signal),
  );
  const cut = cutOf(scores, k);
  const candidates: Candidate[] = [];
  for (let i = 0; i < slots.length; i++) {
    if (scores[i]! >= cut) candidates.push({ slot: slots[i]!, id: view.idOf(slots[i]!), score: scores[i]! });
  }
  candidates.sort(largestFirst);
  candidates.length = Math.min(candidates.length, k);
  return {
    candidates,
    matched: slots.length,
    matchedSlots() {
      const bits = emptyBitset(allow.length * 32);
      for (const slot of slots) setBit(bits, slot);
      return bits;
    },
    largerIsBetter: true,
    warnings: hadWords
      ? []
      : [
          {
            code: "no_searchable_words",
            message: "the text to search for holds only stop words or signs, so that nothing matches",
          },
        ],
    explain: {
      step: "text",
      choice: `BM25 in ${ranking.fields.map((path) => `"${path}"`).join(", ")}`,
      actual: slots.length,
      startMs: start,
      timeMs: performance.now() - start,
    },
  };
}

function textIndex(view: CollectionView, path: string): TextIndex {
  const index = view.indexes.field(path)?.index;
  if (index instanceof TextIndex) return index;
  throw new FrancaError("internal", `"${path}" of "${view.name}" is declared as text, but has no text index`);
}
