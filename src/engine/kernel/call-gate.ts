/**
 * Who may touch an index when: any number of calls at once, one of the exclusive ones (build, save, load) at a
 * time, and none after `close`, which waits for those that run.
 */
import { FrancaError } from "../../errors.ts";

export class CallGate {
  #running = 0;
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
    this.#running++;
    try {
      return await call();
    } finally {
      this.#leave();
    }
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
