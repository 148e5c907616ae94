/** Queries that took longer than a threshold, as the log tells them. */
import { FrancaError } from "../../errors.ts";
import type { Explanation } from "../../model/result.ts";
import type { SlowQuery, SlowStep } from "./log.ts";
import { queryShape } from "./query-shape.ts";
import type { WatchedQuery } from "./watched-store.ts";

export type SlowQueryFacts = Omit<SlowQuery, "requestId" | "traceId" | "dialect" | "caller">;

export function slowQuery({
  collection,
  request,
  timeMs,
  result,
  error,
  steps,
}: WatchedQuery): SlowQueryFacts {
  return {
    collection,
    shape: queryShape(request),
    timeMs,
    hits: result?.hits.length,
    shortfall: result?.shortfall?.reason,
    code: error === undefined ? undefined : error instanceof FrancaError ? error.code : "internal",
    steps: steps?.steps?.flatMap(flat) ?? [],
  };
}

/** In the order in which they began. */
function flat({ steps = [], recall: _, costsMs: __, ...step }: Explanation): SlowStep[] {
  return [step, ...steps.flatMap(flat)];
}
