/**
 * Candidates by fusion: legs that run concurrently under one snapshot and one filter, then reciprocal rank fusion.
 */

import type { CheckedFusionLeg, CheckedLeg, ExampleVector } from "../../model/checked-query.ts";
import { reciprocalRankFusion } from "../../model/fusion.ts";
import { idKey } from "../../model/id.ts";
import { countBits, emptyBitset, orInto } from "../bitset.ts";
import type { CollectionView, Slot } from "../view.ts";
import { rankNearest } from "./nearest.ts";
import type { Ranked, Scope } from "./ranked.ts";
import { rankText } from "./text.ts";

/** A leg with the vector that it searches by; text legs have none. */
export type PreparedLeg = CheckedFusionLeg & { vector: ExampleVector | undefined };

export async function rankLeg(
  view: CollectionView,
  ranking: CheckedLeg,
  vector: ExampleVector | undefined,
  k: number,
  scope: Scope,
): Promise<Ranked> {
  return ranking.kind === "text"
    ? rankText(view, ranking, k, scope)
    : rankNearest(view, ranking, vector!, k, scope);
}

export async function rankFusion(
  view: CollectionView,
  legs: readonly PreparedLeg[],
  k: number,
  scope: Scope,
): Promise<Ranked> {
  const start = performance.now();
  const shared: Scope = { ...scope, hasOtherWork: legs.length > 1 };
  const ended = await Promise.allSettled(
    legs.map((leg) => rankLeg(view, leg.ranking, leg.vector, leg.limit, shared)),
  );
  // A query that has ended leaves no leg at work, whose slots could get other tenants.
  const ranked = ended.map((leg) => {
    if (leg.status === "rejected") throw leg.reason;
    return leg.value;
  });
  const slots = new Map<string, Slot>();
  for (const { candidates } of ranked) for (const { id, slot } of candidates) slots.set(idKey(id), slot);
  const fused = reciprocalRankFusion(
    legs.map(({ name, weight }, i) => ({ name, weight, hits: ranked[i]!.candidates })),
    k,
  );
  const union = emptyBitset(scope.allow.length * 32);
  for (const one of ranked) orInto(union, one.matchedSlots());
  return {
    candidates: fused.map((hit) => ({ ...hit, slot: slots.get(idKey(hit.id))! })),
    matched: countBits(union),
    matchedSlots: () => union,
    largerIsBetter: true,
    warnings: ranked.flatMap((one) => one.warnings),
    explain: {
      step: "fusion",
      choice: `reciprocal rank fusion of ${legs.length} legs, k ${k}`,
      actual: fused.length,
      startMs: start,
      timeMs: performance.now() - start,
      steps: ranked.map((one) => one.explain),
    },
  };
}
