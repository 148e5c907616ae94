/** How often something may happen: buckets of tokens that fill with time, one alone or one for each of many names. */

import { type Clock, systemClock } from "../clock.ts";

export class TokenBucket {
  readonly #perMs: number;
  readonly #size: number;
  readonly #clock: Pick<Clock, "nowMs">;
  #tokens: number;
  #filledMs: number;

  /** Full at first. */
  constructor(perSecond: number, size: number, clock: Pick<Clock, "nowMs"> = systemClock) {
    this.#perMs = perSecond / 1000;
    this.#size = size;
    this.#clock = clock;
    this.#tokens = size;
    this.#filledMs = clock.nowMs();
  }

  /** Takes a token. 0 when there was one, else milliseconds until there will be; then nothing is taken. */
  take(): number {
    const waitMs = this.wait();
    if (waitMs === 0) this.#tokens -= 1;
    return waitMs;
  }

  /** What `take` would answer. */
  wait(): number {
    const nowMs = this.#clock.nowMs();
    const added = Math.max(0, nowMs - this.#filledMs) * this.#perMs;
    this.#tokens = Math.min(this.#size, this.#tokens + added);
    this.#filledMs = nowMs;
    return this.#tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - this.#tokens) / this.#perMs));
  }
}

/**
 * A bucket for each name, of which so many are remembered; beyond that the one that was used longest ago is forgotten, and
 * begins anew if it comes back.
 */
export class TokenBuckets {
  readonly #make: () => TokenBucket;
  readonly #most: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(most: number, make: () => TokenBucket) {
    this.#most = most;
    this.#make = make;
  }

  get count(): number {
    return this.#buckets.size;
  }

  take(name: string): number {
    const bucket = this.#buckets.get(name) ?? this.#make();
    // The order of a Map is that of insertion: the first is the one used longest ago.
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > this.#most) this.#buckets.delete(this.#buckets.keys().next().value!);
    return bucket.take();
  }

  /** 0 for a name that is not known, which is not remembered by it. */
  wait(name: string): number {
    return this.#buckets.get(name)?.wait() ?? 0;
  }
}
