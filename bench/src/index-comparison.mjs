/**
 * Vector indexes in process, at equal recall, in one interleaved run on one thread.
 *
 *   npm run index -- [--count 100000] [--dimension 768] [--queries 1000] [--passes 7] [--seed 1] [--only franca,hnswlib]
 *
 * For each contestant: build (CPU and wall seconds, growth of the process's memory); the curve of recall@10 against
 * queries per second over a grid of ef; then, at the smallest ef that reaches each recall target, queries per second in
 * interleaved passes. CPU time decides (process.cpuUsage), wall time is kept beside it; medians of the passes are quoted.
 * Results go to results/index-<dimension>d-<count>.json and .svg.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { francaIndex, hnswlibNode, usearch } from "./contestants.mjs";
import { clusteredVectors } from "./data.mjs";
import { recallCurvePlot } from "./plot.mjs";

const { values: flags } = parseArgs({
  options: {
    count: { type: "string", default: "100000" },
    dimension: { type: "string", default: "768" },
    queries: { type: "string", default: "1000" },
    passes: { type: "string", default: "7" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
const [count, dimension, queryCount, passes, seed] = ["count", "dimension", "queries", "passes", "seed"].map(
  (name) => {
    const value = Number(flags[name]);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`--${name} is a positive whole number; got ${flags[name]}`);
    return value;
  },
);
const k = 10;
const targets = [0.95, 0.99];
const grid = [10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512];

const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

console.log(
  `${count} × ${dimension} vectors, ${queryCount} queries, seed ${seed}; load ${loadavg()[0].toFixed(2)}`,
);
const { base, queries } = clusteredVectors({ count, queryCount, dimension, seed });
const rows = Array.from({ length: queryCount }, (_, q) => queries.slice(q * dimension, (q + 1) * dimension));

const contestants = [];
const makers = {
  franca: () => francaIndex({ prefer: "native" }),
  wasm: () => francaIndex({ prefer: "wasm" }),
  hnswlib: hnswlibNode,
  usearch,
};
for (const [name, make] of Object.entries(makers)) {
  if (flags.only !== "" && !flags.only.split(",").includes(name)) continue;
  globalThis.gc?.();
  const memoryBefore = process.memoryUsage().rss;
  const contestant = await make();
  const cpu = cpuSeconds();
  const wall = performance.now();
  await contestant.build(base, dimension);
  contestant.build = { cpuSeconds: cpuSeconds() - cpu, wallSeconds: (performance.now() - wall) / 1000 };
  globalThis.gc?.();
  contestant.memoryBytes = process.memoryUsage().rss - memoryBefore;
  contestant.inputs = rows.map(contestant.prepareQuery);
  contestants.push(contestant);
  console.log(
    `built ${contestant.name}: ${contestant.build.cpuSeconds.toFixed(1)} s CPU, ${contestant.build.wallSeconds.toFixed(1)} s wall, ${(contestant.memoryBytes / count).toFixed(0)} bytes a vector`,
  );
}

const truth = exactTruth();

function exactTruth() {
  const exact = contestants.find((contestant) => contestant.exact);
  if (exact === undefined) throw new Error("the truth comes from Franca's exact scan; keep franca in --only");
  const answers = rows.map((row) => new Set(Array.from(exact.exact(row, k), Number)));
  // The scan is itself checked against plain loops in double precision.
  for (let q = 0; q < queryCount; q += Math.ceil(queryCount / 20)) {
    const scores = Array.from({ length: count }, (_, i) => {
      let sum = 0;
      for (let d = 0; d < dimension; d++) sum += rows[q][d] * base[i * dimension + d];
      return [sum, i];
    }).sort((a, b) => b[0] - a[0]);
    const worst = scores[k - 1][0] - 1e-6;
    for (const slot of answers[q]) {
      if (scores.findIndex(([score, i]) => i === slot && score >= worst) < 0)
        throw new Error(`exact scan is wrong at query ${q}`);
    }
  }
  return answers;
}

function recallAt(contestant, ef) {
  contestant.setEf(ef);
  let found = 0;
  contestant.inputs.forEach((query, q) => {
    for (const key of contestant.search(query, k, ef)) if (truth[q].has(Number(key))) found++;
  });
  return found / (k * queryCount);
}

/** One pass over all queries; the sum of the first hits is returned so that nothing can be optimised away. */
function pass(contestant, ef) {
  contestant.setEf(ef);
  let consumed = 0;
  const cpu = cpuSeconds();
  const wall = performance.now();
  for (const query of contestant.inputs) consumed += Number(contestant.search(query, k, ef)[0]);
  return {
    cpu: queryCount / (cpuSeconds() - cpu),
    wall: (queryCount * 1000) / (performance.now() - wall),
    consumed,
  };
}

