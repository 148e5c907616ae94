/**
 * How hard a background build works. It goes by stretches; while queries come, it rests between them, the longer the
 * less there is to do: a query scans what no graph holds yet, so that far behind, building fast is what helps queries most.
 */

/** A build stops this often to look around. */
export const stretchMs = 100;

/** From so many slots behind on it never rests. */
const farBehind = 50_000;
/** The share of the time that it works while queries come and little is to be done. */
const leastShare = 0.3;
/** A query so long ago is over, and speaks of no more to come. */
const quietMs = 1000;

export class BuildPace {
  readonly #now: () => number;
  #lastQuery = Number.NEGATIVE_INFINITY;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  queried(): void {
    this.#lastQuery = this.#now();
  }

  /** Whether nobody asks, so that a build may take the whole machine. */
  get isQuiet(): boolean {
    return this.#now() - this.#lastQuery > quietMs;
  }

  /** After a stretch that took `workedMs`, with `pending` slots left. */
  restMs(workedMs: number, pending: number): number {
    if (this.isQuiet) return 0;
    const share = Math.min(1, Math.max(leastShare, pending / farBehind));
    return workedMs * (1 / share - 1);
  }
}
