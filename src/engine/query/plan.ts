/**
 * How to find the nearest among the allowed: compare every match exactly, compare the matches' codes, or walk the graph.
 * The cheapest by what such searches have cost on this index is taken. A walk gets the cost of the scan as its budget and
 * becomes that scan when it has more than the budget before it.
 */
import type { SearchCosts } from "./costs.ts";

export type PlanMode = "exact" | "codes" | "graph";

export interface Plan {
  mode: PlanMode;
  ef: number;
  /** Of a walk: distances that cost as much as the scan it would become; 0 for none. */
  budget: number;
  /** Of a walk: the share of points near the query that should match; 0 for unknown. */
  expected: number;
  why: string;
  /** What each way should take. */
  costsMs: { [way: string]: number };
  /** Of the way that was chosen. */
  costMs: number;
}

export interface PlanInput {
  /** Slots that the search may return. */
  matches: number;
  /** All live slots, of which the matches are a part. */
  points: number;
  /** Slots that the graph covers. */
  indexed: number;
  ef: number;
  /** Hits wanted. */
  k: number;
  /** The caller's wish. */
  exact: boolean;
  /** The caller's wish, for measurements and tests. */
  forced?: PlanMode | undefined;
  /** Of the filter, if there is one; see filter-shape.ts. */
  shape?: string | undefined;
}

/**
 * A walk that is expected to pay goes on although it seems to take this many times as long as the scan: the first judgement
 * overrates what is left, since vertices share more and more neighbours, and near the break-even leaving costs more than staying.
 */
const patience = 1.5;
/** A walk notices after about so many vertices that it leads nowhere. */
const probeVertices = 24;

export function planNearest(input: PlanInput, costs: SearchCosts): Plan {
  const { matches, points, indexed, k, shape } = input;
  const ef = Math.max(input.ef, k);
  const exactMs = costs.scanMs("exact", matches);
  const exactly = (why: string, costsMs: Plan["costsMs"] = { exact: exactMs }): Plan => ({
    mode: "exact",
    ef,
    budget: 0,
    expected: 0,
    why: `exact scan of ${matches}${why}`,
    costsMs,
    costMs: exactMs,
  });
  if (input.exact || input.forced === "exact") return exactly(", as asked");
  if (indexed === 0) return exactly(": no graph is built yet");

  const codesMs = costs.scanMs("codes", matches) + costs.rerankMs(k);
  const share = points === 0 ? 1 : matches / points;
  const expected = shape === undefined ? share : costs.near.expected(shape, share);
  const wanted = Math.min(ef, matches);
  const graphMs = costs.walkMs(wanted / Math.max(expected, 1e-6)) + costs.rerankMs(k);
  const costsMs = { exact: exactMs, codes: codesMs, graph: graphMs };
  const scanMs = Math.min(exactMs, codesMs);
  const plan = (mode: PlanMode, costMs: number, why: string, budget = 0): Plan => ({
    mode,
    ef,
    budget,
    expected: mode === "graph" ? expected : 0,
    why,
    costsMs,
    costMs,
  });
  const walk = (why: string, times = 1): Plan =>
    plan(
      "graph",
      Math.min(graphMs, scanMs),
      `graph with ef ${ef} for ${matches} matches${why}`,
      costs.distancesIn(times * scanMs),
    );
  if (input.forced === "codes") return plan("codes", codesMs, `codes of ${matches}, as asked`);
  if (input.forced === "graph") return plan("graph", graphMs, `graph with ef ${ef}, as asked`);

  if (matches > wanted && graphMs < scanMs) return walk("", patience);
  if (matches > wanted && shape !== undefined && isWorthTrying(costs, shape, wanted, scanMs)) {
    return walk(": they may lie near the query, which shows soon");
  }
  return exactMs <= codesMs
    ? exactly(": cheaper than codes or the graph", costsMs)
    : plan("codes", codesMs, `codes of ${matches}: cheaper than the graph`);
}

/**
 * Whether a walk that is not expected to pay is tried all the same: matches that lie near the query make it short, and
 * that they do not shows after a few vertices.
 */
function isWorthTrying(costs: SearchCosts, shape: string, wanted: number, scanMs: number): boolean {
  const saved = scanMs - costs.walkMs(wanted);
  if (saved <= 0) return false;
  const lost = costs.walkMs(probeVertices);
  const hope = costs.near.hope(shape);
  return hope * saved > (1 - hope) * lost || (lost < scanMs / 2 && costs.near.isDue(shape));
}
