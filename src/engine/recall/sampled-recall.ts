/**
 * Recall as it is: some of the queries that are answered approximately are repeated exactly, in the background, over the
 * same points, for a bounded share of the time.
 */
import type { RecallEstimate } from "../../model/result.ts";
import { type Bitset, countBits } from "../bitset.ts";
import { nextTurn } from "../kernel/turn.ts";
import type { CollectionView } from "../view.ts";
import { type FilterClass, filterClassOf } from "./filter-class.ts";
import type { DoneSearch } from "./guide.ts";
import { oneSided, Tally, twoSided } from "./interval.ts";
import type { Clock } from "./pacer.ts";

/** Of each class the last so many samples count. */
const mostSamples = 500;
/** Time that may be saved up for a busier hour: what this long a rest earns. */
const savingsMs = 60_000;
/** With so many samples a target that is missed is told. */
const tellingSamples = 64;

export interface SampledRecallOptions {
  /** Share of the time, 0 to 1; 0 measures nothing. */
  share: number;
  clock: Clock;
  /** Begins a read and returns what ends it: what lives now stays where it is meanwhile. */
  beginRead: () => () => void;
  /** Queries with a target found less than it, and not by chance. */
  onMissed: (field: string, filter: FilterClass, k: number) => void;
}

interface Class {
  field: string;
  filter: FilterClass;
  k: number;
  all: Tally;
  /** Of queries with a target since it was last missed: what they were to find, and what they found. */
  targeted: Tally;
  targets: number;
}

export class SampledRecall {
  readonly #view: CollectionView;
  readonly #options: SampledRecallOptions;
  readonly #classes = new Map<string, Class>();
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  /** Milliseconds that may be spent; below 0 after a sample that took more. */
  #balanceMs = 0;
  #countedAt: number;

  constructor(view: CollectionView, options: SampledRecallOptions) {
    this.#view = view;
    this.#options = options;
    this.#countedAt = options.clock.now();
  }

  searched(search: DoneSearch): void {
    const { share, clock } = this.#options;
    if (share === 0 || search.exact || search.k === 0) return;
    if (this.#running !== undefined || this.#stopped.signal.aborted) return;
    const now = clock.now();
    this.#balanceMs = Math.min(savingsMs * share, this.#balanceMs + (now - this.#countedAt) * share);
    this.#countedAt = now;
    if (this.#balanceMs <= 0 && share < 1) return;
    // Those that live now keep their slots until the read ends; of others a slot may be another's by then.
    if (!isWithin(search.allow, this.#view.slotsWithVector(search.field))) return;
    const endRead = this.#options.beginRead();
    const vector = search.vector.slice();
    this.#running = this.#sample({ ...search, vector })
      // The next query may be measured; that one could not be says nothing about recall.
      .catch(() => {})
      .then(() => {
        endRead();
        this.#running = undefined;
      });
  }

  /** Waits for the sample under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  get estimates(): RecallEstimate[] {
    return [...this.#classes.values()].map(({ field, filter, k, all }) => {
      return { field, filter, k, ...all.estimate(twoSided) };
    });
  }

  async #sample(search: DoneSearch): Promise<void> {
    const { field, vector, k, allow, distances } = search;
    const { clock } = this.#options;
    // The query that this is about is answered first.
    await nextTurn();
    if (this.#stopped.signal.aborted) return;
    const began = clock.now();
    const index = this.#view.vectorIndex(field);
    const { signal } = this.#stopped;
    const { distances: exact, counts } = await index.search(vector, { k, exact: true, allow, signal });
    this.#balanceMs -= clock.now() - began;
    // What died meanwhile is missing from the exact answer.
    const live = this.#view.slotsWithVector(field);
    if (counts[0]! < k || !isWithin(allow, live)) return;
    const kth = exact[k - 1]!;
    const found = Math.min(k, distances.filter((distance) => distance <= kth).length);
    this.#add(search, found, countBits(live));
  }

  #add({ field, k, matches, target }: DoneSearch, found: number, points: number): void {
    const filter = filterClassOf(matches, points);
    const size = k <= 1 ? 1 : k <= 10 ? 10 : 100;
    const key = `${field} ${filter} ${size}`;
    let own = this.#classes.get(key);
    if (own === undefined) {
      own = { field, filter, k: size, all: new Tally(), targeted: new Tally(), targets: 0 };
      this.#classes.set(key, own);
    }
    own.all.add(found, k);
    own.all.keep(mostSamples);
    if (target === undefined) return;
    own.targeted.add(found, k);
    own.targets += target;
    if (own.targeted.samples < tellingSamples) return;
    const isMissed = own.targeted.estimate(oneSided).high < own.targets / own.targeted.samples;
    if (!isMissed && own.targeted.samples < mostSamples) return;
    own.targeted = new Tally();
    own.targets = 0;
    if (isMissed) this.#options.onMissed(field, filter, k);
  }
}

/** Whether every slot of `some` is in `all`. */
function isWithin(some: Bitset, all: Bitset): boolean {
  return some.every((word, i) => (word & ~(all[i] ?? 0)) === 0);
}
