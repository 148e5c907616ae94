/**
 * One stage of a query: what its filter leaves, or of that what the stages below it bring, is ranked, and cut by its threshold.
 * All stages of a query work under one snapshot of live points.
 */

import { averageOf } from "../../model/average.ts";
import type { CheckedFilter } from "../../model/checked-filter.ts";
import type { CheckedRanking, CheckedStage } from "../../model/checked-query.ts";
import type { Explanation, Warning } from "../../model/result.ts";
import { type Bitset, emptyBitset, setBit } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import { rankByExamples } from "./by-examples.ts";
import { filterShape } from "./filter-shape.ts";
import { rankByFormula } from "./formula.ts";
import { fuse } from "./fuse.ts";
import { rankDiverse } from "./mmr.ts";
import { rankNearest, vectorOf } from "./nearest.ts";
import { rankByValues } from "./order-by.ts";
import type { Ranked, Scope } from "./ranked.ts";
import { rankAtRandom } from "./sample.ts";
import { selectChecked } from "./select-slots.ts";
import { rankText } from "./text.ts";

/**
 * @param k candidates to bring
 * @param scope of what is above: the filters there, and what searches are to be like where the stage does not say
 * @throws FrancaError not_found, failed_precondition, cancelled, deadline_exceeded
 */
export async function rankStage(
  view: CollectionView,
  stage: CheckedStage,
  k: number,
  scope: Scope,
): Promise<Ranked> {
  const { filter, prefetch, scoreThreshold: threshold } = stage;
  if (filter === undefined && prefetch.length === 0 && threshold === undefined)
    return rankBy(view, stage.ranking, k, scope, []);
  const startMs = performance.now();
  const warnings: Warning[] = [];
  const steps: Explanation[] = [];
  let within = scope;
  if (filter !== undefined) {
    const selected = await selectChecked(view, filter, { signal: scope.signal, live: scope.allow });
    warnings.push(...selected.warnings);
    steps.push(selected.explain);
    within = { ...scope, allow: selected.bits, shape: shapeOf(filter, scope) };
  }
  const brought = await rankEach(view, prefetch, within);
  if (prefetch.length > 0) within = { ...within, allow: unionOf(brought, within.allow), shape: "prefetch" };
  for (const one of brought) {
    warnings.push(...one.warnings);
    steps.push(one.explain);
  }
  const ranked = await rankBy(view, stage.ranking, k, within, brought);
  const passes = (score: number): boolean =>
    threshold === undefined || (ranked.largerIsBetter ? score >= threshold : score <= threshold);
  const candidates = ranked.candidates.filter(({ score }) => passes(score));
  return {
    ...ranked,
    candidates,
    warnings: [...warnings, ...ranked.warnings],
    explain: {
      step: "stage",
      actual: candidates.length,
      startMs,
      timeMs: performance.now() - startMs,
      steps: [...steps, ranked.explain],
    },
  };
}

/** One kind of ranking after the other. @param brought by what is prefetched */
async function rankBy(
  view: CollectionView,
  ranking: CheckedRanking,
  k: number,
  scope: Scope,
  brought: readonly Ranked[],
): Promise<Ranked> {
  switch (ranking.kind) {
    case "nearest": {
      const vector = await vectorOf(view, ranking);
      const { mmr } = ranking;
      return mmr === undefined
        ? rankNearest(view, ranking, vector, k, scope)
        : rankDiverse(view, { ...ranking, mmr }, vector, k, scope);
    }
    case "text":
      return rankText(view, ranking, k, scope);
    case "fusion": {
      const startMs = performance.now();
      return fuse(ranking, await rankEach(view, ranking.legs, scope), scope, startMs);
    }
    case "recommend": {
      if (ranking.strategy !== "average") return rankByExamples(view, ranking, k, scope);
      const { field } = ranking;
      const positive = await Promise.all(ranking.positive.map((from) => vectorOf(view, { field, from })));
      const negative = await Promise.all(ranking.negative.map((from) => vectorOf(view, { field, from })));
      const vector = averageOf(positive, negative);
      return rankNearest(view, { kind: "nearest", field, from: { vector } }, vector, k, scope);
    }
    case "discover":
    case "context":
    case "feedback":
      return rankByExamples(view, ranking, k, scope);
    case "orderBy":
      return rankByValues(view, ranking, k, scope);
    case "formula":
      return rankByFormula(view, ranking.expression, k, scope, brought);
    case "sample":
      return rankAtRandom(view, ranking, k, scope);
  }
}

/** Concurrently. A query that has ended leaves no stage at work, whose slots could get other tenants. */
async function rankEach(
  view: CollectionView,
  stages: readonly CheckedStage[],
  scope: Scope,
): Promise<Ranked[]> {
  const hasOtherWork = scope.hasOtherWork === true || stages.length > 1;
  const ended = await Promise.allSettled(
    stages.map((stage) => {
      const { exact, ef, plan, limit } = stage;
      return rankStage(view, stage, limit, { ...scope, exact, ef, plan, hasOtherWork });
    }),
  );
  return ended.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

function unionOf(brought: readonly Ranked[], like: Bitset): Bitset {
  const union = emptyBitset(like.length * 32);
  for (const { candidates } of brought) for (const { slot } of candidates) setBit(union, slot);
  return union;
}

function shapeOf(filter: CheckedFilter, { shape }: Scope): string {
  return shape === undefined ? filterShape(filter) : `${shape} and ${filterShape(filter)}`;
}
