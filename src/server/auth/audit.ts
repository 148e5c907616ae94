/**
 * The audit log: a line of JSON for each write, each change of which collections there are, and each refusal: when, who, from
 * where, what, to which collection, how many points, and how it ended. Never keys, payloads, vectors, filters or ids.
 *
 *  - What needs the role admin is told before it is done, too, and is not done when that cannot be written: nobody changes a
 *    database by hand behind a full disk.
 *  - Writes of points go on when the log cannot be written, with a warning: a full log must not become an outage. How many
 *    lines are missing is said by the next that can be written.
 *  - Refusals are told 10 a second for each caller, and for all who are not known together; more are counted, so that
 *    guessing keys cannot push everything else out of the log.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import { type Clock, systemClock } from "../clock.ts";
import { TokenBucket } from "./rate.ts";

/** Where lines go. */
export interface AuditSink {
  /** Takes a line, and resolves when it is handed to the system; rejects when it is not written, and never will be. */
  write(line: string): Promise<void>;
  /** Writes what was taken, and ends. */
  close(): Promise<void>;
}

/** Who does something. */
export interface Actor {
  /** Name of the key; undefined: unknown. */
  readonly caller: string | undefined;
  readonly remoteAddress: string | undefined;
}

export interface AuditedAction {
  /** Method of Store or Collection, or "admit read" and the like. */
  readonly action: string;
  readonly collection?: string;
  /** Of setAlias and dropAlias. */
  readonly alias?: string;
  /** Points that the call named, where it named any. */
  readonly asked?: number;
  /** Points that were written, changed or deleted. */
  readonly count?: number;
}

export interface AuditOptions {
  sink: AuditSink;
  onWarning: (warning: FrancaError) => void;
  clock?: Clock;
}

const refusalsPerSecond = 10;
const refusalsAtOnce = 100;

export class Audit {
  readonly #sink: AuditSink;
  readonly #onWarning: (warning: FrancaError) => void;
  readonly #clock: Clock;
  /** By name of the key: as many as there are keys, and one for the unknown. */
  readonly #refusals = new Map<string | undefined, { bucket: TokenBucket; untold: number }>();
  /** Lines that could not be written since the last that could. */
  #missing = 0;
  #isFailing = false;

  constructor({ sink, onWarning, clock = systemClock }: AuditOptions) {
    this.#sink = sink;
    this.#onWarning = onWarning;
    this.#clock = clock;
  }

  /** Before what needs admin. @throws FrancaError unavailable, when it must not be done */
  async begins(actor: Actor, action: AuditedAction): Promise<void> {
    try {
      await this.#write(actor, action, { outcome: "begins" });
    } catch (error) {
      throw new FrancaError(
        "unavailable",
        `${action.action} was not done, since the audit log cannot be written: the server's log says more`,
        { cause: error },
      );
    }
  }

  /** How it ended. Not waited for. */
  ended(actor: Actor, action: AuditedAction, error?: unknown): void {
    this.#write(actor, action, { outcome: codeOf(error) }).catch(() => {});
  }

  /** No key, a wrong one, one that allows too little, too many requests. */
  refused(actor: Actor & AuditedAction, error: unknown): void {
    const { caller, remoteAddress, ...action } = actor;
    let refusals = this.#refusals.get(caller);
    if (refusals === undefined) {
      refusals = { bucket: new TokenBucket(refusalsPerSecond, refusalsAtOnce, this.#clock), untold: 0 };
      this.#refusals.set(caller, refusals);
    }
    if (refusals.bucket.take() > 0) {
      refusals.untold += 1;
      return;
    }
    const { untold } = refusals;
    refusals.untold = 0;
    const said = { outcome: codeOf(error), ...(untold > 0 && { untold }) };
    this.#write({ caller, remoteAddress }, action, said).catch(() => {});
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  async #write(
    { caller, remoteAddress }: Actor,
    { action, collection, alias, asked, count }: AuditedAction,
    said: { outcome: string; untold?: number },
  ): Promise<void> {
    // Told by this line and no other: several may be under way.
    const missing = this.#missing;
    this.#missing = 0;
    const line = JSON.stringify({
      time: new Date(this.#clock.wallMs()).toISOString(),
      caller,
      remoteAddress,
      action,
      collection: shortened(collection),
      alias: shortened(alias),
      asked,
      count,
      ...said,
      ...(missing > 0 && { missing }),
    });
    try {
      await this.#sink.write(`${line}\n`);
      this.#isFailing = false;
    } catch (error) {
      this.#missing += missing + 1;
      if (!this.#isFailing) this.#warn(error);
      this.#isFailing = true;
      throw error;
    }
  }

  #warn(error: unknown): void {
    const message = `the audit log cannot be written, and administration is refused until it can: ${(error as Error).message}`;
    this.#onWarning(new FrancaError("unavailable", message, { cause: error }));
  }
}

/** Whether a store refused it to its caller, rather than failed at it. */
export function isRefusal(error: unknown): boolean {
  return isFrancaError(error, "permission_denied") || isFrancaError(error, "unauthenticated");
}

function codeOf(error: unknown): string {
  if (error === undefined) return "ok";
  return error instanceof FrancaError ? error.code : "internal";
}

/** Callers may send any text of any length as a name. */
function shortened(name: unknown): string | undefined {
  if (name === undefined) return undefined;
  return String(name).slice(0, 255);
}
