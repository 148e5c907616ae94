/**
 * One timer for all requests under way, which looks whether the time of one of them is over. Two timers for each would take a
 * tenth of what a small request takes.
 */
import type { Clock } from "./clock.ts";
import type { Exchange } from "./exchange.ts";

/** How late a deadline may be noticed. */
const everyMs = 20;
/** Looks with nothing to look at before it stops; starting and stopping all the time would cost what it saves. */
const patienceLooks = 50;

export class Watch {
  readonly #exchanges: ReadonlySet<Exchange>;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  #emptyLooks = 0;

  constructor(exchanges: ReadonlySet<Exchange>, clock: Clock) {
    this.#exchanges = exchanges;
    this.#clock = clock;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), everyMs).unref();
  }

  #look(): void {
    const nowMs = this.#clock.nowMs();
    for (const exchange of this.#exchanges) exchange.look(nowMs);
    this.#emptyLooks = this.#exchanges.size === 0 ? this.#emptyLooks + 1 : 0;
    if (this.#emptyLooks < patienceLooks) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#emptyLooks = 0;
  }
}
