/**
 * One collection written to two stores: whose turn it is, and for which ids the secondary may differ.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import { idKey, type PointId } from "../../model/id.ts";
import { Turns } from "./turns.ts";

export interface Divergence {
  /** Absent for the catalog: collections, declarations, aliases. */
  collection?: string;
  /** Points that the secondary may have otherwise. */
  ids: readonly PointId[] | "all";
  error: unknown;
}

export interface MirrorOptions {
  onDivergence?: (divergence: Divergence) => void;
  mostDiverged: number;
  secondaryTimeoutMs: number;
}

export class Mirror {
  readonly name: string;
  readonly turns: Turns = new Turns();
  readonly #options: MirrorOptions;
  readonly #diverged: Map<string, PointId> = new Map();
  /** Writes to the secondary that nobody waits for any more; they may still land. */
  readonly #late: Set<Promise<unknown>> = new Set();
  #isAll: boolean;

  constructor(name: string, isAll: boolean, options: MirrorOptions) {
    this.name = name;
    this.#isAll = isAll;
    this.#options = options;
  }

  /** Any point may differ; nothing is written to the secondary until it is copied whole. */
  get isAll(): boolean {
    return this.#isAll;
  }

  get diverged(): number | "all" {
    return this.#isAll ? "all" : this.#diverged.size;
  }

  divergedIds(): PointId[] {
    return [...this.#diverged.values()];
  }

  diverge(ids: readonly PointId[] | "all", error: unknown): void {
    if (ids !== "all") for (const id of ids) this.#diverged.set(idKey(id), id);
    if (ids === "all" || this.#diverged.size > this.#options.mostDiverged) {
      this.#isAll = true;
      this.#diverged.clear();
    }
    const told = { collection: this.name, ids: this.#isAll ? "all" : ids, error } as const;
    const { onDivergence } = this.#options;
    // On its own, so that what it throws is not taken for a failed write.
    if (onDivergence) void Promise.resolve().then(() => onDivergence(told));
  }

  /** Under the turn of these ids, when the secondary has what the primary has. */
  converged(ids: readonly PointId[]): void {
    for (const id of ids) this.#diverged.delete(idKey(id));
  }

  /** Under the turn of all: from here on writes go to both again, and what fails is noted anew. */
  beginAnew(isAll = false): void {
    this.#isAll = isAll;
    this.#diverged.clear();
  }

  /** Under the turn of `ids`: never fails. */
  async follow(ids: readonly PointId[], write: () => Promise<unknown>): Promise<void> {
    if (this.#isAll) return;
    try {
      await this.inTime(write);
    } catch (error) {
      this.diverge(ids, error);
    }
  }

  /** @throws FrancaError deadline_exceeded when the secondary takes longer than it may hold writes up */
  async inTime<T>(write: () => Promise<T>): Promise<T> {
    const { secondaryTimeoutMs } = this.#options;
    const writing = write();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new FrancaError(
        "deadline_exceeded",
        `the secondary gave no answer within ${secondaryTimeoutMs} ms`,
      );
      timer = setTimeout(() => {
        const ended = writing.then(
          () => {},
          () => {},
        );
        this.#late.add(ended);
        void ended.then(() => this.#late.delete(ended));
        reject(error);
      }, secondaryTimeoutMs);
    });
    try {
      return await Promise.race([writing, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What is copied before a late write has landed would be overwritten by it. */
  async lateWritesEnded(): Promise<void> {
    await Promise.all(this.#late);
  }
}

/** Whether a write that failed so was surely not done. */
export function isSurelyUndone(error: unknown): boolean {
  return isFrancaError(error) && error.details.outcome !== "unknown" && refusals.has(error.code);
}

const refusals: ReadonlySet<string> = new Set([
  "invalid_argument",
  "not_found",
  "already_exists",
  "permission_denied",
  "unauthenticated",
  "unimplemented",
  "resource_exhausted",
  "failed_precondition",
]);
