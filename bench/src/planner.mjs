/**
 * The planner beside every fixed plan: how long filtered queries take over a grid of selectivities and of ways in which
 * filters go with vectors, and what they find.
 *
 *   npm run planner -- [--count 100000] [--dimensions 128,768] [--queries 100] [--passes 5] [--seed 1] [--quick]
 *
 * A fixed plan is forced by `params.plan`: "exact" compares all matches, "codes" their quantised vectors, "graph" walks.
 * Plans take turns query by query, so that the machine's moods fall on all alike; of each query the median of the passes
 * is taken, of each plan the mean over the queries. Whole queries and the search within them (explain's step "nearest")
 * are judged alike: the planner may take 1.5 times as long as the best plan that reaches recall@10 of .95, and reaches it.
 * Results go to results/planner-<dimension>d-<count>.json and .md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { clusteredVectors, randomSource } from "./data.mjs";
import { franca } from "./franca.mjs";

const { values: flags } = parseArgs({
  options: {
    count: { type: "string" },
    dimensions: { type: "string", default: "128,768" },
    queries: { type: "string" },
    passes: { type: "string", default: "5" },
    seed: { type: "string", default: "1" },
    quick: { type: "boolean", default: false },
  },
});
const count = Number(flags.count ?? (flags.quick ? 20_000 : 100_000));
const queryCount = Number(flags.queries ?? (flags.quick ? 20 : 100));
const passes = Number(flags.passes);
const seed = Number(flags.seed);
const k = 10;
const target = 0.95;
const allowed = 1.5;
const selectivities = [0.5, 0.2, 0.1, 0.05, 0.01, 0.001];
const correlations = ["random", "correlated", "anti-correlated"];
const plans = ["exact", "codes", "graph", "auto"];

const { open } = await franca(".");
const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

let failed = false;
for (const dimension of flags.dimensions.split(",").map(Number)) failed = !(await run(dimension)) || failed;
if (failed) process.exitCode = 1;

async function run(dimension) {
  const { base, queries, baseClusters } = clusteredVectors({ count, queryCount, dimension, seed });
  const rows = Array.from({ length: queryCount }, (_, q) =>
    queries.slice(q * dimension, (q + 1) * dimension),
  );
  const { store, points } = await load(base, baseClusters, dimension);
  const filters = filtersBy(base, baseClusters, rows, dimension);
  const cells = [];
  for (const correlation of correlations) {
    for (const selectivity of selectivities) {
      const cell = await measure(points, rows, correlation, selectivity, filters[correlation](selectivity));
      cells.push(cell);
      console.log(line(cell));
    }
  }
  await store.close();
  write(dimension, cells);
  return cells.every(({ passed }) => passed);
}

async function load(base, baseClusters, dimension) {
  const store = await open(":memory:");
  const points = await store.create("points", {
    vectors: { v: { dimension, metric: "cosine" } },
    payload: { draw: { type: "float" }, cluster: { type: "integer" } },
  });
  const uniform = randomSource(seed + 1);
  for (let from = 0; from < count; from += 1000) {
    await points.upsert(
      Array.from({ length: Math.min(1000, count - from) }, (_, i) => ({
        id: from + i,
        vector: base.subarray((from + i) * dimension, (from + i + 1) * dimension),
        payload: { draw: uniform(), cluster: baseClusters[from + i] },
      })),
    );
  }
  const start = performance.now();
  await points.optimize();
  console.log(
    `${count} × ${dimension}, graph built in ${((performance.now() - start) / 1000).toFixed(1)} s, load ${loadavg()[0].toFixed(2)}`,
  );
  return { store, points };
}

/** For each correlation and selectivity, the filter of each query. */
function filtersBy(base, baseClusters, rows, dimension) {
  const sizes = new Map();
  const sums = new Map();
  for (let i = 0; i < count; i++) {
    const cluster = baseClusters[i];
    sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
    const sum = sums.get(cluster) ?? new Float64Array(dimension);
    for (let d = 0; d < dimension; d++) sum[d] += base[i * dimension + d];
    sums.set(cluster, sum);
  }
  const orders = rows.map((row) => {
    const near = [...sums].map(([cluster, sum]) => {
      let dot = 0;
      let norm = 0;
      for (let d = 0; d < dimension; d++) {
        dot += row[d] * sum[d];
        norm += sum[d] * sum[d];
      }
      return { cluster, near: dot / Math.sqrt(norm) };
    });
    return near.sort((a, b) => b.near - a.near).map(({ cluster }) => cluster);
  });
  // Whole clusters in turn, those left out that would make it far more than was wanted.
  const some = (order, selectivity) => {
    const taken = [];
    let total = 0;
    for (const cluster of order) {
      if (total >= selectivity * count) break;
      if (total + sizes.get(cluster) > 1.25 * selectivity * count) continue;
      taken.push(cluster);
      total += sizes.get(cluster);
    }
    return { field: "cluster", in: taken };
  };
  return {
    random: (selectivity) => rows.map(() => ({ field: "draw", range: { lt: selectivity } })),
    correlated: (selectivity) => orders.map((order) => some(order, selectivity)),
    "anti-correlated": (selectivity) => orders.map((order) => some(order.toReversed(), selectivity)),
  };
}

