/** What the listeners of one server share: its store, its limits, its places to work in, and whether it is stopping. */
import { FrancaError } from "../errors.ts";
import type { Store } from "../store.ts";
import { answersHeld, bodiesHeld, busy, HeldBytes, type Lanes, lanesOf } from "./admission.ts";
import type { JsonReader } from "./body.ts";
import type { Clock } from "./clock.ts";
import type { Exchange } from "./exchange.ts";
import type { Guard } from "./guard.ts";
import type { Limits } from "./limits.ts";
import type { Observer } from "./observer.ts";
import type { Readiness } from "./readiness.ts";
import { Watch } from "./watch.ts";

const exchangesPerConnection = 4;

export class Host {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly guard: Guard | undefined;
  readonly observer: Observer | undefined;
  readonly readJson: JsonReader;
  readonly readiness: (() => Readiness | Promise<Readiness>) | undefined;
  readonly allowedOrigins: readonly string[];
  /** Undefined: asked by any name it answers. See origins.ts. */
  readonly ownNames: ReadonlySet<string> | undefined;
  readonly onWarning: (warning: FrancaError) => void;
  readonly lanes: Lanes;
  /** Of bodies that came in. */
  readonly held: HeldBytes;
  /** Of answers that clients have not taken yet. */
  readonly untaken: HeldBytes;
  readonly #exchanges = new Set<Exchange>();
  readonly #watch: Watch;
  readonly #onQuiet: (() => void)[] = [];
  #store: Store | undefined;
  #failedToOpen: unknown;
  #isStopping = false;

  constructor(parts: Pick<Host, HostPart> & { store: Store | Promise<Store> }) {
    this.limits = parts.limits;
    this.guard = parts.guard;
    this.observer = parts.observer;
    this.readJson = parts.readJson;
    this.readiness = parts.readiness;
    this.allowedOrigins = parts.allowedOrigins;
    this.ownNames = parts.ownNames;
    this.onWarning = parts.onWarning;
    this.clock = parts.clock;
    this.#watch = new Watch(this.#exchanges, parts.clock);
    this.lanes = lanesOf(parts.limits, parts.clock);
    this.held = new HeldBytes(parts.limits.heldBytes, bodiesHeld);
    this.untaken = new HeldBytes(parts.limits.heldBytes, answersHeld);
    if (!(parts.store instanceof Promise)) this.#store = parts.store;
    else
      parts.store.then(
        (store) => {
          this.#store = store;
        },
        (error) => {
          this.#failedToOpen = error;
        },
      );
  }

  /** @throws FrancaError unavailable when the server stops, or its store is not open yet */
  get store(): Store {
    if (this.#isStopping) throw stopping();
    if (this.#store !== undefined) return this.#store;
    const failed = this.#failedToOpen !== undefined;
    throw new FrancaError(
      "unavailable",
      failed ? "the database could not be opened: its server's log says why" : "the database is being opened",
      { details: { retryAfterMs: 1_000 }, cause: this.#failedToOpen },
    );
  }

  get state(): "opening" | "failed" | "serving" | "stopping" {
    if (this.#isStopping) return "stopping";
    if (this.#store !== undefined) return "serving";
    return this.#failedToOpen === undefined ? "opening" : "failed";
  }

  /** Requests under way, and handlers that still run after theirs was aborted. */
  get exchanges(): Iterable<Exchange> {
    return this.#exchanges;
  }

  /** @throws FrancaError resource_exhausted when more is under way than all connections could rightly ask for */
  assertRoom(): void {
    const { size } = this.#exchanges;
    if (size > exchangesPerConnection * this.limits.connections) throw busy(`${size} requests are under way`);
  }

  begin(exchange: Exchange): void {
    this.#exchanges.add(exchange);
    this.#watch.start();
  }

  end(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size === 0) for (const resolve of this.#onQuiet.splice(0)) resolve();
  }

  /** When nothing is under way. */
  quiet(): Promise<void> {
    if (this.#exchanges.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onQuiet.push(resolve));
  }

  stopTaking(): void {
    this.#isStopping = true;
  }
}

type HostPart =
  | "clock"
  | "limits"
  | "guard"
  | "observer"
  | "readJson"
  | "readiness"
  | "allowedOrigins"
  | "ownNames"
  | "onWarning";

function stopping(): FrancaError {
  return new FrancaError("unavailable", "the server is stopping; try again, or another one", {
    details: { retryAfterMs: 1_000 },
  });
}
