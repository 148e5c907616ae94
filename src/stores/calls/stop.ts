/**
 * What ends a try before its answer is there: the caller's signal, closing, the time. Its listeners go when it does; those of
 * AbortSignal.any stay as long as its longest source, which here is the store.
 */
import { FrancaError } from "../../errors.ts";
import type { Closing } from "./closing.ts";

export class Stop {
  readonly #controller = new AbortController();
  readonly #undo: (() => void)[] = [];

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the caller is told, when it was stopped. */
  get error(): FrancaError | undefined {
    return this.signal.aborted ? (this.signal.reason as FrancaError) : undefined;
  }

  when(source: AbortSignal | undefined, error: () => FrancaError): this {
    if (source === undefined) return this;
    const stop = (): void => this.#controller.abort(error());
    if (source.aborted) stop();
    else {
      source.addEventListener("abort", stop, { once: true });
      this.#undo.push(() => source.removeEventListener("abort", stop));
    }
    return this;
  }

  whenClosed(closing: Closing, error: () => FrancaError): this {
    const stop = (): void => this.#controller.abort(error());
    if (closing.isClosed) stop();
    else this.#undo.push(closing.whenClosed(stop));
    return this;
  }

  after(ms: number, error: () => FrancaError): this {
    const timer = setTimeout(() => this.#controller.abort(error()), ms);
    this.#undo.push(() => clearTimeout(timer));
    return this;
  }

  end(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }
}

export function deadlineError(timeoutMs: number): FrancaError {
  return new FrancaError("deadline_exceeded", `there was no answer within ${timeoutMs} ms`);
}
