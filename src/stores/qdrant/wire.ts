/**
 * Requests to a Qdrant: deadlines, tries, and errors as every store throws them. Tried again, after a pause with jitter, is what
 * was answered with 429 or 5xx and what a broken connection took; nothing else, and never what would answer otherwise the second
 * time.
 */
import { cancelledError, FrancaError } from "../../errors.ts";
import { type Attempt, errorOf, type Failure } from "../calls/attempt.ts";
import { Closing } from "../calls/closing.ts";
import { deadlineError, Stop } from "../calls/stop.ts";
import { Client, type Payload } from "./client.ts";
import { failureOf } from "./failure.ts";
import { Walks } from "./id-order.ts";
import { type OperationName, operations } from "./operations.ts";
import type { CheckedQdrantOptions } from "./options.ts";

const firstPauseMs = 100;
const longestPauseMs = 5_000;

export class Wire {
  readonly options: CheckedQdrantOptions;
  readonly #client: Client;
  readonly #closing = new Closing();
  readonly #writes = new Set<Promise<unknown>>();
  /** By collection, of the writes that went through here. */
  readonly #lsns = new Map<string, number>();
  readonly #walks = new Map<string, Walks>();

  constructor(options: CheckedQdrantOptions) {
    this.options = options;
    this.#client = new Client(options);
  }

  /** Later calls are refused, reads under way cancelled, writes under way waited for. */
  async close(): Promise<void> {
    this.#closing.close();
    await Promise.allSettled(this.#writes);
  }

  /**
   * Keeps what it does from being cut by `close`: a write of several requests.
   * @throws FrancaError failed_precondition when it is closed
   */
  async whole<T>(write: () => Promise<T>, signal: AbortSignal | undefined, what: string): Promise<T> {
    this.expectOpen(what, signal);
    const run = write();
    this.#writes.add(run);
    const done = (): void => void this.#writes.delete(run);
    run.then(done, done);
    return run;
  }

  /** The `result` of the answer. @param ongoing of the write that it belongs to */
  async call<T>(
    name: OperationName,
    payload: Payload,
    { signal, ongoing }: { signal?: AbortSignal | undefined; ongoing?: Ongoing } = {},
  ): Promise<T> {
    if (ongoing === undefined) this.expectOpen(name, signal);
    else if (signal?.aborted) throw cancelledError(name, signal);
    const { timeoutMs, retries } = this.options;
    const { kind } = operations[name];
    const until = performance.now() + timeoutMs;
    for (let tries = 0; ; tries++) {
      const attempt = await this.#try<T>(name, payload, {
        signal,
        ongoing,
        tries,
        leftMs: until - performance.now(),
      });
      if ("value" in attempt) return attempt.value;
      const { failure } = attempt;
      // Full jitter: many clients do not come back at once.
      const jitterMs = Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** tries);
      const pauseMs = jitterMs + (failure.leastPauseMs ?? 0);
      const isLast = tries >= retries || performance.now() + pauseMs >= until;
      if (isLast || !isWorthAnotherTry(failure, kind))
        throw errorOf(failure, { kind: kind === "read" ? "read" : "write" });
      await this.#pause(pauseMs, name, { signal, ongoing });
    }
  }

  walksOf(collection: string): Walks {
    const walks = this.#walks.get(collection) ?? new Walks();
    this.#walks.set(collection, walks);
    return walks;
  }

  /** One of the same name is another collection. */
  forget(collection: string): void {
    this.#walks.delete(collection);
    this.#lsns.delete(collection);
  }

  /** The greatest sequence number of a write that was answered here; 0 before the first. */
  lastLsn(collection: string): number {
    return this.#lsns.get(collection) ?? 0;
  }

  /** Of a write that has been answered. */
  seenLsn(collection: string, lsn: number | null | undefined): number {
    const seen = Math.max(this.lastLsn(collection), lsn ?? 0);
    this.#lsns.set(collection, seen);
    return lsn ?? seen;
  }

  expectOpen(what: string, signal: AbortSignal | undefined): void {
    if (this.#closing.isClosed) throw closedError();
    if (signal?.aborted) throw cancelledError(what, signal);
  }

  async #try<T>(
    name: OperationName,
    payload: Payload,
    { signal, ongoing, tries, leftMs }: Asked & { tries: number; leftMs: number },
  ): Promise<Attempt<T>> {
    const stop = this.#stopOf(name, { signal, ongoing }).after(Math.max(1, leftMs), () =>
      deadlineError(this.options.timeoutMs),
    );
    try {
      return { value: (await this.#client.send(name, payload, stop.signal, tries > 0)) as T };
    } catch (error) {
      if (stop.error !== undefined)
        return { failure: { error: stop.error, isUndone: false, isPassing: false } };
      return { failure: failureOf(error, this.#client.base) };
    } finally {
      stop.end();
    }
  }

  #stopOf(name: OperationName, { signal, ongoing }: Asked): Stop {
    const stop = new Stop().when(signal, () => cancelledError(name, signal));
    return ongoing === undefined && operations[name].kind === "read"
      ? stop.whenClosed(this.#closing, closedError)
      : stop;
  }

  /** Cut short by whatever makes another try pointless. */
  async #pause(ms: number, name: OperationName, asked: Asked): Promise<void> {
    const stop = this.#stopOf(name, asked);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const cut = (): void => {
        clearTimeout(timer);
        resolve();
      };
      if (stop.signal.aborted) cut();
      else stop.signal.addEventListener("abort", cut, { once: true });
    });
    stop.end();
    if (asked.ongoing === undefined) this.expectOpen(name, asked.signal);
    else if (asked.signal?.aborted) throw cancelledError(name, asked.signal);
  }
}

/** Of a write that was begun before the store was closed, and is finished. */
export interface Ongoing {
  readonly isOngoing: true;
}

interface Asked {
  signal: AbortSignal | undefined;
  ongoing: Ongoing | undefined;
}

function isWorthAnotherTry({ isUndone, isPassing }: Failure, kind: "read" | "same" | "once"): boolean {
  return isPassing && (isUndone || kind !== "once");
}

function closedError(): FrancaError {
  return new FrancaError("failed_precondition", "the store is closed; open it again");
}
