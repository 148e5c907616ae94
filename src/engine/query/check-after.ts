/**
 * The nearest first, their payloads after: where a filter would have to read the payloads of many points, those of the
 * nearest candidates are read instead, in growing batches, until enough of them hold. When it takes too many, the caller
 * decides the whole filter after all.
 */
import { cancelledError } from "../../errors.ts";
import type { CheckedFilter } from "../../model/checked-filter.ts";
import type { CheckedNearest, ExampleVector } from "../../model/checked-query.ts";
import type { Explanation } from "../../model/result.ts";
import { type Bitset, countBits, emptyBitset, hasBit, setBit } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import { bitsetMs, estimateShare } from "./estimate.ts";
import { filterCostsOf } from "./filter-costs.ts";
import { filterShape } from "./filter-shape.ts";
import { rankNearest } from "./nearest.ts";
import { compilePredicate } from "./predicate.ts";
import type { Candidate, Ranked, Scope } from "./ranked.ts";
import type { Narrowed } from "./select-slots.ts";

/** Reading this share of what is in doubt is the most that is spent on an attempt. */
const mostOfDoubt = 1 / 4;
/** So few payloads are read at once, whatever is expected. */
const fewPayloads = 32;
/** A bitset that costs less is not worth avoiding: candidates cost a wider search besides their payloads. */
const costlyBitsetMs = 1;
/** More candidates than should do, so that one search is enough more often than not. */
const margin = 1.5;
/** Of payloads in doubt, so many hold, until some were read. */
const unknownShare = 0.1;

/** A filter that is checked on the nearest candidates. */
export interface LateFilter {
  filter: CheckedFilter;
  /** What is known of it beforehand. */
  narrowed: Pick<Narrowed, "sure" | "possible" | "doubtful">;
  /** Payloads that may be read before it is decided as a whole. */
  most: number;
  /** Of those in doubt, the share that should hold. */
  share: number;
  /** Under which that share is remembered. */
  name: string;
}

export interface CheckedAfter extends Ranked {
  /** Payloads read. */
  payloadsRead: number;
  /** Whether `matched` counts all that match; else it counts those that were found. */
  matchedExactly: boolean;
}

/** For a filter whose indexes leave much in doubt; undefined where reading all of that should cost little more. */
export function lateFilter(
  view: CollectionView,
  filter: CheckedFilter,
  narrowed: Narrowed,
  k: number,
): LateFilter | undefined {
  const name = filterShape(filter);
  const share = filterCostsOf(view.indexes).passing(name) ?? unknownShare;
  const most = narrowed.doubtful * mostOfDoubt;
  return candidatesFor(k, share) <= most ? { filter, narrowed, most, share, name } : undefined;
}

/** For a filter that holds for so many points that their bitset should cost more than the payloads of a few candidates. */
export function lateBroadFilter(
  view: CollectionView,
  filter: CheckedFilter,
  live: Bitset,
  k: number,
): LateFilter | undefined {
  const costs = filterCostsOf(view.indexes);
  const cost = bitsetMs(filter, view);
  // It is rare that a bitset costs that much.
  if (cost < costlyBitsetMs) return undefined;
  const most = cost / costs.payloadMs / 4;
  const name = `broad ${filterShape(filter)}`;
  const share = costs.passing(name) ?? estimateShare(filter, view);
  if (candidatesFor(k, share) > most) return undefined;
  const narrowed = { sure: emptyBitset(live.length * 32), possible: live, doubtful: view.points };
  return { filter, narrowed, most, share, name };
}

/**
 * As `rankNearest` with the filter decided would rank, as far as the candidates of the search are the nearest; undefined
 * when the candidates that hold are too few and more would cost too much. `scope.allow`: what possibly matches.
 */
