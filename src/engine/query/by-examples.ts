/**
 * Candidates by several examples: how similar every allowed point is to each of them, exactly, reckoned together as the
 * ranking says. The formulas stand in model/ranking.ts.
 */
import type {
  CheckedContext,
  CheckedDiscover,
  CheckedFeedback,
  CheckedRecommend,
} from "../../model/checked-query.ts";
import { countBits, setBits } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import { createPauser } from "./pause.ts";
import type { Ranked, Scope } from "./ranked.ts";
import { bestOf } from "./scan.ts";
import { Similar } from "./similar.ts";

export type ExamplesRanking = CheckedRecommend | CheckedDiscover | CheckedContext | CheckedFeedback;

/** Slots scored between two looks at the clock. */
const slotsPerStep = 8192;
/** Of f32, which Qdrant reckons with. */
const epsilon = 2 ** -23;

/** @throws FrancaError not_found, failed_precondition, cancelled, deadline_exceeded */
export async function rankByExamples(
  view: CollectionView,
  ranking: ExamplesRanking,
  k: number,
  scope: Scope,
): Promise<Ranked> {
  const startMs = performance.now();
  const { field } = ranking;
  const similar = new Similar(view, field, scope);
  const score = await scorer(ranking, similar);
  const { slots } = similar;
  const scores = new Float64Array(slots.length * 32);
  const pause = createPauser("the query", scope.signal);
  let looked = 0;
  for (const slot of setBits(slots)) {
    if (looked++ % slotsPerStep === 0) await pause();
    scores[slot] = score(slot);
  }
  const candidates = await bestOf(view, slots, scores, true, k, pause);
  return {
    candidates,
    matched: countBits(slots),
    matchedSlots: () => slots,
    largerIsBetter: true,
    warnings: [],
    explain: {
      step: "scan",
      choice: `${ranking.kind} by ${similar.examples} examples in "${field}", exact scan`,
      actual: candidates.length,
      startMs,
      timeMs: performance.now() - startMs,
    },
  };
}

type BySlot = (slot: number) => number;

async function scorer(ranking: ExamplesRanking, similar: Similar): Promise<BySlot> {
  switch (ranking.kind) {
    case "recommend": {
      const positive = await similar.toEach(ranking.positive);
      const negative = await similar.toEach(ranking.negative);
      if (ranking.strategy === "sum") return (slot) => sumAt(positive, slot) - sumAt(negative, slot);
      return (slot) => {
        const liked = mostAt(positive, slot);
        const disliked = mostAt(negative, slot);
        return liked > disliked ? sigmoid(liked) : -sigmoid(disliked);
      };
    }
    case "discover": {
      const target = await similar.to(ranking.target);
      const pairs = await similar.toPairs(ranking.context);
      return (slot) => {
        let rank = 0;
        for (const [positive, negative] of pairs) rank += Math.sign(positive[slot]! - negative[slot]!);
        return rank + sigmoid(target[slot]!);
      };
    }
    case "context": {
      const pairs = await similar.toPairs(ranking.context);
      return (slot) => {
        let loss = 0;
        for (const [positive, negative] of pairs)
          loss += squashed(Math.min(positive[slot]! - negative[slot]! - epsilon, 0));
        return loss;
      };
    }
    case "feedback": {
      const { a, b, c, examples } = ranking;
      const target = await similar.to(ranking.target);
      const judged = await similar.toEach(examples.map(({ example }) => example));
      const pairs = examples.flatMap((better, i) =>
        examples.flatMap((worse, j) =>
          better.score > worse.score
            ? [{ better: judged[i]!, worse: judged[j]!, weight: (better.score - worse.score) ** b * c }]
            : [],
        ),
      );
      return (slot) => {
        let sum = a * target[slot]!;
        for (const { better, worse, weight } of pairs) sum += weight * (better[slot]! - worse[slot]!);
        return sum;
      };
    }
  }
}

function sumAt(similar: readonly Float32Array[], slot: number): number {
  return similar.reduce((sum, each) => sum + each[slot]!, 0);
}

function mostAt(similar: readonly Float32Array[], slot: number): number {
  return similar.reduce((most, each) => Math.max(most, each[slot]!), Number.NEGATIVE_INFINITY);
}

function sigmoid(x: number): number {
  return (squashed(x) + 1) / 2;
}

function squashed(x: number): number {
  return Number.isFinite(x) ? x / (1 + Math.abs(x)) : Math.sign(x);
}
