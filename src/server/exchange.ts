/**
 * The life of one request, REST or gRPC: observed, let in, received, queued, handled within its time, ended. What arrives and
 * how it is answered is the listener's business.
 */
import { setMaxListeners } from "node:events";
import type { Access, Dialect } from "../dialect.ts";
import { FrancaError } from "../errors.ts";
import type { Store } from "../store.ts";
import { laneOf, type Places } from "./admission.ts";
import type { Caller } from "./guard.ts";
import type { Host } from "./host.ts";
import type { Observation, ObservedRequest } from "./observer.ts";

export interface Arrival extends Omit<ObservedRequest, "dialect"> {
  readonly dialect: Dialect;
  readonly access: Access;
}

export class Exchange {
  bytesIn = 0;
  bytesOut = 0;
  readonly #host: Host;
  readonly #arrival: Arrival;
  readonly #observation: Observation | undefined;
  readonly #controller = new AbortController();
  readonly #places: Places | undefined;
  readonly #beganMs: number;
  #receivedMs = 0;
  #enteredMs = 0;
  #handledMs = 0;
  #caller: string | undefined;
  #isTimeAsked = false;
  /** By the host's clock, like all times here. */
  #deadlineMs = Number.POSITIVE_INFINITY;
  #patienceMs = Number.POSITIVE_INFINITY;
  #onImpatient: (() => void) | undefined;
  /** Of the handler, and of whatever else is waited for: a stream in both directions waits for two things at once. */
  #interrupt: ((reason: unknown) => void) | undefined;
  #interrupts: Set<(reason: unknown) => void> | undefined;
  #heldBytes = 0;
  #isInPlace = false;
  #isHandling = false;
  #isEnded = false;

  constructor(host: Host, arrival: Arrival) {
    // A batch has as many listeners as it has operations, and Node would warn of more than ten.
    setMaxListeners(0, this.#controller.signal);
    this.#host = host;
    this.#arrival = arrival;
    this.#beganMs = host.clock.nowMs();
    const lane = laneOf(arrival.kind);
    this.#places = lane === undefined ? undefined : host.lanes[lane];
    this.#observation = host.observer?.begin({
      dialect: arrival.dialect.name,
      transport: arrival.transport,
      route: arrival.route,
      kind: arrival.kind,
      collection: arrival.collection,
      remoteAddress: arrival.remoteAddress,
      header: arrival.header,
    });
    host.begin(this);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  nowMs(): number {
    return this.#host.clock.nowMs();
  }

  get remoteAddress(): string | undefined {
    return this.#arrival.remoteAddress;
  }

  get requestId(): string | undefined {
    return this.#observation?.requestId;
  }

  /** The error as it is told to the client: with the number by which the server's log knows it. */
  told(error: FrancaError): FrancaError {
    const { requestId } = this;
    if (requestId === undefined) return error;
    const { code, message, details, cause } = error;
    return new FrancaError(code, message, { details: { ...details, requestId }, cause });
  }

  /**
   * The store as the caller may see it; what is "health" gets one only from a guard. Nothing of a body needs to have been
   * read.
   * @throws FrancaError unavailable, resource_exhausted, and whatever the guard throws
   */
  admit(): Store | undefined | Promise<Store> {
    const { guard } = this.#host;
    const { dialect, access, kind, header, remoteAddress } = this.#arrival;
    const whole = kind === "health" ? undefined : this.#host.store;
    if (kind !== "health") this.#host.assertRoom();
    if (guard === undefined || access === "open") {
      this.#places?.assertRoom();
      return whole === undefined ? undefined : this.#watched(whole);
    }
    const caller = guard.admit({ dialect, access, kind, header, remoteAddress });
    return caller instanceof Promise ? caller.then((one) => this.#let(one)) : this.#let(caller);
  }

  #let(caller: Caller): Store {
    this.#caller = caller.name;
    this.#places?.assertRoom();
    return this.#watched(caller.store);
  }

  /** The time that the client gives it, from its beginning; the shortest that it gives. */
  limitTime(askedMs: number): void {
    const deadlineMs = this.#beganMs + Math.min(askedMs, this.#host.limits.maxDeadlineMs);
    this.#deadlineMs = this.#isTimeAsked ? Math.min(this.#deadlineMs, deadlineMs) : deadlineMs;
    this.#isTimeAsked = true;
    this.look(this.nowMs());
  }

