/** Candidates at random, each equally likely. */
import type { CheckedSample } from "../../model/checked-query.ts";
import { compareIds } from "../../model/id.ts";
import { countBits, setBits } from "../bitset.ts";
import type { CollectionView, Slot } from "../view.ts";
import { createPauser } from "./pause.ts";
import type { Ranked, Scope } from "./ranked.ts";

/** Slots looked at between two looks at the clock. */
const slotsPerStep = 16_384;

/** @throws FrancaError cancelled, deadline_exceeded */
export async function rankAtRandom(
  view: CollectionView,
  { seed }: CheckedSample,
  k: number,
  { allow, signal }: Scope,
): Promise<Ranked> {
  const startMs = performance.now();
  const pause = createPauser("the query", signal);
  const random = seed === undefined ? Math.random : seeded(seed);
  const all: Slot[] = [];
  for (const slot of setBits(allow)) {
    if (all.length % slotsPerStep === 0) await pause();
    all.push(slot);
  }
  // Which slots points lie in is chance; a seed must not depend on it.
  if (seed !== undefined) all.sort((a, b) => compareIds(view.idOf(a), view.idOf(b)));
  const count = Math.min(k, all.length);
  // Fisher and Yates's shuffle, as far as it is needed.
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(random() * (all.length - at));
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return {
    candidates: all.slice(0, count).map((slot) => ({ slot, id: view.idOf(slot), score: 1 })),
    matched: countBits(allow),
    matchedSlots: () => allow,
    largerIsBetter: true,
    warnings: [],
    explain: {
      step: "sample",
      choice: seed === undefined ? "at random" : `by the seed ${seed}`,
      actual: count,
      startMs,
      timeMs: performance.now() - startMs,
    },
  };
}

/** From 0 to below 1. G. Marsaglia: Xorshift RNGs, Journal of Statistical Software 8, 2003; its 32-bit generator. */
function seeded(seed: number): () => number {
  // A state of 0 stays 0; neighbours among seeds should not begin alike.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 8; i++) next();
  return next;
}
