/** Candidates in the order of a field's values, once for each value, or in the order of ids. */
import { FrancaError } from "../../errors.ts";
import type { CheckedOrderBy } from "../../model/checked-query.ts";
import { andInto, countBits, hasBit } from "../bitset.ts";
import { NumberIndex } from "../index/number-index.ts";
import type { CollectionView } from "../view.ts";
import { firstOf } from "./first-of.ts";
import { ofOneMoment } from "./of-one-moment.ts";
import { createPauser } from "./pause.ts";
import { type Candidate, largestFirst, type Ranked, type Scope, smallestFirst } from "./ranked.ts";

/** Ids looked at between two looks at the clock. */
const idsPerStep = 16_384;

/** @throws FrancaError cancelled, deadline_exceeded */
export async function rankByValues(
  view: CollectionView,
  { path, descending, startFrom, scores }: CheckedOrderBy,
  k: number,
  scope: Scope,
): Promise<Ranked> {
  if (path === undefined) return rankByIds(view, k, scope);
  const { allow, signal } = scope;
  const startMs = performance.now();
  const pause = createPauser("the query", signal);
  const index = numberIndex(view, path);
  const low = descending ? Number.NEGATIVE_INFINITY : (startFrom ?? Number.NEGATIVE_INFINITY);
  const high = descending ? (startFrom ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  const range = { low, lowInclusive: true, high, highInclusive: true };
  const { found, matched } = await ofOneMoment(
    view.indexes,
    function* () {
      const test = { operator: "range", of: "number", loose: false, bounds: range } as const;
      const bits = index.bounds(test, allow.length * 32).sure.subarray(0, allow.length);
      andInto(bits, allow);
      yield;
      return { matched: bits, found: yield* index.first(k, { low, high, descending }, allow) };
    },
    pause,
  );
  const all: Candidate[] = found.map(({ slot, value }) => ({ slot, id: view.idOf(slot), score: value }));
  const candidates = await firstOf(all, k, descending ? largestFirst : smallestFirst, pause);
  if (scores === "one") for (const candidate of candidates) candidate.score = 1;
  return {
    candidates,
    matched: countBits(matched),
    matchedSlots: () => matched,
    largerIsBetter: descending,
    warnings: [],
    explain: {
      step: "order",
      choice: `${descending ? "descending" : "ascending"} values of "${path}", by its index`,
      actual: candidates.length,
      startMs,
      timeMs: performance.now() - startMs,
    },
  };
}

async function rankByIds(view: CollectionView, k: number, { allow, signal }: Scope): Promise<Ranked> {
  const startMs = performance.now();
  const pause = createPauser("the query", signal);
  const candidates: Candidate[] = [];
  let looked = 0;
  for (const { id, slot } of view.idsInOrder()) {
    if (candidates.length === k) break;
    if (looked++ % idsPerStep === 0) await pause();
    if (hasBit(allow, slot)) candidates.push({ slot, id, score: 1 });
  }
  return {
    candidates,
    matched: countBits(allow),
    matchedSlots: () => allow,
    largerIsBetter: true,
    warnings: [],
    explain: {
      step: "order",
      choice: "ids in order",
      actual: candidates.length,
      startMs,
      timeMs: performance.now() - startMs,
    },
  };
}

/** It was there when the query was checked. */
function numberIndex(view: CollectionView, path: string): NumberIndex {
  const index = view.indexes.field(path)?.index;
  if (index instanceof NumberIndex) return index;
  throw new FrancaError("failed_precondition", `the field "${path}" of "${view.name}" was dropped meanwhile`);
}
