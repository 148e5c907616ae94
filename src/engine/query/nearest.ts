/**
 * Candidates by distance: plan, search in the kernel, complete what a graph left short, order by score and id.
 */
import { cancelledError, FrancaError } from "../../errors.ts";
import type { CheckedNearest, ExampleVector } from "../../model/checked-query.ts";
import type { PointId } from "../../model/id.ts";
import type { Explanation } from "../../model/result.ts";
import { andInto, clearBit, countBits } from "../bitset.ts";
import type { SearchStats, VectorIndex, VectorSearch, VectorSearchResult } from "../kernel.ts";
import { effortOf } from "../recall/guide.ts";
import type { CollectionView, Slot } from "../view.ts";
import { costsOf, type SearchCosts } from "./costs.ts";
import { type Plan, planNearest } from "./plan.ts";
import { type Candidate, largestFirst, type Ranked, type Scope, smallestFirst } from "./ranked.ts";
import { rankByScan } from "./scan.ts";
import { isLargerBetter, scoreOf } from "./score-of.ts";

/** Searches that should take less than this run on the calling thread, since the way to another takes its time too. */
const smallSearchMs = 0.3;
/** The same where this thread could do something else meanwhile. */
const smallSearchBesidesMs = 0.03;
/** Asked for beyond k, so that points equal to the k-th are seen and ordered by id. */
const slack = 4;

/** @param vector of the field's kind */
export function rankNearest(
  view: CollectionView,
  ranking: CheckedNearest,
  vector: ExampleVector,
  k: number,
  scope: Scope,
): Promise<Ranked> {
  return vector instanceof Float32Array
    ? rankDense(view, ranking, vector, k, scope)
    : rankByScan(view, ranking, vector, k, scope);
}

async function rankDense(
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
  const withVector = view.slotsWithVector(ranking.field);
  andInto(allow, withVector);
  const matched = countBits(allow);
  const points = scope.shape === undefined ? matched : Math.max(matched, countBits(withVector));
  const costs = costsOf(index);
  const {
    ef,
    exact,
    plan: forced,
    step,
  } = effortOf(view, scope, { field: ranking.field, k, matches: matched });
  if (!exact) costs.calibrate(index, vector, withVector);
  const { shape } = scope;
  const plan = planNearest(
    { matches: matched, points, indexed: index.indexed, ef, k, exact, forced, shape },
    costs,
  );
  const steps: Explanation[] = [
    ...(step === undefined ? [] : [step]),
    {
      step: "plan",
      choice: plan.why,
      estimate: matched,
      costsMs: plan.costsMs,
      startMs: start,
      timeMs: performance.now() - start,
    },
  ];
  const wanted = Math.min(k, matched);
  const run = (how: Plan): Promise<Found> =>
    searchWithTies(index, vector, wanted, how, { ...scope, allow, matched, points, costs });
  let found: Found = { slots: [], distances: [] };
  let wasExact = plan.mode === "exact";
  if (wanted > 0) {
    found = await timed(() => run(plan));
    // Codes and links may not lead to all that match. What lacks here is found, whatever it costs.
    if (found.slots.length < wanted) {
      wasExact = true;
      const costMs = costs.scanMs("exact", matched);
      found = await timed(() => run({ ...plan, mode: "exact", costMs }));
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
  const largerIsBetter = isLargerBetter(metric);
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
      startMs: start,
      timeMs: performance.now() - start,
      steps,
    },
  };

  async function timed(search: () => Promise<Found>): Promise<Found> {
    const began = performance.now();
    const result = await search();
    steps.push({
      ...whatWasDone(result.stats!),
      actual: result.slots.length,
      startMs: began,
      timeMs: performance.now() - began,
    });
    return result;
  }
}

interface Found {
  slots: number[];
  distances: number[];
  stats?: SearchStats;
}

type SearchScope = Scope & { matched: number; points: number; costs: SearchCosts };

function whatWasDone({ distances, hops, gaveUp, seen, passed, walkMs, scanMs }: SearchStats): Explanation {
  if (hops === 0) return { step: "scan", choice: `${distances} distances computed`, timeMs: 0 };
  const walked = `${distances} distances computed, ${hops} vertices visited`;
  const saw = seen === 0 ? "" : `; of ${seen} near the query, ${passed} match`;
  if (gaveUp === 0) return { step: "graph", choice: `${walked}${saw}`, timeMs: 0 };
  return {
    step: "graph",
    choice: `${walked}${saw}: given up after ${walkMs.toFixed(3)} ms for a scan of ${scanMs.toFixed(3)} ms`,
    timeMs: 0,
  };
}

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
  { allow, matched, points, costs, shape, plan: forced, signal, hasOtherWork }: SearchScope,
): Promise<VectorSearchResult> {
  if (signal?.aborted) throw cancelledError("the query", signal);
  const { mode, budget, expected } = plan;
  const ef = Math.max(plan.ef, k);
  const options: VectorSearch = { k, ef, mode, budget, expected, allow };
  const isSmall = plan.costMs <= (hasOtherWork ? smallSearchBesidesMs : smallSearchMs);
  const result = isSmall
    ? index.searchSync(vector, options)
    : await index.search(vector, signal === undefined ? options : { ...options, signal });
  // A plan that was asked for teaches nothing, so that measurements of it leave the planner as it was.
  if (forced !== undefined) return result;
  costs.record(mode, matched, ef, k, result);
  const { seen, passed, gaveUp } = result.stats;
  if (shape !== undefined && seen > 0) {
    const wasExpected = plan.costsMs.graph! <= Math.min(plan.costsMs.exact!, plan.costsMs.codes!);
    costs.near.record(shape, matched / points, passed / seen, gaveUp === 0, wasExpected);
  }
  return result;
}

/** The vector to search by: the one given, or the one of a stored point. */
export async function vectorOf(
  view: CollectionView,
  ranking: Pick<CheckedNearest, "field" | "from">,
): Promise<ExampleVector> {
  if ("vector" in ranking.from) return ranking.from.vector;
  const slot = view.slotOf(ranking.from.id);
  const name =
    typeof ranking.from.id === "string" ? JSON.stringify(ranking.from.id) : String(ranking.from.id);
  if (slot === undefined) {
    throw new FrancaError("not_found", `no point ${name} in "${view.name}" to search by`, {
      details: { collection: view.name, id: ranking.from.id },
    });
  }
  const vector = await vectorAt(view, ranking.field, slot);
  if (vector !== undefined) return vector;
  throw new FrancaError(
    "failed_precondition",
    `point ${name} has no vector in "${ranking.field}" to search by`,
    {
      details: { collection: view.name, id: ranking.from.id, field: ranking.field },
    },
  );
}

/** Undefined where the point has none in this field. */
export async function vectorAt(
  view: CollectionView,
  field: string,
  slot: Slot,
): Promise<ExampleVector | undefined> {
  if (Object.hasOwn(view.vectorFields, field)) return (await view.vectors(field, [slot]))[0];
  const { sparse, multi } = (await view.entries([slot]))[0]!.vectors;
  return sparse[field] ?? multi[field];
}

/** A scope without the points that are searched by. */
export function withoutPoints(view: CollectionView, ids: readonly PointId[], scope: Scope): Scope {
  const slots = ids.map((id) => view.slotOf(id)).filter((slot) => slot !== undefined);
  if (slots.length === 0) return scope;
  const allow = scope.allow.slice();
  for (const slot of slots) clearBit(allow, slot);
  return { ...scope, allow };
}
