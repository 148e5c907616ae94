/** Several ranked lists of ids into one. */
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

/** A hit's part in the fused score. */
type Part = (list: RankedList, hit: { score: number }, rank: number) => number;

/**
 * Reciprocal rank fusion: score(d) = Σ wᵢ / (k + rankᵢ(d) + 1), ranks from 0, over the lists that hold d; with weights of ranks
 * Σ 1 / ((rankᵢ(d) + 1) / wᵢ + k − 1). Best first, ties by id.
 * G. Cormack, C. Clarke, S. Buettcher: Reciprocal Rank Fusion outperforms Condorcet …, SIGIR 2009.
 */
export function reciprocalRankFusion(
  lists: readonly RankedList[],
  k: number = defaultRrfK,
  weigh: "scores" | "ranks" = "scores",
): FusedHit[] {
  if (weigh === "scores") return fused(lists, ({ weight }, _, rank) => weight / (k + rank + 1));
  return fused(lists, ({ weight }, _, rank) => (weight > 0 ? 1 / ((rank + 1) / weight + k - 1) : 0));
}

/**
 * Distribution-based score fusion: every list's scores from 0 to 1 between three standard deviations, weighed and summed.
 * @param signs of each list's scores, −1 where smaller ones are better
 */
export function distributionBasedScoreFusion(
  lists: readonly RankedList[],
  signs: readonly (1 | -1)[],
): FusedHit[] {
  const normalizers = new Map(
    lists.map((list, i) => [
      list,
      normalizer(
        list.hits.map(({ score }) => score),
        signs[i]!,
      ),
    ]),
  );
  return fused(lists, (list, { score }) => list.weight * normalizers.get(list)!(score));
}

function normalizer(scores: readonly number[], sign: 1 | -1): (score: number) => number {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (scores.length - 1);
  const reach = 3 * Math.sqrt(variance);
  return reach > 0 ? (score) => (sign * (score - mean) + reach) / (2 * reach) : () => 0.5;
}

function fused(lists: readonly RankedList[], part: Part): FusedHit[] {
  const byId = new Map<string, FusedHit>();
  for (const list of lists) {
    list.hits.forEach((hit, rank) => {
      const key = idKey(hit.id);
      const entry = byId.get(key) ?? { id: hit.id, score: 0, legs: {} };
      entry.score += part(list, hit, rank);
      entry.legs[list.name] = { score: hit.score, rank };
      byId.set(key, entry);
    });
  }
  return [...byId.values()].sort((a, b) => b.score - a.score || compareIds(a.id, b.id));
}
