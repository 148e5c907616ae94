/**
 * Places to work in. So many requests are worked on at once, so many more wait, so long; what is beyond is refused before
 * its body is read. There is a lane for searches and reads and one for writes and administration, so that a search never
 * waits behind writes.
 */
import type { Route } from "../dialect.ts";
import { FrancaError } from "../errors.ts";
import type { Clock } from "./clock.ts";
import type { Limits } from "./limits.ts";
import type { Lane } from "./observer.ts";

export type Lanes = { readonly [lane in Lane]: Places };

export function lanesOf(limits: Limits, clock: Clock): Lanes {
  const { concurrentRequests, queuedRequests, queueWaitMs } = limits;
  return {
    read: new Places("search and read", concurrentRequests, queuedRequests, queueWaitMs, clock),
    write: new Places("write", Math.ceil(concurrentRequests / 4), queuedRequests, queueWaitMs, clock),
  };
}

/** Undefined: needs no place. */
export function laneOf(kind: Route["kind"]): Lane | undefined {
  if (kind === "health") return undefined;
  return kind === "search" || kind === "read" ? "read" : "write";
}

export class Places {
  readonly #what: string;
  readonly #places: number;
  readonly #queueLength: number;
  readonly #waitMs: number;
  readonly #clock: Clock;
  /** In the order in which they came; a Set, so that one that gives up leaves at once. */
  readonly #queue = new Set<() => void>();
  #running = 0;

  constructor(what: string, places: number, queueLength: number, waitMs: number, clock: Clock) {
    this.#what = what;
    this.#places = places;
    this.#queueLength = queueLength;
    this.#waitMs = waitMs;
    this.#clock = clock;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** For refusing early, before a body is read. @throws FrancaError resource_exhausted */
  assertRoom(): void {
    if (this.#running < this.#places || this.#queue.size < this.#queueLength) return;
    throw busy(`${this.#what} requests: ${this.#running} are worked on and ${this.#queue.size} wait`);
  }

  /**
   * Undefined when there is a place at once; it is held until `leave`.
   * @throws FrancaError resource_exhausted when the queue is full or the wait too long; the signal's reason
   */
  enter(signal: AbortSignal): Promise<void> | undefined {
    signal.throwIfAborted();
    if (this.#running < this.#places) {
      this.#running++;
      return undefined;
    }
    this.assertRoom();
    return new Promise((resolve, reject) => {
      const giveUp = (error: unknown): void => {
        stopWaiting();
        reject(error);
      };
      const onAbort = (): void => giveUp(signal.reason);
      const onPlace = (): void => {
        stopWaiting();
        resolve();
      };
      const calledOff = this.#clock.after(this.#waitMs, () =>
        giveUp(busy(`no place to work for a ${this.#what} request came free in ${this.#waitMs} ms`)),
      );
      const stopWaiting = (): void => {
        calledOff();
        signal.removeEventListener("abort", onAbort);
        this.#queue.delete(onPlace);
      };
      signal.addEventListener("abort", onAbort);
      this.#queue.add(onPlace);
    });
  }

  /** Gives the place to the first that waits. */
  leave(): void {
    const next = this.#queue.values().next().value;
    if (next === undefined) this.#running--;
    else next();
  }
}

/**
 * Bytes that are held for requests. What is small is refused only at twice the limit, so that those who fill it with what is
 * large do not keep searches out.
 */
export class HeldBytes {
  readonly #limit: number;
  readonly #refusal: (bytes: number, limit: number) => FrancaError;
  #bytes = 0;

  constructor(limit: number, refusal: (bytes: number, limit: number) => FrancaError) {
    this.#limit = limit;
    this.#refusal = refusal;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `already` are held for the same request. @throws FrancaError, with nothing more held */
  hold(bytes: number, already: number): void {
    const limit = already + bytes <= smallBytes ? 2 * this.#limit : this.#limit;
    if (this.#bytes + bytes > limit) {
      throw this.#refusal(this.#bytes, limit);
    }
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

const smallBytes = 64 * 1024;

export function bodiesHeld(bytes: number, limit: number): FrancaError {
  return busy(`${bytes} bytes of bodies are held in memory, of at most ${limit}`);
}

/** Its request is done by then: a pause to wait for would say that nothing was begun, and a write would be written again. */
export function answersHeld(bytes: number, limit: number): FrancaError {
  return new FrancaError(
    "unavailable",
    `the answer cannot be sent: ${bytes} bytes of answers that clients have not read are held in memory, of at most ${limit}`,
  );
}

export function busy(what: string): FrancaError {
  return new FrancaError("resource_exhausted", `the server is busy: ${what}; try again later`, {
    details: { retryAfterMs: 1_000 },
  });
}
