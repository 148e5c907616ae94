/**
 * Why an answer has fewer hits than were asked for.
 */
import type { Shortfall } from "./result.ts";

export interface PageFacts {
  hits: number;
  limit: number;
  offset: number;
  matched: number;
  /** Candidates the ranking brought, before threshold and offset. */
  brought: number;
  /** Candidates that the score threshold cut. */
  cut: number;
  /** Points that could have been ranked at all: the collection's, without the one searched by. */
  points: number;
  /** Whether other rankings bring what is ranked, each up to its limit. */
  isPartial: boolean;
}

/** Undefined exactly when the page is full. */
export function shortfallOf(facts: PageFacts): Shortfall | undefined {
  const { hits, limit, offset, matched, brought, cut, points, isPartial } = facts;
  if (hits >= limit) return undefined;
  const end = offset === 0 ? `${limit} hits` : `${limit} hits after ${offset}`;
  // Without the threshold there would be more on this page.
  if (cut > 0 && Math.min(brought, offset + limit) - offset > hits) {
    return {
      reason: "threshold",
      matched,
      message: `${end} asked for; the score threshold leaves ${hits} of ${matched}`,
    };
  }
  if (isPartial && brought < matched) {
    return {
      reason: "candidates",
      matched,
      message: `${end} asked for; the rankings below brought ${brought} of ${matched} points that match; raise their limit`,
    };
  }
  if (matched < points) {
    return { reason: "filter", matched, message: `${end} asked for; ${matched} of ${points} points match` };
  }
  return { reason: "collection", matched, message: `${end} asked for; the collection holds ${points}` };
}
