/** Guessing at keys, slowed down: how many wrong ones an address may show. */
import { FrancaError } from "../../errors.ts";
import type { Clock } from "../clock.ts";
import { addressGroup } from "./address-group.ts";
import type { Rate } from "./key.ts";
import { TokenBucket, TokenBuckets } from "./rate.ts";

const mostAddresses = 10_000;
const usualRate: Rate = { requestsPerSecond: 1 / 3, burst: 20 };

export class WrongKeys {
  readonly #failures: TokenBuckets;

  /** @param rate of one address (of IPv6, one /64 network) before it must wait. Default 20, and one more each 3 s. */
  constructor(rate: Rate = usualRate, clock?: Pick<Clock, "nowMs">) {
    const { requestsPerSecond, burst } = rate;
    this.#failures = new TokenBuckets(mostAddresses, () => new TokenBucket(requestsPerSecond, burst, clock));
  }

  /**
   * Whatever it shows, a right key included: else guessing would go on at full speed.
   * @throws FrancaError resource_exhausted
   */
  assertMayTry(address: string | undefined): void {
    const retryAfterMs = this.#failures.wait(addressGroup(address));
    if (retryAfterMs === 0) return;
    throw new FrancaError(
      "resource_exhausted",
      `too many wrong keys came from this address; the next may be tried in ${retryAfterMs} ms`,
      { details: { retryAfterMs } },
    );
  }

  wasWrong(address: string | undefined): void {
    this.#failures.take(addressGroup(address));
  }
}
