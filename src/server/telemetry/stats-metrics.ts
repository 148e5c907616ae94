/** Collections' figures as gauges: sizes, memory, recall, what is built and what is dead. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { CollectionStats } from "../../store.ts";
import type { StoreStats } from "./store-stats.ts";
import { turns } from "./turns.ts";

/** @returns brings the gauges up to date */
export function statsMetrics(registry: Registry, stats: StoreStats): () => Promise<void> {
  const shown = collectionGauges.map(({ name, help, labels, values }) => ({
    gauge: new Gauge({ name, help, labelNames: ["collection", ...labels], registers: [registry] }),
    values,
  }));
  const collections = new Gauge({
    name: "franca_collections",
    help: "Collections that there are.",
    registers: [registry],
  });
  const age = new Gauge({
    name: "franca_stats_age_seconds",
    help: "Since the figures of collections were last gathered in full; grows when the store does not answer.",
    registers: [registry],
  });
  const failures = new Counter({
    name: "franca_stats_failures_total",
    help: "Figures that a store failed to give.",
    registers: [registry],
  });
  let counted = 0;

  return async () => {
    await stats.refresh();
    if (stats.collections !== undefined) collections.set(stats.collections);
    if (Number.isFinite(stats.ageMs)) age.set(stats.ageMs / 1000);
    failures.inc(stats.failures - counted);
    counted = stats.failures;
    const pause = turns();
    for (const { gauge, values } of shown) {
      await pause();
      gauge.reset();
      for (const [collection, one] of stats.known) {
        for (const [labels, value] of values(one)) gauge.set({ collection, ...labels }, value);
      }
    }
  };
}

type Labels = { [label: string]: string };

interface CollectionGauge {
  name: string;
  help: string;
  /** Beside "collection". */
  labels: string[];
  values(stats: CollectionStats): [Labels, number][];
}

const recallLabels = ["field", "filter", "k"];

const collectionGauges: readonly CollectionGauge[] = [
  one("franca_points", "Points.", ({ points }) => points),
  byField(
    "vector_index_size_bytes",
    "Memory that the vectors of a field and their index take.",
    ({ memoryBytes }) => memoryBytes,
  ),
  byField("franca_vectors", "Vectors of a field.", ({ count }) => count),
  byField(
    "franca_vectors_indexed",
    "Vectors of a field that its graph covers; the others are scanned.",
    ({ indexed }) => indexed,
  ),
  byField(
    "franca_build_progress_ratio",
    "Share of a field's vectors that its graph covers, 0 to 1; 1 for an empty field.",
    ({ count, indexed }) => (count === 0 ? 1 : Math.min(1, indexed / count)),
  ),
  byRecall(
    "vector_search_recall",
    "Share of the true nearest that searches found, 0 to 1, by a sample of them.",
    "recall",
  ),
  byRecall("vector_search_recall_low", "Lower bound of its 95 % confidence interval.", "low"),
  byRecall("vector_search_recall_high", "Upper bound of its 95 % confidence interval.", "high"),
  byRecall("vector_search_recall_samples", "Searches that it is known by.", "samples"),
  {
    name: "franca_memory_bytes",
    help: "Memory of a collection by what it is for.",
    labels: ["part"],
    values: ({ memory = { mappedBytes: 0 } }) =>
      Object.entries(memory)
        .filter(([part]) => part !== "mappedBytes")
        .map(([part, bytes]) => [{ part: snakeCase(part) }, bytes]),
  },
  one("franca_mapped_bytes", "Vectors that are read from mapped files.", ({ memory }) => memory?.mappedBytes),
  {
    name: "franca_slots",
    help: "Places for points: holding one, free, or of deleted points that are not given back yet.",
    labels: ["state"],
    values: ({ slots: { given, free, dead } }) => [
      [{ state: "live" }, given - free - dead],
      [{ state: "free" }, free],
      [{ state: "dead" }, dead],
    ],
  },
  one("franca_log_segments", "Files of the log.", ({ segments }) => segments),
  one(
    "franca_log_dead_bytes",
    "Bytes of the log that compaction may give back.",
    ({ deadBytes }) => deadBytes,
  ),
  one("franca_disk_bytes", "Bytes of all files, derived ones included.", ({ diskBytes }) => diskBytes),
  one("franca_log_position", "Log sequence number of the last write.", ({ lsn }) => lsn),
  {
    name: "franca_warnings",
    help: "Warnings that a collection has, by their code.",
    labels: ["code"],
    values({ warnings }) {
      const counts = new Map<string, number>();
      for (const { code } of warnings) counts.set(code, (counts.get(code) ?? 0) + 1);
      return [...counts].map(([code, count]) => [{ code }, count]);
    },
  },
];

function one(
  name: string,
  help: string,
  value: (stats: CollectionStats) => number | undefined,
): CollectionGauge {
  return {
    name,
    help,
    labels: [],
    values(stats) {
      const known = value(stats);
      return known === undefined ? [] : [[{}, known]];
    },
  };
}

function byField(
  name: string,
  help: string,
  value: (vectors: CollectionStats["vectors"][string]) => number,
): CollectionGauge {
  return {
    name,
    help,
    labels: ["field"],
    values: ({ vectors }) => Object.entries(vectors).map(([field, known]) => [{ field }, value(known)]),
  };
}

function byRecall(name: string, help: string, bound: "recall" | "low" | "high" | "samples"): CollectionGauge {
  return {
    name,
    help,
    labels: recallLabels,
    values: ({ recall = [] }) =>
      recall.map((estimate) => [
        { field: estimate.field, filter: estimate.filter, k: String(estimate.k) },
        estimate[bound],
      ]),
  };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