/** A long search leaves cold caches to whoever comes after it; so nobody always comes after the same. */
function shuffled(list, uniform) {
  const order = [...list];
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(uniform() * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

async function measure(points, rows, correlation, selectivity, filters) {
  const uniform = randomSource(seed + 2);
  const truth = [];
  const matched = [];
  for (const [q, nearest] of rows.entries()) {
    const { hits } = await points.query({ nearest, filter: filters[q], limit: k, params: { exact: true } });
    truth.push(new Set(hits.map(({ id }) => id)));
    matched.push((await points.count({ filter: filters[q] })).count);
  }
  const times = Object.fromEntries(plans.map((plan) => [plan, rows.map(() => [])]));
  const searchTimes = Object.fromEntries(plans.map((plan) => [plan, rows.map(() => [])]));
  const found = Object.fromEntries(plans.map((plan) => [plan, 0]));
  const chosen = {};
  let wanted = 0;
  for (let pass = 0; pass <= passes; pass++) {
    for (const [q, nearest] of rows.entries()) {
      for (const plan of shuffled(plans, uniform)) {
        const start = performance.now();
        const { hits, explain } = await points.query({
          nearest,
          filter: filters[q],
          limit: k,
          select: { payload: false },
          params: { plan },
          explain: true,
        });
        const took = performance.now() - start;
        // The first pass warms up, and the planner learns in it what it is about; only its answers count.
        if (pass === 0) continue;
        times[plan][q].push(took);
        const step = explain.steps.find(({ step }) => step === "nearest" || step === "check");
        searchTimes[plan][q].push(step.timeMs);
        found[plan] += hits.filter(({ id }) => truth[q].has(id)).length;
        if (plan === "auto") {
          wanted += truth[q].size;
          const way = wayOf(step);
          chosen[way] = (chosen[way] ?? 0) + 1;
        }
      }
    }
  }
  const figures = Object.fromEntries(
    plans.map((plan) => [
      plan,
      {
        recall: wanted === 0 ? 1 : found[plan] / wanted,
        queryMs: mean(times[plan].map(median)),
        searchMs: mean(searchTimes[plan].map(median)),
      },
    ]),
  );
  const able = plans.filter((plan) => plan !== "auto" && figures[plan].recall >= target);
  const best = (measure) => able.reduce((a, b) => (figures[b][measure] < figures[a][measure] ? b : a));
  const ratio = (measure) => figures.auto[measure] / figures[best(measure)][measure];
  const cell = {
    correlation,
    selectivity,
    matched: mean(matched),
    figures,
    best: best("searchMs"),
    searchRatio: ratio("searchMs"),
    queryRatio: ratio("queryMs"),
    recall: figures.auto.recall,
    chosen,
  };
  cell.passed = cell.searchRatio <= allowed && cell.queryRatio <= allowed && cell.recall >= target;
  return cell;
}

/** What the planner did, from the explanation of its search. */
function wayOf({ step, steps }) {
  if (step === "check") return "check after";
  const plan = steps.find(({ step }) => step === "plan").choice.split(" ")[0];
  return steps.some(({ choice }) => choice?.includes("given up")) ? "graph, then codes" : plan;
}

function line({ correlation, selectivity, figures, searchRatio, queryRatio, best, recall, passed, chosen }) {
  const us = (plan) =>
    `${plan} ${(figures[plan].searchMs * 1000).toFixed(0)} (${figures[plan].recall.toFixed(3)})`;
  return `${passed ? "ok  " : "MISS"} ${correlation} ${selectivity * 100}%: ${plans.map(us).join(", ")}; best ${best}, search × ${searchRatio.toFixed(2)}, query × ${queryRatio.toFixed(2)}, recall ${recall.toFixed(3)}; ${JSON.stringify(chosen)}`;
}

function write(dimension, cells) {
  const folder = new URL("../results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const name = `planner-${dimension}d-${count}`;
  const result = {
    generated: "by bench/src/planner.mjs",
    settings: { count, dimension, queryCount, k, passes, seed, target, allowed, ef: 64 },
    machine: {
      cpu: cpus()[0].model,
      cores: cpus().length,
      memoryBytes: totalmem(),
      node: process.version,
      loadAverage: loadavg(),
    },
    cells,
  };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(result, null, 2)}\n`);
  const us = ({ searchMs, recall }) => `${(searchMs * 1000).toFixed(0)} (${recall.toFixed(3)})`;
  const table = [
    "| filter | passes | exact | codes | graph | planner | search ÷ best | query ÷ best | chosen |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...cells.map(
      ({ correlation, selectivity, figures, searchRatio, queryRatio, chosen }) =>
        `| ${correlation} | ${selectivity * 100} % | ${["exact", "codes", "graph"].map((plan) => us(figures[plan])).join(" | ")} | **${us(figures.auto)}** | ${searchRatio.toFixed(2)} | ${queryRatio.toFixed(2)} | ${Object.keys(chosen).join("; ")} |`,
    ),
  ];
  writeFileSync(new URL(`${name}.md`, folder), `${table.join("\n")}\n`);
  console.log(`written: bench/results/${name}.json, .md`);
}
