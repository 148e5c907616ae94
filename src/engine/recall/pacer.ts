/**
 * Spreads background work over time: after each short piece it rests, so that the work takes a share of the time only.
 */
import { cancelledError } from "../../errors.ts";
import { createPauser } from "../query/pause.ts";

export interface Clock {
  /** Milliseconds from some moment on. */
  now(): number;
  /** Resolves after `ms`, or before when `signal` aborts. Keeps no process alive. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A rest is looked at again after so long, since the work may have become urgent. */
const napMs = 50;

export class Pacer {
  readonly #clock: Clock;
  readonly #share: () => number;
  readonly #signal: AbortSignal;
  #nap: AbortController | undefined;
  /** Work on the calling thread gives the event loop its turns, also when it does not rest. */
  readonly #pause: () => Promise<void> | undefined = createPauser();

  /** @param share of the time, above 0; 1 rests never */
  constructor(clock: Clock, share: () => number, signal: AbortSignal) {
    this.#clock = clock;
    this.#share = share;
    this.#signal = signal;
  }

  /** @throws FrancaError cancelled */
  async run<T>(piece: () => Promise<T>): Promise<T> {
    if (this.#signal.aborted) throw cancelledError("measuring recall", this.#signal);
    const began = this.#clock.now();
    const result = await piece();
    const spent = this.#clock.now() - began;
    await this.#pause();
    let rested = 0;
    while (!this.#signal.aborted && rested < spent * (1 / this.#share() - 1)) {
      const ms = Math.min(spent * (1 / this.#share() - 1) - rested, napMs);
      this.#nap = new AbortController();
      await this.#clock.sleep(ms, AbortSignal.any([this.#signal, this.#nap.signal]));
      rested += ms;
    }
    return result;
  }

  /** Ends a rest, when the share has become 1: a rest keeps no process alive, and somebody waits now. */
  wake(): void {
    this.#nap?.abort();
  }
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      // In Node a rest keeps no process alive.
      if (typeof timer === "object") (timer as { unref?: () => void }).unref?.();
      signal.addEventListener("abort", done);
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      }
    }),
};
