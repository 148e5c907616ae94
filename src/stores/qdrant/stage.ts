/**
 * Stages of a query as Qdrant's: a ranking with its filter, its limit, and the prefetches below it. Filters of above are written into
 * those below as well, and the points that any ranking of the query searches by are left out of all.
 */
import type { CheckedStage } from "../../model/checked-query.ts";
import { searchedBy } from "../../model/examples.ts";
import type { Condition } from "./filter/clauses.ts";
import { wireFilter } from "./filter/filter.ts";
import { wireId } from "./ids.ts";
import { type Layout, usingOf } from "./layout.ts";
import { wireQuery } from "./rankings.ts";
import { unimplemented } from "./unimplemented.ts";

export interface WireStage {
  query: unknown;
  using?: string;
  prefetch?: WireStage[];
  filter?: Condition;
  params: { exact: true } | { hnsw_ef: number };
  limit: number;
}

/** What holds for a stage by what is above it. */
export interface Above {
  readonly filter: Condition | undefined;
  /** Whether everything is scanned exactly. */
  readonly exact: boolean;
  /** Points that the query searches by. */
  readonly sources: number;
}

/** For a whole query. */
export function aboveAll(stage: CheckedStage, exact: boolean): Above {
  const sources = searchedBy(stage).map(wireId);
  return {
    exact,
    sources: sources.length,
    filter: sources.length === 0 ? undefined : { must_not: [{ has_id: sources }] },
  };
}

/** @throws FrancaError unimplemented */
export function wireStage(stage: CheckedStage, layout: Layout, above: Above): WireStage {
  const { ranking, limit, exact, ef, plan } = stage;
  if (plan === "codes" || plan === "graph")
    throw unimplemented(`params.plan ${plan}`, "it takes the way that it thinks best");
  const inner = within(stage, layout, above);
  const stages = ranking.kind === "fusion" ? ranking.legs : stage.prefetch;
  if (ranking.kind === "fusion" && stage.prefetch.length > 0)
    throw unimplemented("prefetch beside a fusion's legs", "its fusions take what they fuse from there");
  const reckonsWithScores =
    ranking.kind === "formula" || (ranking.kind === "fusion" && ranking.method === "dbsf");
  if (reckonsWithScores && stages.some(tellsValues))
    throw unimplemented(
      "the values of orderBy as scores below another ranking",
      'they are 1 there; see scores: "one"',
    );
  const prefetch = stages.map((one) => below(one, layout, inner));
  return {
    query: wireQuery(ranking, layout),
    ...("field" in ranking && usingOf(ranking.field, layout)),
    ...(prefetch.length > 0 && { prefetch }),
    ...(inner.filter && { filter: inner.filter }),
    params: exact || above.exact || plan === "exact" ? { exact: true } : { hnsw_ef: ef },
    limit,
  };
}

function tellsValues({ ranking }: CheckedStage): boolean {
  return ranking.kind === "orderBy" && ranking.scores === "value";
}

function below(stage: CheckedStage, layout: Layout, above: Above): WireStage {
  if (stage.scoreThreshold !== undefined)
    throw unimplemented(
      "scoreThreshold below another ranking",
      "it leaves open whether a score that is equal to it passes",
    );
  return wireStage(stage, layout, above);
}

/** The filters that hold for a stage and for what is below it. */
export function within({ filter }: CheckedStage, layout: Layout, above: Above): Above {
  const own = filter === undefined ? undefined : wireFilter(filter, layout);
  const all = [above.filter, own].filter((one) => one !== undefined);
  return { ...above, filter: all.length > 1 ? { must: all } : all[0] };
}
