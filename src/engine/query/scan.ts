/**
 * Candidates of a sparse or multi field: every allowed point is compared, exactly.
 */
import { FrancaError } from "../../errors.ts";
import type { CheckedNearest, ExampleVector } from "../../model/checked-query.ts";
import type { MultiVector, SparseVector } from "../../model/point.ts";
import { andInto, type Bitset, countBits, setBits } from "../bitset.ts";
import { cutOf } from "../index/text/bm25.ts";
import type { CollectionView } from "../view.ts";
import { firstOf } from "./first-of.ts";
import { createPauser, inTurns, type Pauser } from "./pause.ts";
import { type Candidate, largestFirst, type Ranked, type Scope, smallestFirst } from "./ranked.ts";
import { scoreMulti } from "./score-multi.ts";
import { isLargerBetter } from "./score-of.ts";
import { scoreSparse } from "./score-sparse.ts";

/** Slots looked at between two looks at the clock. */
const slotsPerStep = 8192;

/** @throws FrancaError cancelled, deadline_exceeded */
export async function rankByScan(
  view: CollectionView,
  { field }: CheckedNearest,
  vector: ExampleVector,
  k: number,
  { allow, signal }: Scope,
): Promise<Ranked> {
  const startMs = performance.now();
  const pause = createPauser("the query", signal);
  const sparse = Object.hasOwn(view.sparseFields, field) ? view.sparseFields[field] : undefined;
  let scored: { found: Bitset; scores: Float64Array };
  let choice: string;
  let largerIsBetter = true;
  if (sparse !== undefined) {
    const query = vector as SparseVector;
    scored = await inTurns(scoreSparse(view.sparseIndex(field), query, sparse.modifier, allow), pause);
    const weighed = sparse.modifier === "idf" ? ", weighed by inverse document frequency" : "";
    choice = `dot products by the postings of ${query.indices.length} indices in "${field}"${weighed}`;
  } else {
    const { metric } = expectField(view, field);
    const found = allow.slice();
    andInto(found, view.slotsWithVector(field));
    const query = vector as MultiVector;
    const scores = await inTurns(scoreMulti(view.multiIndex(field), query, metric, found), pause);
    scored = { found, scores };
    largerIsBetter = isLargerBetter(metric);
    choice = `${metric} of the nearest rows to ${query.length} in "${field}", exact scan`;
  }
  const { found, scores } = scored;
  const candidates = await bestOf(view, found, scores, largerIsBetter, k, pause);
  return {
    candidates,
    matched: countBits(found),
    matchedSlots: () => found,
    largerIsBetter,
    warnings: [],
    explain: {
      step: "scan",
      choice,
      actual: candidates.length,
      startMs,
      timeMs: performance.now() - startMs,
    },
  };
}

/** The first `k` of many slots by their scores, ties by id. */
export async function bestOf(
  view: CollectionView,
  slots: Bitset,
  scores: Float64Array,
  largerIsBetter: boolean,
  k: number,
  pause: Pauser,
): Promise<Candidate[]> {
  const sign = largerIsBetter ? 1 : -1;
  const all = Float64Array.from(setBits(slots), (slot) => sign * scores[slot]!);
  const cut = cutOf(all, k);
  // Many may be as good as the last.
  const best: Candidate[] = [];
  let looked = 0;
  for (const slot of setBits(slots)) {
    if (looked++ % slotsPerStep === 0) await pause();
    const score = scores[slot]!;
    if (sign * score >= cut) best.push({ slot, id: view.idOf(slot), score });
  }
  return firstOf(best, k, largerIsBetter ? largestFirst : smallestFirst, pause);
}

/** It was there when the query was checked. @throws FrancaError failed_precondition */
function expectField(
  { name, multiFields }: CollectionView,
  field: string,
): CollectionView["multiFields"][string] {
  if (Object.hasOwn(multiFields, field)) return multiFields[field]!;
  throw new FrancaError("failed_precondition", `the field "${field}" of "${name}" was dropped meanwhile`);
}
