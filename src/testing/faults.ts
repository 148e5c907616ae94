/**
 * Faults that a test switches on and off: at the Store (errors, slowness, answers from before the last writes) and on the wire
 * (connections dropped before or after the work was done, answers cut short, answers that trickle).
 */

import type { ErrorCode } from "../errors.ts";
import { badInput } from "../model/bad-input.ts";

export type Fault =
  /** The call rejects with it; nothing was done. */
  | { kind: "error"; code: ErrorCode; message?: string; retryAfterMs?: number }
  /** The call is begun so much later. */
  | { kind: "latency"; ms: number }
  /** Reads see the store as it was before the last so many writes. */
  | { kind: "stale"; writes: number }
  /** The connection ends before the server has the request. */
  | { kind: "drop-request" }
  /** The request is worked on, and the connection ends instead of the answer. */
  | { kind: "drop-answer" }
  /** Only so many bytes of the answer come, and then the connection ends. */
  | { kind: "truncate"; bytes: number }
  /** The answer comes so slowly. */
  | { kind: "slow"; bytesPerSecond: number };

export interface FaultScope {
  /** Method of Store or Collection: "query", "upsert", "create", … Default: all. Not for faults on the wire. */
  operation?: string;
  /** Default: all. Not for faults on the wire. */
  collection?: string;
  /** Part of the request's first line, as "POST /franca/v1/collections/a/points/upsert"; only for faults on the wire. */
  request?: string | RegExp;
  /** Share of the calls that it strikes, by the seed. Default 1. */
  probability?: number;
  /** It strikes so often and no more. Default: always. */
  times?: number;
}

export interface SetFault {
  /** How often it has struck. */
  readonly hits: number;
  remove(): void;
}

type Kind = Fault["kind"];
export type FaultOf<K extends Kind> = Extract<Fault, { kind: K }>;

export class Faults {
  readonly #set = new Set<{ fault: Fault; scope: FaultScope; hits: number }>();
  #state: number;
  /** Called when a fault is set, before anything is struck by it. */
  readonly #onSet: (fault: Fault) => Promise<void>;

  constructor(seed: number, onSet: (fault: Fault) => Promise<void>) {
    this.#state = seed >>> 0;
    this.#onSet = onSet;
  }

  /** @throws FrancaError invalid_argument */
  async set(fault: Fault, scope: FaultScope = {}): Promise<SetFault> {
    const { probability = 1 } = scope;
    if (!(probability >= 0 && probability <= 1)) throw badInput("faults: probability", "0 to 1", probability);
    const isOnWire = onWire.has(fault.kind);
    if (isOnWire && (scope.operation !== undefined || scope.collection !== undefined)) {
      throw badInput(`faults: ${fault.kind}`, "a request to strike, not an operation or a collection");
    }
    if (!isOnWire && scope.request !== undefined) {
      throw badInput(`faults: ${fault.kind}`, "an operation or a collection to strike, not a request");
    }
    await this.#onSet(fault);
    const entry = { fault, scope, hits: 0 };
    this.#set.add(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => void this.#set.delete(entry),
    };
  }

  clear(): void {
    this.#set.clear();
  }

  /** The fault of this kind that strikes now, counted. */
  strike<K extends Kind>(
    kind: K,
    place: { operation?: string; collection?: string; request?: string },
  ): FaultOf<K> | undefined {
    for (const entry of this.#set) {
      const { fault, scope } = entry;
      if (fault.kind !== kind || entry.hits >= (scope.times ?? Number.POSITIVE_INFINITY)) continue;
      if (scope.operation !== undefined && scope.operation !== place.operation) continue;
      if (scope.collection !== undefined && scope.collection !== place.collection) continue;
      if (!requested(scope.request, place.request ?? "")) continue;
      if ((scope.probability ?? 1) < 1 && this.#random() >= scope.probability!) continue;
      entry.hits++;
      return fault as FaultOf<K>;
    }
    return undefined;
  }

  /** mulberry32 */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

const onWire: ReadonlySet<Kind> = new Set<Kind>(["drop-request", "drop-answer", "truncate", "slow"]);

function requested(wanted: string | RegExp | undefined, line: string): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === "string" ? line.includes(wanted) : new RegExp(wanted).test(line);
}
