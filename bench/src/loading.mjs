/**
 * What queries feel while points pour in: latency and recall during a load, while the graph catches up, and after.
 *
 *   npm run loading -- [--count 200000] [--dimension 128] [--batch 1000] [--kernel native] [--seed 1]
 *
 * One client upserts batch after batch (durable, on disk), another queries without a pause between its questions; one
 * in `checkEvery` of them is asked again exactly at once, by a third, which gives the recall. A run without queries
 * before it shows what the load costs by itself. Results go to results/loading-<dimension>d-<count>-<kernel>.json.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clusteredVectors } from "./data.mjs";
import { franca } from "./franca.mjs";

const { values: flags } = parseArgs({
  options: {
    count: { type: "string", default: "200000" },
    dimension: { type: "string", default: "128" },
    batch: { type: "string", default: "1000" },
    kernel: { type: "string", default: "native" },
    seed: { type: "string", default: "1" },
  },
});
const [count, dimension, batch, seed] = [flags.count, flags.dimension, flags.batch, flags.seed].map(Number);
const checkEvery = 20;
const settledQueries = 2000;

const { open } = await franca(".");
console.log(`${count} × ${dimension}, batches of ${batch}, ${flags.kernel}; load ${loadavg()[0].toFixed(2)}`);
const { base, queries } = clusteredVectors({ count, queryCount: 1000, dimension, seed });
const row = (rows, i) => rows.subarray(i * dimension, (i + 1) * dimension);

const alone = await load(() => ({ stop: async () => {} }));
const phases = { loading: [], "catching up": [], settled: [] };
const beside = await load((things) => startQueries(things), phases);

const summary = Object.fromEntries(
  Object.entries(phases).map(([phase, asked]) => {
    const times = asked.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    const recalls = asked.map(({ recall }) => recall).filter((recall) => recall !== undefined);
    const mean = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
    const worst = worstWindow(recalls);
    return [
      phase,
      {
        queries: times.length,
        p50Ms: at(0.5),
        p99Ms: at(0.99),
        maxMs: times.at(-1),
        recall: mean,
        worstRecall: worst,
      },
    ];
  }),
);
console.log("\n| phase | queries | p50 ms | p99 ms | slowest ms | recall@10 | worst recall of 50 in a row |");
console.log("|---|---:|---:|---:|---:|---:|---:|");
for (const [phase, s] of Object.entries(summary)) {
  const ms = [s.p50Ms, s.p99Ms, s.maxMs].map((value) => value?.toFixed(2)).join(" | ");
  console.log(`| ${phase} | ${s.queries} | ${ms} | ${s.recall.toFixed(4)} | ${s.worstRecall.toFixed(3)} |`);
}
console.log(
  `\nload: ${(count / alone.loadSeconds).toFixed(0)} points/s without queries, ${(count / beside.loadSeconds).toFixed(0)} beside them; ` +
    `graph complete ${alone.catchUpSeconds.toFixed(1)} s after the last write without queries, ${beside.catchUpSeconds.toFixed(1)} s beside them`,
);
mkdirSync(new URL("../results/", import.meta.url), { recursive: true });
writeFileSync(
  new URL(`../results/loading-${dimension}d-${count}-${flags.kernel}.json`, import.meta.url),
  `${JSON.stringify({ count, dimension, batch, seed, kernel: flags.kernel, cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, alone, beside, phases: summary }, null, 2)}\n`,
);

/** Loads everything into a new database and waits until the graph holds it. */
async function load(start, phasesOf) {
  const folder = mkdtempSync(join(tmpdir(), "franca-loading-"));
  const store = await open(folder, { kernel: flags.kernel });
  try {
    const things = await store.create("things", { vectors: { v: { dimension, metric: "cosine" } } });
    const asking = start(things);
    const began = performance.now();
    for (let first = 0; first < count; first += batch) {
      const points = [];
      for (let i = first; i < Math.min(count, first + batch); i++)
        points.push({ id: i, vector: row(base, i) });
      await things.upsert(points);
      asking.acknowledged = first + points.length;
    }
    const loaded = performance.now();
    if (phasesOf) asking.phase = "catching up";
    for (;;) {
      const { indexed, count: there } = (await things.stats()).vectors.v;
      // The background build leaves the last few to the scan.
      if (there - indexed < 4096) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const caughtUp = performance.now();
    if (phasesOf) {
      await things.optimize();
      asking.phase = "settled";
      while (phases.settled.length < settledQueries) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await asking.stop();
    return { loadSeconds: (loaded - began) / 1000, catchUpSeconds: (caughtUp - loaded) / 1000 };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** Asks one question after the other into the list of the current phase. */
function startQueries(things) {
  const asking = { phase: "loading", acknowledged: 0, stop };
  let isOn = true;
  const ended = (async () => {
    for (let i = 0; isOn; i++) {
      const nearest = row(queries, i % 1000);
      const { phase } = asking;
      const { acknowledged } = asking;
      const before = performance.now();
      const { hits } = await things.query({ nearest, limit: 10, select: { payload: false } });
      const asked = { ms: performance.now() - before };
      if (i % checkEvery === 0 && hits.length === 10) {
        const truth = await things.query({
          nearest,
          limit: 10,
          select: { payload: false },
          params: { exact: true },
        });
        // Only what had been acknowledged before the question can have been missed by it.
        const due = truth.hits.filter(({ id }) => id < acknowledged);
        const found = new Set(hits.map(({ id }) => id));
        if (due.length > 0) asked.recall = due.filter(({ id }) => found.has(id)).length / due.length;
      }
      phases[phase].push(asked);
      // A turn for the writer, which shares the thread.
      await new Promise(setImmediate);
    }
  })();
  async function stop() {
    isOn = false;
    await ended;
  }
  return asking;
}

function worstWindow(recalls) {
  const length = Math.min(50, recalls.length);
  let worst = 1;
  for (let i = 0; i + length <= recalls.length; i++) {
    const mean = recalls.slice(i, i + length).reduce((sum, recall) => sum + recall, 0) / length;
    worst = Math.min(worst, mean);
  }
  return worst;
}
