/**
 * Maximal marginal relevance: of the nearest, one after the other the one that is near and unlike those chosen before.
 * J. Carbonell, J. Goldstein: The use of MMR, diversity-based reranking …, SIGIR 1998.
 */
import type { CheckedNearest, ExampleVector } from "../../model/checked-query.ts";
import { emptyBitset, setBit } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import { rankNearest, vectorAt } from "./nearest.ts";
import type { Candidate, Ranked, Scope } from "./ranked.ts";
import { Similar } from "./similar.ts";

type Diverse = CheckedNearest & { mmr: NonNullable<CheckedNearest["mmr"]> };

/** @throws FrancaError cancelled, deadline_exceeded */
export async function rankDiverse(
  view: CollectionView,
  ranking: Diverse,
  vector: ExampleVector,
  k: number,
  scope: Scope,
): Promise<Ranked> {
  const startMs = performance.now();
  const { diversity, candidates } = ranking.mmr;
  const nearest = await rankNearest(view, ranking, vector, candidates, scope);
  const chosen = await choose(view, ranking, vector, nearest.candidates, k, scope);
  return {
    ...nearest,
    candidates: chosen,
    explain: {
      step: "mmr",
      choice: `diversity ${diversity} among the ${nearest.candidates.length} nearest`,
      actual: chosen.length,
      startMs,
      timeMs: performance.now() - startMs,
      steps: [nearest.explain],
    },
  };
}

async function choose(
  view: CollectionView,
  { field, mmr: { diversity } }: Diverse,
  vector: ExampleVector,
  candidates: readonly Candidate[],
  k: number,
  { allow, signal }: Scope,
): Promise<Candidate[]> {
  const only = emptyBitset(allow.length * 32);
  for (const { slot } of candidates) setBit(only, slot);
  const similar = new Similar(view, field, { allow: only, signal });
  const relevance = await similar.toVector(vector);
  const open = [...candidates];
  const chosen: Candidate[] = [];
  /** By slot, to the chosen one that is most alike. */
  let alike: Float32Array | undefined;
  while (chosen.length < k && open.length > 0) {
    const worth = ({ slot }: Candidate): number =>
      alike === undefined ? relevance[slot]! : (1 - diversity) * relevance[slot]! - diversity * alike[slot]!;
    let best = 0;
    for (let i = 1; i < open.length; i++) if (worth(open[i]!) > worth(open[best]!)) best = i;
    const [next] = open.splice(best, 1);
    chosen.push(next!);
    const own = await vectorAt(view, field, next!.slot);
    // It died meanwhile; the query is asked again.
    if (own === undefined) continue;
    const toNext = await similar.toVector(own);
    if (alike === undefined) alike = toNext;
    else for (const { slot } of open) alike[slot] = Math.max(alike[slot]!, toNext[slot]!);
  }
  return chosen;
}