export async function rankThenCheck(
  view: CollectionView,
  ranking: CheckedNearest,
  vector: ExampleVector,
  k: number,
  scope: Scope,
  late: LateFilter,
): Promise<CheckedAfter | undefined> {
  const start = performance.now();
  const { narrowed, most, share: expected } = late;
  const check = new Checker(view, late, scope.signal);
  const steps: Explanation[] = [];
  const possible = countBits(scope.allow);
  for (let ask = candidatesFor(k, expected); ; ) {
    const asked = Math.min(Math.ceil(ask), possible);
    // The last candidates of a pool are the least certain; so the pool is wider than they are many.
    const ranked = await rankNearest(view, ranking, vector, asked, {
      ...scope,
      ef: Math.max(scope.ef, 2 * asked),
    });
    steps.push(ranked.explain);
    const { held, looked } = await check.until(ranked.candidates, k);
    const isComplete = ranked.candidates.length >= ranked.matched;
    if (held.length >= k || isComplete) {
      check.learn();
      return {
        ...ranked,
        candidates: held,
        matched: held.length,
        matchedSlots() {
          const bits = emptyBitset(scope.allow.length * 32);
          for (const { slot } of held) setBit(bits, slot);
          return bits;
        },
        matchedExactly: isComplete && looked === ranked.candidates.length,
        payloadsRead: check.read,
        explain: {
          step: "check",
          choice: `nearest first, then ${check.read} payloads read of ${narrowed.doubtful} in doubt`,
          estimate: Math.round(candidatesFor(k, expected)),
          actual: held.length,
          startMs: start,
          timeMs: performance.now() - start,
          steps,
        },
      };
    }
    const share = (held.length + 0.5) / (looked + 1);
    ask = Math.max(4 * asked, candidatesFor(k, share));
    if (ask > most) {
      check.learn();
      return undefined;
    }
  }
}

function candidatesFor(k: number, share: number): number {
  return Math.max(fewPayloads, (margin * k) / Math.max(share, 1e-6));
}

/** Looks at each candidate once, however often it comes. */
class Checker {
  read = 0;
  #heldOfRead = 0;
  readonly #view: CollectionView;
  readonly #late: LateFilter;
  readonly #signal: AbortSignal | undefined;
  readonly #holds: ReturnType<typeof compilePredicate>;
  readonly #verdicts = new Map<number, boolean>();

  constructor(view: CollectionView, late: LateFilter, signal: AbortSignal | undefined) {
    this.#view = view;
    this.#late = late;
    this.#signal = signal;
    this.#holds = compilePredicate(late.filter, view);
  }

  /** The first `k` that hold, and how many were looked at to find them. */
  async until(candidates: readonly Candidate[], k: number): Promise<{ held: Candidate[]; looked: number }> {
    const held: Candidate[] = [];
    for (let at = 0; at < candidates.length && held.length < k; ) {
      const batch = candidates.slice(at, at + Math.max(fewPayloads, at / 2));
      await this.#judge(batch);
      for (const candidate of batch) {
        if (held.length === k) break;
        at += 1;
        if (this.#verdicts.get(candidate.slot)) held.push(candidate);
      }
      if (held.length === k) return { held, looked: at };
    }
    return { held, looked: candidates.length };
  }

  async #judge(batch: readonly Candidate[]): Promise<void> {
    const { sure } = this.#late.narrowed;
    const open = batch.filter(({ slot }) => !this.#verdicts.has(slot) && !hasBit(sure, slot));
    for (const { slot } of batch) if (hasBit(sure, slot)) this.#verdicts.set(slot, true);
    if (open.length === 0) return;
    if (this.#signal?.aborted) throw cancelledError("the filter", this.#signal);
    const start = performance.now();
    const payloads = await this.#view.payloads(
      open.map(({ slot }) => slot),
      this.#signal,
    );
    for (const [i, { slot, id }] of open.entries()) {
      const holds = this.#holds(payloads[i]!, id);
      this.#verdicts.set(slot, holds);
      if (holds) this.#heldOfRead += 1;
    }
    this.read += open.length;
    filterCostsOf(this.#view.indexes).sawPayloads(open.length, performance.now() - start);
  }

  learn(): void {
    filterCostsOf(this.#view.indexes).sawPassing(this.#late.name, this.read, this.#heldOfRead);
  }
}
