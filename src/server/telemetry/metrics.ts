/**
 * Metrics for Prometheus: what is counted, and the page that tells it. `measuredStore` counts what is asked of any Store,
 * with or without a server around it.
 */
import { Registry } from "prom-client";
import type { Store } from "../../store.ts";
import type { Observer } from "../observer.ts";
import { BoundedNames } from "./bounded-names.ts";
import { kept } from "./kept.ts";
import { metricsPage } from "./metrics-page.ts";
import { type ProcessFacts, processMetrics } from "./process-metrics.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { statsMetrics } from "./stats-metrics.ts";
import { StoreMetrics } from "./store-metrics.ts";
import { StoreStats, type StoreStatsOptions } from "./store-stats.ts";
import { type StoreWatch, watchedStore } from "./watched-store.ts";

export interface MetricsOptions extends ProcessFacts, StoreStatsOptions {
  /** Whose collections' figures are shown: the whole of it, as no caller's key limits it. None before it is open. */
  store: Store | Promise<Store>;
  /** Collections that are named; the others are counted together as "other", and their figures are not shown. Default 100. */
  mostCollections?: number;
}

export interface Metrics {
  readonly observer: Observer;
  /** Counts what is asked of a Store as asked by way of a dialect; one of few. */
  watchOf(dialect: string): StoreWatch;
  /** In Prometheus' text format, version 0.0.4. */
  text(): Promise<string>;
  /** Lets the process end. */
  stop(): void;
}

export const metricsContentType: string = Registry.PROMETHEUS_CONTENT_TYPE;

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const collections = new BoundedNames(options.mostCollections ?? 100);
  const searches = new StoreMetrics(collections);
  const names = { all: () => collections.all(), gone: (name: string) => searches.dropped(name) };
  const stats = new StoreStats(options.store, names, options);
  const refresh = statsMetrics(registry, stats);
  const stop = processMetrics(registry, options);
  const watches = new Map<string, StoreWatch>();
  const watchOf = (dialect: string): StoreWatch => kept(watches, dialect, () => watchFor(searches, dialect));
  const observer = new RequestMetrics(registry, watchOf);
  return {
    observer,
    watchOf,
    async text() {
      await refresh();
      return metricsPage([...searches.families, ...observer.families], registry);
    },
    stop,
  };
}

/** A Store whose searches and writes are counted as those of `dialect`. */
export function measuredStore(store: Store, metrics: Metrics, dialect = "embedded"): Store {
  return watchedStore(store, metrics.watchOf(dialect));
}

function watchFor(searches: StoreMetrics, dialect: string): StoreWatch {
  return {
    explain: false,
    found: (collection) => searches.found(collection),
    dropped: (collection) => searches.dropped(collection),
    queried: (query) => searches.queried(dialect, query),
    wrote: (write) => searches.wrote(write),
  };
}
