/** Reads asked of the secondary too, without anyone waiting for it, to see whether it would answer alike. */
import { idKey } from "../../model/id.ts";
import type { StoredPoint } from "../../model/point.ts";
import type { Hit } from "../../model/result.ts";
import type { Collection } from "../../store.ts";
import { comparable, isSamePoint } from "../copy/checksum.ts";
import type { Mirror } from "./mirror.ts";
import type { Roles } from "./roles.ts";

export interface ShadowDifference {
  collection: string;
  method: "get" | "query" | "count";
  primary: unknown;
  /** Absent where it failed. */
  secondary?: unknown;
  error?: unknown;
}

const mostAtOnce = 8;

export class Shadow {
  readonly #roles: Roles;
  readonly #share: number;
  readonly #tell: ((difference: ShadowDifference) => void) | undefined;
  readonly #running: Set<Promise<void>> = new Set();

  /** @param share of reads, 0 … 1 */
  constructor(roles: Roles, share: number, tell: ((difference: ShadowDifference) => void) | undefined) {
    this.#roles = roles;
    this.#share = share;
    this.#tell = tell;
  }

  compare<T>(
    mirror: Mirror,
    method: ShadowDifference["method"],
    primary: T,
    ask: (secondary: Collection) => Promise<T>,
  ): void {
    // A secondary that is behind as a whole differs for certain.
    if (this.#tell === undefined || mirror.isAll || this.#running.size >= mostAtOnce) return;
    if (Math.random() >= this.#share) return;
    const running = this.#compared(mirror.name, method, primary, ask);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #compared<T>(
    collection: string,
    method: ShadowDifference["method"],
    primary: T,
    ask: (secondary: Collection) => Promise<T>,
  ): Promise<void> {
    let secondary: T;
    try {
      secondary = await ask(await this.#roles.ofSecondary(collection));
    } catch (error) {
      this.#tell!({ collection, method, primary, error });
      return;
    }
    if (!isAlike(method, primary, secondary)) this.#tell!({ collection, method, primary, secondary });
  }
}

/** Of answers to queries the ids count, in any order: of equal scores rounding decides. */
function isAlike(method: ShadowDifference["method"], a: unknown, b: unknown): boolean {
  if (method === "count") return a === b;
  if (method === "query") {
    const ids = (hits: unknown): string => JSON.stringify((hits as Hit[]).map(({ id }) => idKey(id)).sort());
    return ids(a) === ids(b);
  }
  const [mine, theirs] = [a as (StoredPoint | undefined)[], b as (StoredPoint | undefined)[]];
  return mine.every((point, i) => {
    const other = theirs[i];
    if (point === undefined || other === undefined) return point === other;
    return isSamePoint(comparable(point), comparable(other));
  });
}
