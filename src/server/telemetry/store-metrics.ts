/** What is counted of searches and writes, whichever dialect asked: how many, how long, by collection. */
import { FrancaError } from "../../errors.ts";
import type { BoundedNames } from "./bounded-names.ts";
import {
  CounterFamily,
  type CounterSeries,
  type Family,
  HistogramFamily,
  type HistogramSeries,
  type Series,
} from "./families.ts";
import { kept } from "./kept.ts";
import { rankingOf } from "./query-shape.ts";
import type { WatchedQuery, WatchedWrite } from "./watched-store.ts";

/** From 100 µs, twice to two and a half times each, to 10 s. */
const durationBuckets = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
];

export class StoreMetrics {
  readonly #collections: BoundedNames;
  readonly #searchSeconds: HistogramFamily = new HistogramFamily(
    "vector_search_duration_seconds",
    "Time of searches that were answered, from the parsed request to the hits, without HTTP or gRPC.",
    durationBuckets,
  );
  readonly #searchFailures: CounterFamily = new CounterFamily(
    "vector_search_failures_total",
    "Searches that ended in an error, by its code.",
  );
  readonly #written: { readonly [kind in WatchedWrite["kind"]]: CounterFamily } = {
    upsert: new CounterFamily("vector_insertions_total", "Points inserted or replaced, as acknowledged."),
    update: new CounterFamily("vector_updates_total", "Points changed in part, as acknowledged."),
    delete: new CounterFamily("vector_deletions_total", "Points deleted, as acknowledged."),
  };
  readonly #byLabel: Map<string, CollectionSeries> = new Map();

  constructor(collections: BoundedNames) {
    this.#collections = collections;
  }

  get families(): readonly Family<Series>[] {
    return [this.#searchSeconds, this.#searchFailures, ...Object.values(this.#written)];
  }

  queried(dialect: string, { collection, request, timeMs, error }: WatchedQuery): void {
    const series = this.#of(collection);
    if (error !== undefined) {
      const code = error instanceof FrancaError ? error.code : "internal";
      series.failures(dialect, code).add();
    } else series.seconds(dialect, rankingOf(request)).observe(timeMs / 1000);
  }

  wrote({ collection, kind, count }: WatchedWrite): void {
    this.#of(collection).written(kind).add(count);
  }

  found(collection: string): void {
    this.#collections.labelOf(collection);
  }

  /** Its series end, and its label is free for another. */
  dropped(collection: string): void {
    if (!this.#collections.forget(collection)) return;
    this.#byLabel.get(collection)?.end();
    this.#byLabel.delete(collection);
  }

  #of(collection: string): CollectionSeries {
    const label = this.#collections.labelOf(collection);
    let series = this.#byLabel.get(label);
    if (series === undefined) {
      series = new CollectionSeries(label, this.#searchSeconds, this.#searchFailures, this.#written);
      this.#byLabel.set(label, series);
    }
    return series;
  }
}

class CollectionSeries {
  readonly #collection: string;
  readonly #searchSeconds: HistogramFamily;
  readonly #searchFailures: CounterFamily;
  readonly #writtenBy: { readonly [kind in WatchedWrite["kind"]]: CounterFamily };
  readonly #seconds: Map<string, Map<string, HistogramSeries>> = new Map();
  readonly #failures: Map<string, CounterSeries> = new Map();
  readonly #written: Map<WatchedWrite["kind"], CounterSeries> = new Map();

  constructor(
    collection: string,
    searchSeconds: HistogramFamily,
    searchFailures: CounterFamily,
    written: { readonly [kind in WatchedWrite["kind"]]: CounterFamily },
  ) {
    this.#collection = collection;
    this.#searchSeconds = searchSeconds;
    this.#searchFailures = searchFailures;
    this.#writtenBy = written;
  }

  seconds(dialect: string, ranking: string): HistogramSeries {
    const byRanking = kept(this.#seconds, dialect, () => new Map());
    return kept(byRanking, ranking, () =>
      this.#searchSeconds.series({ collection: this.#collection, dialect, ranking }),
    );
  }

  failures(dialect: string, code: string): CounterSeries {
    return kept(this.#failures, `${dialect} ${code}`, () =>
      this.#searchFailures.series({ collection: this.#collection, dialect, code }),
    );
  }

  written(kind: WatchedWrite["kind"]): CounterSeries {
    return kept(this.#written, kind, () => this.#writtenBy[kind].series({ collection: this.#collection }));
  }

  end(): void {
    for (const byRanking of this.#seconds.values()) {
      for (const series of byRanking.values()) this.#searchSeconds.end(series);
    }
    for (const series of this.#failures.values()) this.#searchFailures.end(series);
    for (const [kind, series] of this.#written) this.#writtenBy[kind].end(series);
  }
}
