/**
 * The clock of a server in a test: it goes as the machine's does until it is frozen, and is moved by hand then. What is due when
 * it moves happens before `advance` returns.
 */
import { badInput } from "../model/bad-input.ts";
import { type Clock, systemClock } from "../server/clock.ts";

interface Timer {
  dueMs: number;
  callback: () => void;
  stop: (() => void) | undefined;
}

export class TestClock implements Clock {
  /** Where both stand; while it goes, from when on. */
  #nowMs = systemClock.nowMs();
  #wallMs = systemClock.wallMs();
  #sinceMs: number | undefined = this.#nowMs;
  readonly #timers = new Set<Timer>();

  get isFrozen(): boolean {
    return this.#sinceMs === undefined;
  }

  nowMs(): number {
    return this.#nowMs + this.#goneMs();
  }

  wallMs(): number {
    return Math.floor(this.#wallMs + this.#goneMs());
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { dueMs: this.nowMs() + Math.max(0, ms), callback, stop: undefined };
    this.#timers.add(timer);
    if (!this.isFrozen) this.#start(timer);
    return () => {
      timer.stop?.();
      this.#timers.delete(timer);
    };
  }

  /** Stands still from now on, at the time that it has or that is given. */
  freeze(at?: Date): void {
    if (at !== undefined && Number.isNaN(at.getTime())) throw badInput("clock.freeze", "a date", String(at));
    this.#settle();
    this.#sinceMs = undefined;
    // Whole from here on: with a fraction, 4,999 and 1 more would not always make 5,000, and what is due then would never be.
    this.#nowMs = Math.ceil(this.#nowMs);
    if (at !== undefined) this.#wallMs = at.getTime();
    for (const timer of this.#timers) timer.stop?.();
  }

  /** Moves on, frozen or not. */
  advance(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw badInput("clock.advance", "milliseconds, 0 or more", ms);
    this.#settle();
    this.#nowMs += ms;
    this.#wallMs += ms;
    const due = [...this.#timers].filter(({ dueMs }) => dueMs <= this.#nowMs);
    for (const timer of due.sort((a, b) => a.dueMs - b.dueMs)) this.#ring(timer);
    if (!this.isFrozen) for (const timer of this.#timers) this.#start(timer);
  }

  /** Goes on from where it stands. */
  resume(): void {
    if (!this.isFrozen) return;
    this.#sinceMs = systemClock.nowMs();
    for (const timer of this.#timers) this.#start(timer);
  }

  #goneMs(): number {
    return this.#sinceMs === undefined ? 0 : systemClock.nowMs() - this.#sinceMs;
  }

  #settle(): void {
    const goneMs = this.#goneMs();
    this.#nowMs += goneMs;
    this.#wallMs += goneMs;
    if (!this.isFrozen) this.#sinceMs = systemClock.nowMs();
  }

  #start(timer: Timer): void {
    timer.stop?.();
    timer.stop = systemClock.after(timer.dueMs - this.nowMs(), () => this.#ring(timer));
  }

  #ring(timer: Timer): void {
    timer.stop?.();
    // One that rang before it may have called it off.
    if (this.#timers.delete(timer)) timer.callback();
  }
}