  /** The answer is a stream: it takes as long as the client reads, unless it asked for a time. */
  letStream(): void {
    if (!this.#isTimeAsked) this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  /** Unless it is called again, or `expectNothing`, within so long, `otherwise` happens. */
  expect(withinMs: number, otherwise: () => void): void {
    this.#patienceMs = this.nowMs() + withinMs;
    this.#onImpatient = otherwise;
  }

  expectNothing(): void {
    this.#patienceMs = Number.POSITIVE_INFINITY;
    this.#onImpatient = undefined;
  }

  /** Whether a time is over; called again and again by the host's watch. */
  look(nowMs: number): void {
    if (nowMs >= this.#deadlineMs) {
      this.abort(new FrancaError("deadline_exceeded", "the time for this request is over"));
    }
    if (nowMs < this.#patienceMs) return;
    const otherwise = this.#onImpatient;
    this.expectNothing();
    otherwise?.();
  }

  /** Counts bytes that came in and are in memory from now on. @throws FrancaError resource_exhausted */
  hold(bytes: number): void {
    this.#host.held.hold(bytes, this.#heldBytes);
    this.#heldBytes += bytes;
    this.bytesIn += bytes;
  }

  /** What was held is no longer needed, though the request goes on. */
  letGo(bytes: number): void {
    this.#host.held.release(bytes);
    this.#heldBytes -= bytes;
  }

  /**
   * Waits for a place and does the work there. What need not be waited for is not: a promise more takes as long as the rest of
   * a small request.
   * @throws FrancaError deadline_exceeded, cancelled, resource_exhausted, and whatever `work` throws
   */
  handle<T>(work: () => Promise<T> | T): Promise<T> | T {
    const { limits } = this.#host;
    if (this.#deadlineMs === Number.POSITIVE_INFINITY && this.#arrival.kind !== "health") {
      const timeMs = this.#arrival.kind === "admin" ? limits.maxDeadlineMs : limits.deadlineMs;
      this.#deadlineMs = this.nowMs() + timeMs;
    }
    const wait = this.enter();
    return wait === undefined ? this.#work(work) : wait.then(() => this.#work(work));
  }

  /** A stream in both directions: has no time but what the client gives it, and a place only between two messages. */
  handleStream<T>(work: () => T): T {
    this.#receivedMs = this.#enteredMs = this.nowMs();
    return this.#observation?.run ? this.#observation.run(work) : work();
  }

  /** Waits for a place to work in, if need be. @throws as Places.enter */
  enter(): Promise<void> | undefined {
    this.#receivedMs ||= this.nowMs();
    const wait = this.#places?.enter(this.signal);
    if (wait !== undefined) return wait.then(() => this.#entered());
    this.#entered();
    return undefined;
  }

  #entered(): void {
    this.#isInPlace = true;
    this.#enteredMs ||= this.nowMs();
  }

  leave(): void {
    this.#handledMs = this.nowMs();
    if (!this.#isInPlace) return;
    this.#isInPlace = false;
    this.#places?.leave();
  }

  /** Settles as the promise does, unless the request is aborted before: then what it does late is nobody's business. */
  untilAborted<T>(promise: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) reject(this.signal.reason);
      this.#interrupts ??= new Set();
      this.#interrupts.add(reject);
      promise.then(
        (value) => {
          this.#interrupts?.delete(reject);
          resolve(value);
        },
        (error) => {
          this.#interrupts?.delete(reject);
          reject(error);
        },
      );
    });
  }

  /** The client has gone, the time is over, or the server stops. */
  abort(reason: FrancaError): void {
    if (this.#isEnded || this.signal.aborted) return;
    this.#controller.abort(reason);
    this.#interrupt?.(reason);
    if (this.#interrupts !== undefined) for (const interrupt of this.#interrupts) interrupt(reason);
  }

  /** Once, however it went. A handler that still runs keeps its place until it is done. */
  end(status: number, error?: FrancaError): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (!this.#isHandling) {
      this.leave();
      this.#release();
    }
    if (this.#observation === undefined) return;
    const endMs = this.nowMs();
    const receivedMs = this.#receivedMs || endMs;
    const enteredMs = this.#enteredMs || endMs;
    this.#observation.end({
      caller: this.#caller,
      status,
      error,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      ms: {
        receive: receivedMs - this.#beganMs,
        queue: Math.max(0, enteredMs - receivedMs),
        handle: this.#enteredMs === 0 ? 0 : (this.#isHandling ? endMs : this.#handledMs) - enteredMs,
        total: endMs - this.#beganMs,
      },
    });
  }

  #watched(store: Store): Store {
    return this.#observation?.store?.(store) ?? store;
  }

  #work<T>(work: () => Promise<T> | T): Promise<T> | T {
    this.#isHandling = true;
    const done = (): void => {
      this.#isHandling = false;
      this.leave();
      if (this.#isEnded) this.#release();
    };
    let result: Promise<T> | T;
    try {
      result = this.#observation?.run ? this.#observation.run(work) : work();
    } catch (error) {
      done();
      throw error;
    }
    if (!(result instanceof Promise)) {
      done();
      return result;
    }
    const working = result;
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) reject(this.signal.reason);
      this.#interrupt = reject;
      working.then(
        (value) => {
          done();
          resolve(value);
        },
        (error) => {
          done();
          reject(error);
        },
      );
    });
  }

  #release(): void {
    this.#host.held.release(this.#heldBytes);
    this.#heldBytes = 0;
    this.#host.end(this);
  }
}
