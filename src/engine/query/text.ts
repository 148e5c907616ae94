/**
 * Candidates by BM25.
 */
import { FrancaError } from "../../errors.ts";
import type { CheckedText } from "../../model/checked-query.ts";
import { emptyBitset, setBit } from "../bitset.ts";
import { cutOf, scoreText } from "../index/text/bm25.ts";
import { TextIndex } from "../index/text/text-index.ts";
import type { CollectionView } from "../view.ts";
import { firstOf } from "./first-of.ts";
import { ofOneMoment } from "./of-one-moment.ts";
import { createPauser } from "./pause.ts";
import { type Candidate, largestFirst, type Ranked, type Scope } from "./ranked.ts";

/** Found slots looked at between two looks at the clock. */
const slotsPerStep = 8192;

/** @throws FrancaError cancelled, deadline_exceeded */
export async function rankText(
  view: CollectionView,
  ranking: CheckedText,
  k: number,
  { allow, signal }: Scope,
): Promise<Ranked> {
  const start = performance.now();
  const pause = createPauser("the query", signal);
  const indexes = ranking.fields.map((path) => textIndex(view, path));
  const scoring = () => scoreText(indexes, ranking.text, allow, allow.length * 32);
  const { slots, scores, hadWords } = await ofOneMoment(view.indexes, scoring, pause);
  const cut = cutOf(scores, k);
  const best: Candidate[] = [];
  for (let i = 0; i < slots.length; i++) {
    if (i % slotsPerStep === 0) await pause();
    if (scores[i]! >= cut) best.push({ slot: slots[i]!, id: view.idOf(slots[i]!), score: scores[i]! });
  }
  // Many may be as good as the last.
  const candidates = await firstOf(best, k, largestFirst, pause);
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
