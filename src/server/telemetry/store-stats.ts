/**
 * The figures of collections, gathered when they are asked for: at most once in a while, and without waiting longer than
 * a limit. Only collections that were used are asked, so that a scrape opens nothing.
 */
import { isFrancaError } from "../../errors.ts";
import type { CollectionStats, Store } from "../../store.ts";
import { turns } from "./turns.ts";

export interface StoreStatsOptions {
  /** Younger figures are not gathered again. Default 1,000 ms. */
  cacheMs?: number;
  /** Longer is not waited; the figures of before are told instead. Default 2,000 ms. */
  limitMs?: number;
}

/** Whose figures are gathered. */
export interface CollectionNames {
  all(): readonly string[];
  /** There is no such collection any more. */
  gone(name: string): void;
}

export class StoreStats {
  /** By collection, as last heard. */
  readonly known: Map<string, CollectionStats> = new Map();
  /** Undefined before it is known. */
  collections: number | undefined;
  failures: number = 0;
  #store: Store | undefined;
  readonly #names: CollectionNames;
  readonly #cacheMs: number;
  readonly #limitMs: number;
  #gatheredMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(
    store: Store | Promise<Store>,
    names: CollectionNames,
    { cacheMs = 1000, limitMs = 2000 }: StoreStatsOptions = {},
  ) {
    if (!(store instanceof Promise)) this.#store = store;
    else {
      const opened = (open: Store): void => {
        this.#store = open;
      };
      // Why it could not be opened is told by the server, and then there are no figures.
      store.then(opened, () => {});
    }
    this.#names = names;
    this.#cacheMs = cacheMs;
    this.#limitMs = limitMs;
  }

  /** Since all were heard; infinite before the first time. */
  get ageMs(): number {
    return performance.now() - this.#gatheredMs;
  }

  /** Resolves when the figures are fresh, or when it took too long. */
  async refresh(): Promise<void> {
    const store = this.#store;
    if (store === undefined || this.ageMs < this.#cacheMs) return;
    this.#running ??= this.#gather(store).finally(() => {
      this.#running = undefined;
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#limitMs);
    });
    await Promise.race([this.#running, limit]);
    clearTimeout(timer);
  }

  /** One after the other: there is no hurry, and searches go on beside it. */
  async #gather(store: Store): Promise<void> {
    const names = this.#names.all();
    for (const name of this.known.keys()) if (!names.includes(name)) this.known.delete(name);
    await this.#tried(async () => {
      this.collections = (await store.list()).length;
    });
    const pause = turns();
    for (const name of names) {
      await pause();
      await this.#tried(
        async () => {
          const collection = await store.collection(name);
          this.known.set(name, await collection.stats());
        },
        () => {
          this.known.delete(name);
          this.#names.gone(name);
        },
      );
    }
    this.#gatheredMs = performance.now();
  }

  /** What fails is counted, and asked again at the next scrape. */
  async #tried(act: () => Promise<void>, gone?: () => void): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (gone !== undefined && isFrancaError(error, "not_found")) gone();
      else this.failures += 1;
    }
  }
}
