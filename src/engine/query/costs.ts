/**
 * What searches of one vector index cost, measured: running averages of the time that scans and walks have taken here,
 * on this machine, for these vectors. Where nothing was measured yet, a short calibration measures it.
 */
import { emptyBitset, setBit } from "../bitset.ts";
import type { SearchMode, VectorIndex, VectorSearchResult } from "../kernel.ts";
import { ShareNear } from "./share-near.ts";

/** So much of a new measurement goes into the average. */
const weight = 0.1;
/** So few hits, or so small a part, cost little beside the search. */
const fewReturned = 64;
/** A measurement that is this many times off says more of the machine's other work than of the search. */
const outlier = 4;
/** Until anything is measured: a float takes about so long to compare. */
const msPerFloat = 2.5e-7;
/** A calibration looks at no more floats than this at once, so that nobody notices. */
const calibrationFloats = 1_000_000;

export type ScanMode = Extract<SearchMode, "exact" | "codes">;

export class SearchCosts {
  /** How a filter's matches lie near queries. */
  readonly near: ShareNear = new ShareNear();
  readonly #scans: Record<ScanMode, Curve> = { exact: new Curve(), codes: new Curve() };
  /** By the width that a walk's pool had in the end. */
  readonly #walks: Curve = new Curve();
  #msPerDistance: number | undefined;
  readonly #dimension: number;
  #calibratedAt = 0;

  constructor(dimension: number) {
    this.#dimension = dimension;
  }

  /** Of comparing `slots` one after the other. */
  scanMs(mode: ScanMode, slots: number): number {
    return slots * (this.#scans[mode].at(slots) ?? this.#dimension * msPerFloat);
  }

  /** Of a walk that expands `vertices`. */
  walkMs(vertices: number): number {
    return vertices * (this.#walks.at(vertices) ?? 16 * this.#dimension * msPerFloat);
  }

  /** How many distances a walk computes in that time. */
  distancesIn(ms: number): number {
    return Math.max(
      1,
      Math.min(2 ** 32 - 1, Math.round(ms / (this.#msPerDistance ?? this.#dimension * msPerFloat))),
    );
  }

  /** Of the exact look at what codes found, before the best `k` of it are returned. */
  rerankMs(k: number): number {
    return this.scanMs("exact", 1.5 * k);
  }

  /**
   * Takes note of what a search for `k` of one query took. `slots`: those that a scan was to look at; `ef`: what a walk was
   * to find. Where what is returned is a good part of what was looked at, the time is that of returning it.
   */
  record(mode: SearchMode, slots: number, ef: number, k: number, { stats }: VectorSearchResult): void {
    if (stats.walked > 0) {
      this.#msPerDistance = averaged(this.#msPerDistance, stats.walkMs / stats.walked);
      const width = stats.seen === 0 ? ef : stats.seen;
      if (stats.gaveUp === 0) this.#walks.record(width, stats.walkMs / width);
    }
    const scan = mode === "exact" ? "exact" : "codes";
    if (stats.scanMs > 0 && slots > 0 && (k <= fewReturned || k * fewReturned <= slots))
      this.#scans[scan].record(slots, stats.scanMs / slots);
  }

  /** Measures every kind of search once or twice, unless that was done when the graph was at least half as large. */
  calibrate(index: VectorIndex, query: Float32Array, live: Uint32Array): void {
    const { indexed } = index;
    if (indexed === 0 || indexed < 2 * this.#calibratedAt) return;
    this.#calibratedAt = indexed;
    const most = Math.max(32, Math.floor(calibrationFloats / this.#dimension));
    for (const ef of [16, 128]) {
      for (let round = 0; round < 2; round++) {
        const found = index.searchSync(query, { k: 10, ef, mode: "graph", allow: live });
        this.record("graph", 0, ef, 10, found);
      }
    }
    for (const slots of [Math.min(most, 64), Math.min(most, 2048, indexed)]) {
      const allow = emptyBitset(index.slots);
      const step = Math.max(1, Math.floor(index.slots / slots));
      for (let i = 0; i < slots; i++) setBit(allow, i * step);
      for (const mode of ["exact", "codes"] as const) {
        const found = index.searchSync(query, { k: 10, mode, allow });
        this.record(mode, slots, 0, 10, found);
      }
    }
  }
}

const known = new WeakMap<VectorIndex, SearchCosts>();

export function costsOf(index: VectorIndex): SearchCosts {
  let costs = known.get(index);
  if (costs === undefined) {
    costs = new SearchCosts(index.dimension);
    known.set(index, costs);
  }
  return costs;
}

/** Time a piece, which depends on how many pieces there are: caches, and work that does not grow with them. */
class Curve {
  /** By the logarithm of the number of pieces. */
  readonly #averages: (number | undefined)[] = [];

  record(pieces: number, ms: number): void {
    const place = placeOf(pieces);
    this.#averages[place] = averaged(this.#averages[place], ms);
  }

  /** Between two places that are known, in proportion; beyond them, as at the nearest. */
  at(pieces: number): number | undefined {
    const place = placeOf(pieces);
    let below = place;
    while (below >= 0 && this.#averages[below] === undefined) below--;
    let above = place;
    while (above < this.#averages.length && this.#averages[above] === undefined) above++;
    const low = this.#averages[below];
    const high = this.#averages[above];
    if (low === undefined || high === undefined || above === below) return low ?? high;
    return low + ((high - low) * (place - below)) / (above - below);
  }
}

function placeOf(pieces: number): number {
  return 31 - Math.clz32(Math.max(1, pieces));
}

function averaged(average: number | undefined, measured: number): number {
  if (average === undefined) return measured;
  const believed = Math.min(Math.max(measured, average / outlier), average * outlier);
  return average + weight * (believed - average);
}
