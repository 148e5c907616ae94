/**
 * A query's road: check → filter → rank → (fuse) → page → fetch. Everything after the check works under one snapshot of
 * live points; when matching points die meanwhile, it is gone again with a new one.
 */
import { cancelledError } from "../../errors.ts";
import type { CheckedQuery } from "../../model/checked-query.ts";
import { searchedBy } from "../../model/examples.ts";
import type { Explanation, QueryResult } from "../../model/result.ts";
import { shortfallOf } from "../../model/shortfall.ts";
import { checkQuery } from "../../model/validate-query.ts";
import type { Span } from "../../telemetry.ts";
import { type Bitset, countBits, hasBit } from "../bitset.ts";
import type { RecallGuide } from "../recall/guide.ts";
import type { CollectionView } from "../view.ts";
import { type LateFilter, lateBroadFilter, lateFilter, rankThenCheck } from "./check-after.ts";
import { sinceStart, traceSteps } from "./explained.ts";
import { fetchPoints } from "./fetch.ts";
import { filterShape } from "./filter-shape.ts";
import { leavingOutDamaged } from "./leaving-out-damaged.ts";
import { vectorOf, withoutPoints } from "./nearest.ts";
import type { Candidate, Ranked, Scope } from "./ranked.ts";
import { filterWarnings, narrow, type SelectedSlots, selectChecked, settle } from "./select-slots.ts";
import { rankStage } from "./stage.ts";

/** Under a storm of writes the last try's page is returned without its dead points. */
const tries = 3;

/** @throws FrancaError invalid_argument, not_found, failed_precondition, cancelled */
export async function runQuery(
  view: CollectionView,
  request: unknown,
  guide?: RecallGuide,
  span?: Span,
): Promise<QueryResult> {
  const query = checkQuery(request, view);
  span?.setAttributes({ "franca.limit": query.limit, "franca.offset": query.offset, "franca.ef": query.ef });
  if (query.signal?.aborted) throw cancelledError("the query", query.signal);
  return leavingOutDamaged(view, async () => {
    for (let left = tries - 1; ; left--) {
      const result = await tryQuery(view, query, guide, span, left === 0);
      if (result !== undefined) return result;
    }
  });
}

async function tryQuery(
  view: CollectionView,
  query: CheckedQuery,
  guide: RecallGuide | undefined,
  span: Span | undefined,
  isLast: boolean,
): Promise<QueryResult | undefined> {
  const start = performance.now();
  const live = view.liveSnapshot(query.select.vectors);
  // Where damaged points are left out, there are fewer to rank than live.
  const livePoints = view.noticedDamage ? countBits(live) : view.points;
  const { exact, ef, plan, recall, signal } = query;
  const shape = query.filter === undefined ? undefined : filterShape(query.filter);
  const how = { exact, ef, plan, shape, recall, guide, signal };
  const { selected, ranked } = await selectAndRank(view, query, live, how);
  const { kept, page } = cutPage(ranked, query);
  if (signal?.aborted) throw cancelledError("the query", signal);
  const now = view.liveSnapshot(query.select.vectors);
  // A point that was replaced meanwhile lives on in a slot that the snapshot lacks: it must not be missing.
  const died = countDead(selected.bits, now);
  if (died > 0 && !isLast) return undefined;
  const alive = page.filter(({ slot }) => hasBit(now, slot));

  const fetchStart = performance.now();
  const points = await fetchPoints(
    view,
    alive.map(({ slot }) => slot),
    query.select,
    signal,
  );
  const fetched: Explanation = {
    step: "fetch",
    actual: points.length,
    startMs: fetchStart,
    timeMs: performance.now() - fetchStart,
  };
  const result: QueryResult = {
    hits: points.map((point, i) => {
      const { score, legs } = alive[i]!;
      return legs === undefined ? { ...point, score } : { ...point, score, legs };
    }),
    warnings: [...view.warnings, ...selected.warnings, ...ranked.warnings],
  };
  const shortfall = shortfallOf({
    hits: alive.length,
    limit: query.limit,
    offset: query.offset,
    matched: ranked.matched - (died > 0 ? countDead(ranked.matchedSlots(), now) : 0),
    brought: ranked.candidates.length,
    cut: ranked.candidates.length - kept,
    points: livePoints - ranked.left - died,
    isPartial: query.ranking.kind === "fusion" || query.prefetch.length > 0,
  });
  if (shortfall !== undefined) result.shortfall = shortfall;
  if (query.explain || span !== undefined) {
    const explain = explanation(selected, ranked, fetched, start);
    if (span !== undefined) traceSteps(span, explain);
    if (query.explain) result.explain = sinceStart(explain, start);
  }
  return result;
}

