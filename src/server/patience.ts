/** How long a client may take for sending something: so long without a byte, and so long in all. */
import { FrancaError } from "../errors.ts";
import type { Exchange } from "./exchange.ts";

export class Patience {
  readonly #exchange: Exchange;
  readonly #what: string;
  readonly #totalMs: number;
  readonly #beganMs = performance.now();
  readonly #idle: NodeJS.Timeout;

  /** From now on. Without `totalMs` only silence counts. */
  constructor(exchange: Exchange, what: string, idleMs: number, totalMs: number = Number.POSITIVE_INFINITY) {
    this.#exchange = exchange;
    this.#what = what;
    this.#totalMs = totalMs;
    this.#idle = setTimeout(() => this.#end(`no byte of the ${what} came in ${idleMs} ms`), idleMs);
  }

  /** Something came. */
  refresh(): void {
    this.#idle.refresh();
    if (performance.now() - this.#beganMs > this.#totalMs)
      this.#end(`the ${this.#what} did not come in ${this.#totalMs} ms`);
  }

  stop(): void {
    clearTimeout(this.#idle);
  }

  #end(message: string): void {
    this.#exchange.abort(new FrancaError("deadline_exceeded", message, { details: { httpStatus: 408 } }));
  }
}
