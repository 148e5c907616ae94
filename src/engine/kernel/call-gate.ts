/**
 * Who may touch an index when: any number of calls at once, one of the exclusive ones (build, save, load) at a
 * time, and none after `close`, which waits for those that run.
 */
import { FrancaError } from "../../errors.ts";

/** Calls that began between two `settled`. */
interface Generation {
  running: number;
  ended?: () => void;
}

export class CallGate {
  #running = 0;
  #generation: Generation = { running: 0 };
  #earlier: Promise<unknown> = Promise.resolve();
  #exclusive: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  /** Throws failed_precondition once the index was freed. */
  assertOpen(): void {
    if (this.#closing === undefined) return;
    throw new FrancaError("failed_precondition", "the vector index was freed; create it again to use it");
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    this.assertOpen();
    const generation = this.#generation;
    generation.running++;
    this.#running++;
    try {
      return await call();
    } finally {
      generation.running--;
      if (generation.running === 0) generation.ended?.();
      this.#leave();
    }
  }

  /** Resolves when the calls that `run` has begun before have ended. */
  async settled(): Promise<void> {
    const closed = this.#generation;
    this.#generation = { running: 0 };
    if (closed.running > 0) {
      const ended = new Promise<void>((resolve) => {
        closed.ended = resolve;
      });
      this.#earlier = Promise.all([this.#earlier, ended]);
    }
    await this.#earlier;
  }

  /** Waits for its turn among the exclusive calls; the returned function gives it up and must be called. */
  async enter(): Promise<() => void> {
    this.assertOpen();
    this.#running++;
    const turn = this.#exclusive;
    let done: () => void = () => {};
    this.#exclusive = new Promise((resolve) => {
      done = resolve;
    });
    await turn;
    return () => {
      done();
      this.#leave();
    };
  }

  /** Runs `release` when the last call has ended. Closing again waits for the first. */
  close(release: () => void): Promise<void> {
    this.#closing ??= this.#drain().then(release);
    return this.#closing;
  }

  #drain(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  #leave(): void {
    this.#running--;
    if (this.#running === 0) this.#drained?.();
  }
}