/** Interleaved: every contestant once a round, so that the machine's moods fall on all alike. */
function measure(jobs, rounds) {
  const runs = jobs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [j, { contestant, ef }] of jobs.entries()) runs[j].push(pass(contestant, ef));
  }
  return runs.map((list) => ({
    qps: median(list.map((r) => r.cpu)),
    wallQps: median(list.map((r) => r.wall)),
  }));
}

for (const contestant of contestants) {
  contestant.curve = [];
  for (const ef of grid) {
    const recall = recallAt(contestant, ef);
    contestant.curve.push({ ef, recall });
    if (recall >= 0.997) break;
  }
}
for (const ef of grid) {
  const jobs = contestants
    .filter((contestant) => contestant.curve.some((point) => point.ef === ef))
    .map((contestant) => ({ contestant, ef }));
  measure(jobs, 3).forEach((figures, j) => {
    Object.assign(
      jobs[j].contestant.curve.find((point) => point.ef === ef),
      figures,
    );
  });
}

/** The smallest ef that reaches the target, between the two grid points around it. */
function smallestEf(contestant, target) {
  const above = contestant.curve.findIndex((point) => point.recall >= target);
  if (above < 0) return undefined;
  let low = above === 0 ? k - 1 : contestant.curve[above - 1].ef;
  let high = contestant.curve[above].ef;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (recallAt(contestant, middle) >= target) high = middle;
    else low = middle;
  }
  return high;
}

const atTargets = {};
for (const target of targets) {
  const jobs = contestants
    .map((contestant) => ({ contestant, ef: smallestEf(contestant, target) }))
    .filter((job) => job.ef !== undefined);
  const figures = measure(jobs, passes);
  const yardstick = figures[jobs.findIndex((job) => job.contestant.name.startsWith("hnswlib"))];
  atTargets[target] = jobs.map(({ contestant, ef }, j) => ({
    name: contestant.name,
    ef,
    recall: recallAt(contestant, ef),
    ...figures[j],
    ratioToHnswlibNode: yardstick === undefined ? undefined : figures[j].qps / yardstick.qps,
  }));
  console.log(`\nrecall@10 ≥ ${target}`);
  console.table(atTargets[target]);
}

const result = {
  generated: "by bench/src/index-comparison.mjs",
  settings: {
    count,
    dimension,
    queryCount,
    k,
    passes,
    seed,
    m: 16,
    efConstruction: 200,
    threads: 1,
    metric: "cosine",
  },
  machine: {
    cpu: cpus()[0].model,
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
    loadAverage: loadavg(),
  },
  contestants: contestants.map((c) => ({
    name: c.name,
    build: c.build,
    bytesPerVector: c.memoryBytes / count,
    heldBytesPerVector: c.heldBytes === undefined ? undefined : c.heldBytes() / count,
    curve: c.curve,
  })),
  atTargets,
};
const folder = new URL("../results/", import.meta.url);
mkdirSync(folder, { recursive: true });
const name = `index-${dimension}d-${count}`;
writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(result, null, 2)}\n`);
writeFileSync(new URL(`${name}.svg`, folder), recallCurvePlot(result));
console.log(`\nwritten: bench/results/${name}.json, .svg`);
for (const contestant of contestants) await contestant.close();
