/** What is counted of searches and writes, whichever dialect asked: how many, how long, by collection. */
import { Counter, Histogram, type Registry } from "prom-client";
import { errorCodes, FrancaError } from "../../errors.ts";
import type { BoundedNames } from "./bounded-names.ts";
import { rankingOf } from "./query-shape.ts";
import type { WatchedQuery, WatchedWrite } from "./watched-store.ts";

/** From 100 µs, twice to two and a half times each, to 10 s. */
const durationBuckets = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
];

type SearchLabels = { collection: string; dialect: string; ranking: string };

export class StoreMetrics {
  readonly #collections: BoundedNames;
  readonly #searchSeconds: Histogram<"collection" | "dialect" | "ranking">;
  readonly #searchFailures: Counter<"collection" | "dialect" | "code">;
  readonly #written: { readonly [kind in WatchedWrite["kind"]]: Counter<"collection"> };
  /** By collection and dialect: made once, since a search has no time to make them. */
  readonly #searchLabels = new Map<string, Map<string, { [ranking: string]: SearchLabels }>>();

  constructor(registry: Registry, collections: BoundedNames) {
    this.#collections = collections;
    const registers = [registry];
    this.#searchSeconds = new Histogram({
      name: "vector_search_duration_seconds",
      help: "Time of searches that were answered, from the checked request to the hits, without HTTP or gRPC.",
      labelNames: ["collection", "dialect", "ranking"],
      buckets: durationBuckets,
      registers,
    });
    this.#searchFailures = new Counter({
      name: "vector_search_failures_total",
      help: "Searches that ended in an error, by its code.",
      labelNames: ["collection", "dialect", "code"],
      registers,
    });
    const points = (name: string, help: string): Counter<"collection"> =>
      new Counter({ name, help, labelNames: ["collection"], registers });
    this.#written = {
      upsert: points("vector_insertions_total", "Points inserted or replaced, as acknowledged."),
      update: points("vector_updates_total", "Points changed in part, as acknowledged."),
      delete: points("vector_deletions_total", "Points deleted, as acknowledged."),
    };
  }

  queried(dialect: string, { collection, request, timeMs, error }: WatchedQuery): void {
    const labels = this.#labelsOf(collection, dialect, rankingOf(request));
    if (error === undefined) {
      this.#searchSeconds.observe(labels, timeMs / 1000);
      return;
    }
    const code = error instanceof FrancaError ? error.code : "internal";
    this.#searchFailures.inc({ collection: labels.collection, dialect, code });
  }

  wrote({ collection, kind, count }: WatchedWrite): void {
    this.#written[kind].inc({ collection: this.#collections.labelOf(collection) }, count);
  }

  found(collection: string): void {
    this.#collections.labelOf(collection);
  }

  /** Its series end, and its label is free for another. */
  dropped(collection: string): void {
    if (!this.#collections.forget(collection)) return;
    for (const [dialect, byRanking] of this.#searchLabels.get(collection) ?? []) {
      for (const labels of Object.values(byRanking)) this.#searchSeconds.remove(labels);
      for (const code of Object.keys(errorCodes)) this.#searchFailures.remove({ collection, dialect, code });
    }
    this.#searchLabels.delete(collection);
    for (const counter of Object.values(this.#written)) counter.remove({ collection });
  }

  #labelsOf(name: string, dialect: string, ranking: string): SearchLabels {
    const known = this.#searchLabels.get(name)?.get(dialect)?.[ranking];
    if (known !== undefined) return known;
    const collection = this.#collections.labelOf(name);
    const labels = { collection, dialect, ranking };
    const byDialect = this.#searchLabels.get(collection) ?? new Map<string, Record<string, SearchLabels>>();
    byDialect.set(dialect, { ...byDialect.get(dialect), [ranking]: labels });
    this.#searchLabels.set(collection, byDialect);
    return labels;
  }
}
