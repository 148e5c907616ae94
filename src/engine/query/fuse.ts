/** Several rankings into one. */
import type { CheckedFusion } from "../../model/checked-query.ts";
import { distributionBasedScoreFusion, reciprocalRankFusion } from "../../model/fusion.ts";
import { idKey } from "../../model/id.ts";
import { countBits, emptyBitset, orInto } from "../bitset.ts";
import type { Slot } from "../view.ts";
import type { Ranked, Scope } from "./ranked.ts";

/** @param brought by the legs, in their order */
export function fuse(
  { method, k, weigh, asTold, legs }: CheckedFusion,
  brought: readonly Ranked[],
  { allow }: Pick<Scope, "allow">,
  startMs: number,
): Ranked {
  const slots = new Map<string, Slot>();
  for (const { candidates } of brought) for (const { id, slot } of candidates) slots.set(idKey(id), slot);
  const lists = legs.map(({ name, weight }, i) => ({ name, weight, hits: brought[i]!.candidates }));
  const fused =
    method === "rrf"
      ? reciprocalRankFusion(lists, k, weigh)
      : distributionBasedScoreFusion(
          lists,
          brought.map(({ largerIsBetter }) => (largerIsBetter || asTold ? 1 : -1)),
        );
  const union = emptyBitset(allow.length * 32);
  for (const one of brought) orInto(union, one.matchedSlots());
  const how =
    method === "rrf"
      ? `reciprocal rank fusion of ${legs.length} legs, k ${k}`
      : `distribution-based score fusion of ${legs.length} legs`;
  return {
    candidates: fused.map((hit) => ({ ...hit, slot: slots.get(idKey(hit.id))! })),
    matched: countBits(union),
    matchedSlots: () => union,
    largerIsBetter: true,
    warnings: brought.flatMap((one) => one.warnings),
    explain: {
      step: "fusion",
      choice: how,
      actual: fused.length,
      startMs,
      timeMs: performance.now() - startMs,
      steps: brought.map((one) => one.explain),
    },
  };
}
