/**
 * What a ranking brings: candidates best first, and how many points it could have brought.
 */
import { compareIds, type PointId } from "../../model/id.ts";
import type { Explanation, Warning } from "../../model/result.ts";
import type { Bitset } from "../bitset.ts";
import type { RecallGuide } from "../recall/guide.ts";
import type { Slot } from "../view.ts";
import type { PlanMode } from "./plan.ts";

export interface Candidate {
  slot: Slot;
  id: PointId;
  score: number;
  legs?: { [name: string]: { score: number; rank: number } };
}

export interface Ranked {
  /** Best first, ties by id; at most as many as asked for. */
  candidates: Candidate[];
  /** Points that the filter and the ranking admit, exactly. */
  matched: number;
  /** Their slots. */
  matchedSlots(): Bitset;
  /** Whether a larger score is better. */
  largerIsBetter: boolean;
  warnings: Warning[];
  explain: Explanation;
}

/** What every leg of one query works under. */
export interface Scope {
  /** Live slots of the snapshot that match the filter. Not to be changed. */
  allow: Bitset;
  exact: boolean;
  ef: number;
  /** A target of recall in their stead, and who knows how to reach it. */
  recall?: number | undefined;
  guide?: RecallGuide | undefined;
  /** A plan to take, whatever it costs. */
  plan?: PlanMode | undefined;
  /** Of the filter that left `allow`, if there is one. */
  shape?: string | undefined;
  signal: AbortSignal | undefined;
  /** Whether this thread has other work to do while a search runs on one of the kernel's. */
  hasOtherWork?: boolean;
}

export function largestFirst(a: Candidate, b: Candidate): number {
  return b.score - a.score || compareIds(a.id, b.id);
}

export function smallestFirst(a: Candidate, b: Candidate): number {
  return a.score - b.score || compareIds(a.id, b.id);
}
