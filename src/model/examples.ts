/** The stored points that a query searches by: they are left out of its answer. */
import type { CheckedExample, CheckedRanking, CheckedStage } from "./checked-query.ts";
import { idKey, type PointId } from "./id.ts";

/** Each once, of the stage and of all below it. */
export function searchedBy(stage: CheckedStage): PointId[] {
  const ids = new Map<string, PointId>();
  for (const example of examplesIn(stage)) if ("id" in example) ids.set(idKey(example.id), example.id);
  return [...ids.values()];
}

function* examplesIn({ ranking, prefetch }: CheckedStage): Generator<CheckedExample> {
  yield* examplesOf(ranking);
  if (ranking.kind === "fusion") for (const leg of ranking.legs) yield* examplesIn(leg);
  for (const one of prefetch) yield* examplesIn(one);
}

function examplesOf(ranking: CheckedRanking): CheckedExample[] {
  switch (ranking.kind) {
    case "nearest":
      return [ranking.from];
    case "recommend":
      return [...ranking.positive, ...ranking.negative];
    case "discover":
      return [ranking.target, ...pairsOf(ranking.context)];
    case "context":
      return pairsOf(ranking.context);
    case "feedback":
      return [ranking.target, ...ranking.examples.map(({ example }) => example)];
    case "text":
    case "fusion":
    case "orderBy":
    case "sample":
    case "formula":
      return [];
  }
}

function pairsOf(pairs: readonly { positive: CheckedExample; negative: CheckedExample }[]): CheckedExample[] {
  return pairs.flatMap(({ positive, negative }) => [positive, negative]);
}
