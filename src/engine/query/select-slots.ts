/**
 * From a filter to the slots that match it, exactly: by indexes first, then by reading the payloads of what they leave in doubt.
 */
import { cancelledError } from "../../errors.ts";
import type { CheckedFilter } from "../../model/checked-filter.ts";
import type { Explanation, Warning } from "../../model/result.ts";
import { checkFilter } from "../../model/validate-filter.ts";
import { analyzerOf } from "../../text/analyzer.ts";
import { andInto, andNotInto, type Bitset, countBits, setBit, setBits } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import { boundsOf } from "./bounds.ts";
import { bitsetMs, estimateMatches, estimateShare } from "./estimate.ts";
import { filterCostsOf } from "./filter-costs.ts";
import { filterShape } from "./filter-shape.ts";
import { createPauser } from "./pause.ts";
import { compilePredicate } from "./predicate.ts";

export interface SelectedSlots {
  /** Live slots that match. The caller's to change. */
  bits: Bitset;
  count: number;
  warnings: Warning[];
  explain: Explanation;
}

export interface SelectOptions {
  signal?: AbortSignal | undefined;
  /** Select among these; default the live slots as of now. Not changed. */
  live?: Bitset;
}

/** Payloads asked for at once. */
const batchSize = 256;

/** @throws FrancaError invalid_argument, cancelled */
export function selectSlots(
  view: CollectionView,
  filter: unknown,
  options: SelectOptions = {},
): Promise<SelectedSlots> {
  return selectChecked(view, checkFilter(filter, view), options);
}

export async function selectChecked(
  view: CollectionView,
  filter: CheckedFilter | undefined,
  { signal, live = view.liveSnapshot() }: SelectOptions = {},
): Promise<SelectedSlots> {
  if (filter === undefined) {
    const count = countBits(live);
    const explain = { step: "filter", choice: "no filter: every point", actual: count, timeMs: 0 };
    return { bits: live.slice(), count, warnings: [], explain };
  }
  return settle(view, filter, narrow(view, filter, live), signal);
}

/** What the indexes leave of a filter. */
export interface Narrowed {
  /** Live slots that surely match, and that possibly do; the same bitset when nothing is in doubt. */
  sure: Bitset;
  possible: Bitset;
  /** Slots that possibly match and not surely. */
  doubtful: number;
  /** Points that should match. */
  estimate: number;
  startMs: number;
  timeMs: number;
  steps: Explanation[];
}

export function narrow(view: CollectionView, filter: CheckedFilter, live: Bitset): Narrowed {
  const start = performance.now();
  const estimate = Math.round(estimateMatches(filter, view));
  const steps: Explanation[] = [];
  const entries = bitsetMs(filter, view) / filterCostsOf(view.indexes).entryMs;
  const { sure, possible } = boundsOf(filter, view, live.length * 32, { steps, mayLeaveDoubt: true });
  filterCostsOf(view.indexes).sawEntries(entries, performance.now() - start);
  andInto(sure, live);
  let doubtful = 0;
  if (possible !== sure) {
    andInto(possible, live);
    for (let i = 0; i < possible.length; i++) sure[i]! &= possible[i]!;
    doubtful = countBits(possible) - countBits(sure);
  }
  return { sure, possible, doubtful, estimate, steps, startMs: start, timeMs: performance.now() - start };
}

/** Reads what is in doubt. @throws FrancaError cancelled */
export async function settle(
  view: CollectionView,
  filter: CheckedFilter,
  { sure, possible, doubtful, estimate, steps, startMs, timeMs }: Narrowed,
  signal: AbortSignal | undefined,
): Promise<SelectedSlots> {
  const start = performance.now();
  const costs = filterCostsOf(view.indexes);
  if (doubtful > 0) {
    const open = possible.slice();
    andNotInto(open, sure);
    const holds = compilePredicate(filter, view);
    const pause = createPauser("the filter", signal);
    let held = 0;
    for (const batch of batches(setBits(open), batchSize)) {
      await pause();
      const began = performance.now();
      const payloads = await view.payloads(batch, signal);
      for (const [i, slot] of batch.entries()) {
        if (!holds(payloads[i]!, view.idOf(slot))) continue;
        setBit(sure, slot);
        held += 1;
      }
      costs.sawPayloads(batch.length, performance.now() - began);
    }
    if (signal?.aborted) throw cancelledError("the filter", signal);
    costs.sawPassing(filterShape(filter), doubtful, held);
  }
  const count = countBits(sure);
  learn(view, filter, count);
  const choice = doubtful === 0 ? "by indexes alone" : `by indexes, then ${doubtful} payloads read`;
  const explain: Explanation = {
    step: "filter",
    choice,
    estimate,
    actual: count,
    startMs,
    timeMs: timeMs + performance.now() - start,
  };
  if (steps.length > 0) explain.steps = steps;
  return { bits: sure, count, warnings: filterWarnings(filter, doubtful, view), explain };
}

function* batches(slots: Iterable<number>, size: number): Generator<number[]> {
  let batch: number[] = [];
  for (const slot of slots) {
    batch.push(slot);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** How conditions went together. */
function learn(view: CollectionView, filter: CheckedFilter, count: number): void {
  if (filter.kind !== "and" || filter.filters.length < 2) return;
  const independent = filter.filters.reduce(
    (product, part) => product * estimateShare(part, view),
    view.points,
  );
  filterCostsOf(view.indexes).sawTogether(filterShape(filter), independent, count);
}

/** What a filter's author should know: conditions that cost reading payloads, and words that are none. */
export function filterWarnings(
  filter: CheckedFilter,
  payloadsRead: number,
  { payloadFields }: Pick<CollectionView, "payloadFields">,
): Warning[] {
  const warnings = new Map<string, Warning>();
  visit(filter);
  return [...warnings.values()];

  function visit(part: CheckedFilter): void {
    if (part.kind === "and" || part.kind === "or" || part.kind === "minShould") part.filters.forEach(visit);
    else if (part.kind === "not" || part.kind === "nested") visit(part.filter);
    else if (part.kind === "field") {
      const { path, declared, test } = part;
      const field = payloadFields[path];
      if (declared === undefined && field !== undefined) {
        warnings.set(`unsuited ${path}`, {
          code: "index_unsuited",
          message: `the ${field.type} index of "${path}" cannot decide "${test.operator}" with such a value, so that payloads are read to filter by it`,
          details: { field: path, payloadsRead },
        });
      } else if (declared === undefined) {
        warnings.set(`undeclared ${path}`, {
          code: "undeclared_field",
          message: `"${path}" is not declared, so that payloads are read to filter by it; declare it with alter() to index it`,
          details: { field: path, payloadsRead },
        });
      }
      if (test.operator !== "match") return;
      const analyzer = analyzerOf(declared?.type === "text" ? declared : undefined);
      if (analyzer.asked(test.query).length > 0) return;
      warnings.set(`words ${path}`, {
        code: "no_searchable_words",
        message: `the words to match in "${path}" are all stop words or signs, so that nothing matches`,
        details: { field: path },
      });
    }
  }
}