type HowToSearch = Omit<Scope, "allow">;
type RankedWithout = Ranked & { left: number };

/** Decides the filter and then ranks, or, where that should cost less, ranks and checks the filter on what is nearest. */
async function selectAndRank(
  view: CollectionView,
  query: CheckedQuery,
  live: Bitset,
  how: HowToSearch,
): Promise<{ selected: SelectedSlots; ranked: RankedWithout }> {
  const { filter, ranking, offset, limit, signal } = query;
  const k = offset + limit;
  // To compare lists of vectors costs more than to read a payload.
  const mayCheckLate =
    filter !== undefined &&
    ranking.kind === "nearest" &&
    ranking.mmr === undefined &&
    query.prefetch.length === 0 &&
    !Object.hasOwn(view.multiFields, ranking.field) &&
    query.plan === undefined;
  let late = mayCheckLate ? lateBroadFilter(view, filter, live, k) : undefined;
  if (late !== undefined) {
    const checked = await rankLate(view, query, late, how);
    if (checked !== undefined) return checked;
  }
  if (filter === undefined) {
    const selected = await selectChecked(view, undefined, { signal, live });
    return { selected, ranked: await rank(view, query, { ...how, allow: selected.bits }) };
  }
  const narrowed = narrow(view, filter, live);
  late = mayCheckLate ? lateFilter(view, filter, narrowed, k) : undefined;
  if (late !== undefined) {
    const checked = await rankLate(view, query, late, how);
    if (checked !== undefined) return checked;
  }
  const selected = await settle(view, filter, narrowed, signal);
  return { selected, ranked: await rank(view, query, { ...how, allow: selected.bits }) };
}

/** Undefined when the filter has to be decided: for more hits, or to say why there are no more. */
async function rankLate(
  view: CollectionView,
  query: CheckedQuery,
  late: LateFilter,
  how: HowToSearch,
): Promise<{ selected: SelectedSlots; ranked: RankedWithout } | undefined> {
  const { ranking, offset, limit } = query;
  if (ranking.kind !== "nearest") return undefined;
  const { possible, doubtful } = late.narrowed;
  const vector = await vectorOf(view, ranking);
  const scope = withoutPoints(view, searchedBy(query), {
    ...how,
    shape: `possible ${how.shape}`,
    allow: possible,
  });
  const ranked = await rankThenCheck(view, ranking, vector, offset + limit, scope, late);
  if (ranked === undefined) return undefined;
  const isFull = cutPage(ranked, query).page.length === limit;
  if (!isFull && !ranked.matchedExactly) return undefined;
  const explain: Explanation = {
    step: "filter",
    choice: `${doubtful} in doubt, checked on the nearest`,
    timeMs: 0,
  };
  const selected = {
    bits: possible,
    count: ranked.matched,
    warnings: filterWarnings(late.filter, ranked.payloadsRead, view),
    explain,
  };
  return { selected, ranked: { ...ranked, left: "id" in ranking.from ? 1 : 0 } };
}

function countDead(slots: Bitset, live: Bitset): number {
  let count = 0;
  for (let i = 0; i < slots.length; i++) {
    for (let word = slots[i]! & ~live[i]!; word !== 0; word &= word - 1) count += 1;
  }
  return count;
}

/** `left`: points left out because the query searches by them. */
async function rank(view: CollectionView, query: CheckedQuery, scope: Scope): Promise<RankedWithout> {
  const left = searchedBy(query);
  const { offset, limit } = query;
  // The filter was decided; the threshold is the page's, so that it can be told what it cut.
  const stage = { ...query, filter: undefined, scoreThreshold: undefined };
  const ranked = await rankStage(view, stage, offset + limit, withoutPoints(view, left, scope));
  return { ...ranked, left: left.length };
}

/** The candidates that the threshold leaves, and those of them that are on the page. */
function cutPage(ranked: Ranked, query: CheckedQuery): { kept: number; page: Candidate[] } {
  const { scoreThreshold: threshold, offset, limit } = query;
  const passes = ({ score }: Candidate): boolean =>
    threshold === undefined || (ranked.largerIsBetter ? score >= threshold : score <= threshold);
  const kept = ranked.candidates.filter(passes);
  return { kept: kept.length, page: kept.slice(offset, offset + limit) };
}

function explanation(
  selected: SelectedSlots,
  ranked: Ranked,
  fetched: Explanation,
  startMs: number,
): Explanation {
  return {
    step: "query",
    actual: fetched.actual ?? 0,
    startMs,
    timeMs: performance.now() - startMs,
    steps: [selected.explain, ranked.explain, fetched],
  };
}
