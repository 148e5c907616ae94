/**
 * What the query path asks of this room: the effort that reaches a target of recall, and what it tells: which searches
 * were made, of which a few are repeated exactly.
 */
import type { Explanation } from "../../model/result.ts";
import type { Bitset } from "../bitset.ts";
import type { PlanMode } from "../query/plan.ts";
import type { CollectionView } from "../view.ts";

export interface RecallGuide {
  /** The smallest effort whose calibrated recall reaches the target; exact where none is known to. Never a guess. */
  effort(ask: EffortAsk): Effort;
  /** To be told of each search by a vector, after it. Returns at once; what is done about it is done later. */
  searched(search: DoneSearch): void;
}

export interface EffortAsk {
  field: string;
  /** Hits wanted, the skipped ones too. */
  k: number;
  /** Slots that the search may return. */
  matches: number;
  target: number;
}

export interface Effort {
  ef: number;
  exact: boolean;
  /** The one way that reaches it, where it matters. */
  plan?: PlanMode;
  /** Why, in words. */
  why: string;
  /** What was measured at this effort: the mean, and the lower bound of its confidence interval. */
  recall?: number;
  low?: number;
}

export interface DoneSearch {
  field: string;
  vector: Float32Array;
  k: number;
  /** Slots that the search could return; nobody changes it any more. */
  allow: Bitset;
  matches: number;
  /** Distances of what was found, nearest first; more than k when there were ties. */
  distances: readonly number[];
  /** Whether all were compared: then there is nothing to measure. */
  exact: boolean;
  /** Whether the vector is a stored point's. */
  isStored: boolean;
  target: number | undefined;
}

/** What a query says of its effort: by its own parameters, or by a target. */
export interface EffortWish {
  exact: boolean;
  ef: number;
  plan?: PlanMode | undefined;
  recall?: number | undefined;
  guide?: RecallGuide | undefined;
}

/** The effort to search with, and the step that explains it where a target was given. */
export function effortOf(
  view: CollectionView,
  { exact, ef, plan, recall: target, guide }: EffortWish,
  ask: Omit<EffortAsk, "target">,
): { exact: boolean; ef: number; plan: PlanMode | undefined; step?: Explanation } {
  if (target === undefined) return { exact, ef, plan };
  const start = performance.now();
  const effort: Effort = guide?.effort({ ...ask, target }) ?? {
    exact: true,
    ef,
    why: `exact: "${view.name}" keeps no calibration`,
  };
  const recall: NonNullable<Explanation["recall"]> = { target };
  if (!effort.exact && effort.plan === undefined) recall.ef = effort.ef;
  if (effort.recall !== undefined) recall.calibrated = effort.recall;
  if (effort.low !== undefined) recall.low = effort.low;
  const step: Explanation = {
    step: "recall",
    choice: effort.why,
    recall,
    startMs: start,
    timeMs: performance.now() - start,
  };
  return { exact: effort.exact, ef: effort.ef, plan: effort.plan, step };
}
