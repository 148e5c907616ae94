/**
 * Candidates by distance: plan, search in the kernel, complete what a graph left short, order by score and id.
 */
import { cancelledError, FrancaError } from "../../errors.ts";
import type { CheckedNearest } from "../../model/checked-query.ts";
import type { Explanation } from "../../model/result.ts";
import type { Metric } from "../../model/schema.ts";
import { andInto, clearBit, countBits } from "../bitset.ts";
import type { VectorIndex, VectorSearch, VectorSearchResult } from "../kernel.ts";
import { effortOf } from "../recall/guide.ts";
import type { CollectionView } from "../view.ts";
import { type Plan, planNearest } from "./plan.ts";
import { type Candidate, largestFirst, type Ranked, type Scope, smallestFirst } from "./ranked.ts";

/** Searches that read fewer floats than this run on the calling thread, in less time than the way to another takes. */
const smallSearch = 1_000_000;
/** The same where this thread could do something else meanwhile. */
const smallSearchBesides = 100_000;
/** Asked for beyond k, so that points equal to the k-th are seen and ordered by id. */
const slack = 4;

export async function rankNearest(
  view: CollectionView,
  ranking: CheckedNearest,
  vector: Float32Array,
  k: number,
  scope: Scope,
): Promise<Ranked> {
  const start = performance.now();
  const { metric } = view.vectorFields[ranking.field]!;
  const index = view.vectorIndex(ranking.field);
  const allow = scope.allow.slice();
  andInto(allow, view.slotsWithVector(ranking.field));
  const matched = countBits(allow);
  const { ef, exact, step } = effortOf(view, scope, { field: ranking.field, k, matches: matched });
  const plan = planNearest({ matches: matched, indexed: index.indexed, ef, k, exact });
  const steps: Explanation[] = [
    ...(step === undefined ? [] : [step]),
    { step: "plan", choice: plan.why, estimate: matched, timeMs: performance.now() - start },
  ];
  const wanted = Math.min(k, matched);
  const run = (exact: boolean): Promise<Found> =>
    searchWithTies(index, vector, wanted, { ...plan, exact }, { ...scope, allow, matched });
  let found: Found = { slots: [], distances: [], stats: { distances: 0, hops: 0, scanned: 0 } };
  let wasExact = plan.exact;
  if (wanted > 0) {
    found = await timed(() => run(plan.exact));
    // A graph may not reach all that match: links lead through deleted and hidden points.
    if (found.slots.length < wanted) {
      wasExact = true;
      found = await timed(() => run(true));
    }
  }
  scope.guide?.searched({
    field: ranking.field,
    vector,
    k: wanted,
    allow,
    matches: matched,
    distances: found.distances,
    exact: wasExact,
    isStored: "id" in ranking.from,
    target: scope.recall,
  });
  const largerIsBetter = metric === "cosine" || metric === "dot";
  const candidates: Candidate[] = found.slots.map((slot, i) => ({
    slot,
    id: view.idOf(slot),
    score: scoreOf(metric, found.distances[i]!),
  }));
  candidates.sort(largerIsBetter ? largestFirst : smallestFirst);
  candidates.length = Math.min(candidates.length, wanted);
  return {
    candidates,
    matched,
    matchedSlots: () => allow,
    largerIsBetter,
    warnings: [],
    explain: {
      step: "nearest",
      choice: `${metric} in "${ranking.field}"`,
      actual: candidates.length,
      timeMs: performance.now() - start,
      steps,
    },
  };

  async function timed(search: () => Promise<Found>): Promise<Found> {
    const began = performance.now();
    const result = await search();
    const { distances, hops } = result.stats;
    // The kernel scans instead of walking where the walk would be longer: what it did, its counts say.
    steps.push({
      step: hops > 0 ? "graph" : "scan",
      choice: `${distances} distances computed${hops > 0 ? `, ${hops} vertices visited` : ""}`,
      actual: result.slots.length,
      timeMs: performance.now() - began,
    });
    return result;
  }
}

interface Found {
  slots: number[];
  distances: number[];
  stats: VectorSearchResult["stats"];
}

type SearchScope = Scope & { matched: number };

/** The nearest `k`, and every point found that is as near as the last of them. */
async function searchWithTies(
  index: VectorIndex,
  vector: Float32Array,
  k: number,
  plan: Plan,
  scope: SearchScope,
): Promise<Found> {
  for (let ask = Math.min(k + slack, scope.matched); ; ask = Math.min(ask * 4, scope.matched)) {
    const { counts, slots, distances, stats } = await search(index, vector, plan, ask, scope);
    const count = counts[0]!;
    const last = distances[k - 1];
    const cutsTies = count === ask && ask < scope.matched && distances[count - 1] === last;
    if (!cutsTies)
      return { slots: [...slots.subarray(0, count)], distances: [...distances.subarray(0, count)], stats };
  }
}

async function search(
  index: VectorIndex,
  vector: Float32Array,
  plan: Plan,
  k: number,
  { allow, matched, signal, hasOtherWork }: SearchScope,
): Promise<VectorSearchResult> {
  if (signal?.aborted) throw cancelledError("the query", signal);
  const options: VectorSearch = { k, ef: Math.max(plan.ef, k), exact: plan.exact, allow };
  const selectivity = matched / Math.max(1, index.slots);
  const visits = plan.exact ? matched : (options.ef! * 32) / selectivity;
  if (visits * index.dimension <= (hasOtherWork ? smallSearchBesides : smallSearch))
    return index.searchSync(vector, options);
  return index.search(vector, signal === undefined ? options : { ...options, signal });
}

/** The kernel's distances grow with farness; cosine and dot are told as similarities. */
function scoreOf(metric: Metric, distance: number): number {
  if (metric === "cosine") return 1 - distance;
  return metric === "dot" ? 0 - distance : distance;
}

/** The vector to search by: the one given, or the one of a stored point. */
export async function vectorOf(view: CollectionView, ranking: CheckedNearest): Promise<Float32Array> {
  if ("vector" in ranking.from) return ranking.from.vector;
  const slot = view.slotOf(ranking.from.id);
  const name =
    typeof ranking.from.id === "string" ? JSON.stringify(ranking.from.id) : String(ranking.from.id);
  if (slot === undefined) {
    throw new FrancaError("not_found", `no point ${name} in "${view.name}" to search by`, {
      details: { collection: view.name, id: ranking.from.id },
    });
  }
  const [vector] = await view.vectors(ranking.field, [slot]);
  if (vector !== undefined) return vector;
  throw new FrancaError(
    "failed_precondition",
    `point ${name} has no vector in "${ranking.field}" to search by`,
    {
      details: { collection: view.name, id: ranking.from.id, field: ranking.field },
    },
  );
}

/** A scope without the point that is searched by. */
export function withoutSelf(view: CollectionView, rankings: readonly CheckedNearest[], scope: Scope): Scope {
  const slots = rankings.map(({ from }) => ("id" in from ? view.slotOf(from.id) : undefined));
  if (slots.every((slot) => slot === undefined)) return scope;
  const allow = scope.allow.slice();
  for (const slot of slots) if (slot !== undefined) clearBit(allow, slot);
  return { ...scope, allow };
}
