/**
 * Reciprocal rank fusion: several ranked lists of ids into one.
 * G. Cormack, C. Clarke, S. Buettcher: Reciprocal Rank Fusion outperforms Condorcet …, SIGIR 2009.
 */
import { compareIds, idKey, type PointId } from "./id.ts";

export interface RankedList {
  name: string;
  weight: number;
  /** Best first. */
  hits: readonly { id: PointId; score: number }[];
}

export interface FusedHit {
  id: PointId;
  score: number;
  legs: { [name: string]: { score: number; rank: number } };
}

export const defaultRrfK = 60;
/** Weights of a hybrid search's two legs. */
export const defaultHybridWeights: { readonly vector: 0.7; readonly keyword: 0.3 } = {
  vector: 0.7,
  keyword: 0.3,
};

/** score(d) = Σ wᵢ / (k + rankᵢ(d) + 1), ranks from 0, over the lists that hold d. Best first, ties by id. */
export function reciprocalRankFusion(lists: readonly RankedList[], k: number = defaultRrfK): FusedHit[] {
  const fused = new Map<string, FusedHit>();
  for (const list of lists) {
    list.hits.forEach((hit, rank) => {
      const key = idKey(hit.id);
      const entry = fused.get(key) ?? { id: hit.id, score: 0, legs: {} };
      entry.score += list.weight / (k + rank + 1);
      entry.legs[list.name] = { score: hit.score, rank };
      fused.set(key, entry);
    });
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || compareIds(a.id, b.id));
}
