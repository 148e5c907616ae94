/** A ranking with what it ranks, at the border: the query itself, what it prefetches, and the legs of a fusion. */
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type { CheckedFields, CheckedStage } from "./checked-query.ts";
import { finite, flag, integer, oneOf } from "./read-value.ts";
import { checkFilter } from "./validate-filter.ts";
import { checkRanking, type RawRanking, rankingMembers } from "./validate-ranking.ts";

export const largestLimit = 1_048_576;
const mostBelow = 64;
const mostAltogether = 256;
const deepest = 64;
const plans = ["exact", "codes", "graph"] as const;

/** Where a stage stands, and what it takes from above. */
export interface AtStage {
  readonly fields: CheckedFields;
  /** The page's end: offset + limit. */
  readonly page: number;
  readonly effort: Effort;
  readonly depth: number;
  /** Stages read so far. */
  readonly count: { stages: number };
}

export type Effort = Pick<CheckedStage, "exact" | "ef" | "plan">;

/** Members of what every stage is, beside those of its ranking. */
export const stageMembers = ["prefetch", "filter", "limit", "scoreThreshold", "params"] as const;

/** @param own members that are neither a stage's nor a ranking's were taken away before */
export function checkStage(own: RawRanking, where: string, limit: number, above: AtStage): CheckedStage {
  above.count.stages += 1;
  if (above.count.stages > mostAltogether)
    throw badInput(where, `at most ${mostAltogether} rankings altogether`, above.count.stages);
  if (above.depth > deepest)
    throw badInput(where, `at most ${deepest} rankings below each other`, above.depth);
  const { prefetch, filter, limit: _, scoreThreshold, params, ...ranking } = own;
  for (const member in ranking)
    if (!rankingMembers.includes(member))
      rejectKeys({ [member]: 0 }, where, [...rankingMembers, ...stageMembers].join(", "));
  const at = { ...above, effort: checkEffort(params, `${where}.params`, above.effort) };
  return {
    ranking: checkRanking(ranking, prefetch !== undefined, where, at),
    prefetch: prefetch === undefined ? [] : checkPrefetch(prefetch, `${where}.prefetch`, at),
    filter: filter === undefined ? undefined : checkFilter(filter, above.fields),
    limit,
    scoreThreshold:
      scoreThreshold === undefined ? undefined : finite(scoreThreshold, `${where}.scoreThreshold`),
    ...at.effort,
  };
}

/** One below another. */
export function checkSubQuery(raw: RawRanking, where: string, at: AtStage): CheckedStage {
  const limit = integer(raw.limit ?? Math.max(100, at.page), `${where}.limit`, 1, 2 * largestLimit);
  return checkStage(raw, where, limit, { ...at, depth: at.depth + 1 });
}

export function expectFew(count: number, where: string, what: string): void {
  if (count < 1 || count > mostBelow) throw badInput(where, `1 to ${mostBelow} ${what}`, count);
}

function checkPrefetch(input: unknown, where: string, at: AtStage): CheckedStage[] {
  const given = list(input, where, "rankings");
  expectFew(given.length, where, "rankings");
  return given.map((one, i) => {
    const place = `${where}[${i}]`;
    return checkSubQuery(
      plainObject(one, place, "a ranking, like {nearest: [0.1, 0.2], limit: 100}"),
      place,
      at,
    );
  });
}

function checkEffort(params: unknown, where: string, above: Effort): Effort {
  if (params === undefined) return above;
  const { exact, ef, plan, ...others } = plainObject(params, where, "{exact, ef, plan}");
  rejectKeys(others, where, "exact, ef and plan");
  return {
    exact: exact === undefined ? above.exact : flag(exact, `${where}.exact`),
    ef: ef === undefined ? above.ef : integer(ef, `${where}.ef`, 1, largestLimit),
    plan:
      plan === undefined
        ? above.plan
        : plan === "auto"
          ? undefined
          : oneOf(plan, plans, `${where}.plan`, "plan"),
  };
}
