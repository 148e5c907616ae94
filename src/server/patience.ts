/** How long a client may take for sending something: so long without a byte, and so long in all. */
import { FrancaError } from "../errors.ts";
import type { Exchange } from "./exchange.ts";

export class Patience {
  readonly #exchange: Exchange;
  readonly #what: string;
  readonly #idleMs: number;
  readonly #totalMs: number;
  readonly #untilMs: number;

  /** From now on. Without `totalMs` only silence counts. */
  constructor(exchange: Exchange, what: string, idleMs: number, totalMs: number = Number.POSITIVE_INFINITY) {
    this.#exchange = exchange;
    this.#what = what;
    this.#idleMs = idleMs;
    this.#totalMs = totalMs;
    this.#untilMs = exchange.nowMs() + totalMs;
    this.#expectMore();
  }

  /** Something came. */
  refresh(): void {
    if (this.#exchange.nowMs() > this.#untilMs)
      this.#end(`the ${this.#what} did not come in ${this.#totalMs} ms`);
    else this.#expectMore();
  }

  stop(): void {
    this.#exchange.expectNothing();
  }

  #expectMore(): void {
    this.#exchange.expect(this.#idleMs, () =>
      this.#end(`no byte of the ${this.#what} came in ${this.#idleMs} ms`),
    );
  }

  #end(message: string): void {
    this.#exchange.abort(new FrancaError("deadline_exceeded", message, { details: { httpStatus: 408 } }));
  }
}
