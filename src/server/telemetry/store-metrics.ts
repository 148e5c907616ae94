/** What is counted of searches and writes, whichever dialect asked: how many, how long, by collection. */
import { Counter, Histogram, Registry } from "prom-client";
import { FrancaError } from "../../errors.ts";
import type { BoundedNames } from "./bounded-names.ts";
import { rankingOf } from "./query-shape.ts";
import type { WatchedQuery, WatchedWrite } from "./watched-store.ts";

/** From 100 µs, twice to two and a half times each, to 10 s. */
const durationBuckets = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
];

export class StoreMetrics {
  readonly #collections: BoundedNames;
  /** By label; the first is that of the others, so that there is always one to tell which metrics there are. */
  readonly #byCollection: Map<string, CollectionMetrics> = new Map();

  constructor(collections: BoundedNames) {
    this.#collections = collections;
    this.#of(collections.rest);
  }

  get registries(): readonly Registry[] {
    return [...this.#byCollection.values()].map(({ registry }) => registry);
  }

  queried(dialect: string, { collection, request, timeMs, error }: WatchedQuery): void {
    const metrics = this.#of(this.#collections.labelOf(collection));
    if (error === undefined) {
      metrics.searchSeconds.observe(metrics.labels(dialect, rankingOf(request)), timeMs / 1000);
    } else {
      const code = error instanceof FrancaError ? error.code : "internal";
      metrics.searchFailures.inc({ collection: metrics.collection, dialect, code });
    }
  }

  wrote({ collection, kind, count }: WatchedWrite): void {
    const metrics = this.#of(this.#collections.labelOf(collection));
    metrics.written[kind].inc({ collection: metrics.collection }, count);
  }

  found(collection: string): void {
    this.#collections.labelOf(collection);
  }

  /** Its series end, and its label is free for another. */
  dropped(collection: string): void {
    if (this.#collections.forget(collection)) this.#byCollection.delete(collection);
  }

  #of(label: string): CollectionMetrics {
    let metrics = this.#byCollection.get(label);
    if (metrics === undefined) {
      metrics = new CollectionMetrics(label);
      this.#byCollection.set(label, metrics);
    }
    return metrics;
  }
}

type SearchLabels = { collection: string; dialect: string; ranking: string };
type PointCounter = Counter<"collection">;

class CollectionMetrics {
  readonly registry: Registry = new Registry();
  readonly collection: string;
  readonly searchSeconds: Histogram<keyof SearchLabels>;
  readonly searchFailures: Counter<"collection" | "dialect" | "code">;
  readonly written: { readonly [kind in WatchedWrite["kind"]]: PointCounter };
  /** Made once, since a search has no time to make them. */
  readonly #labels: Map<string, { [ranking: string]: SearchLabels }> = new Map();

  constructor(collection: string) {
    this.collection = collection;
    const registers = [this.registry];
    this.searchSeconds = new Histogram({
      name: "vector_search_duration_seconds",
      help: "Time of searches that were answered, from the parsed request to the hits, without HTTP or gRPC.",
      labelNames: ["collection", "dialect", "ranking"],
      buckets: durationBuckets,
      registers,
    });
    this.searchFailures = new Counter({
      name: "vector_search_failures_total",
      help: "Searches that ended in an error, by its code.",
      labelNames: ["collection", "dialect", "code"],
      registers,
    });
    const points = (name: string, help: string): PointCounter =>
      new Counter({ name, help, labelNames: ["collection"], registers });
    this.written = {
      upsert: points("vector_insertions_total", "Points inserted or replaced, as acknowledged."),
      update: points("vector_updates_total", "Points changed in part, as acknowledged."),
      delete: points("vector_deletions_total", "Points deleted, as acknowledged."),
    };
  }

  labels(dialect: string, ranking: string): SearchLabels {
    let byRanking = this.#labels.get(dialect);
    if (byRanking === undefined) {
      byRanking = {};
      this.#labels.set(dialect, byRanking);
    }
    byRanking[ranking] ??= { collection: this.collection, dialect, ranking };
    return byRanking[ranking];
  }
}
