/**
 * What a long life costs: after rounds of replacing a share of the points, recall, memory and disk beside a fresh
 * database of the same points.
 *
 *   npm run churn -- [--count 100000] [--dimension 128] [--rounds 10] [--share 0.3] [--kernel native] [--seed 1]
 *
 * Two child processes, one after the other: one lives through all rounds (each upserts new vectors under a random share
 * of the ids, in batches of 1,000, then waits for optimize()), the other gets the last state at once. Both answer the same
 * 1,000 held-out queries; the truth is each one's own exact scan. Searches walk the graph whatever it costs: left to
 * itself the planner may scan, which says nothing of the graph. Memory is what the process grew by since before the
 * database was opened, after a collection of garbage, with an allocator that gives back what was freed. Results go to
 * results/churn-<dimension>d-<count>.json.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { clusteredVectors, randomSource } from "./data.mjs";
import { franca } from "./franca.mjs";

const { values: flags } = parseArgs({
  options: {
    count: { type: "string", default: "100000" },
    dimension: { type: "string", default: "128" },
    rounds: { type: "string", default: "10" },
    share: { type: "string", default: "0.3" },
    kernel: { type: "string", default: "native" },
    seed: { type: "string", default: "1" },
    role: { type: "string" },
  },
});
const [count, dimension, rounds, share, seed] = ["count", "dimension", "rounds", "share", "seed"].map(
  (name) => Number(flags[name]),
);
const batch = 1000;
const efs = [16, 32, 64, 128];

if (flags.role === undefined) await compare();
else console.log(JSON.stringify(await live(flags.role)));

async function compare() {
  console.log(
    `${count} × ${dimension}, ${rounds} rounds of ${share * 100} %; load ${loadavg()[0].toFixed(2)}`,
  );
  // glibc otherwise keeps much of what was freed for later, which says nothing of what is held.
  const env = { ...process.env, MALLOC_TRIM_THRESHOLD_: "131072" };
  const run = (role) =>
    JSON.parse(
      execFileSync(
        process.execPath,
        ["--expose-gc", fileURLToPath(import.meta.url), ...process.argv.slice(2), "--role", role],
        { encoding: "utf8", maxBuffer: 2 ** 26, stdio: ["ignore", "pipe", "inherit"], env },
      )
        .trim()
        .split("\n")
        .at(-1),
    );
  const churned = run("churned");
  const fresh = run("fresh");
  const ratio = (name) => churned[name] / fresh[name];
  console.log("\n| | fresh | after the rounds | |");
  console.log("|---|---:|---:|---:|");
  for (const ef of efs) {
    const [a, b] = [fresh.recall[ef], churned.recall[ef]];
    console.log(`| recall@10 at ef ${ef} | ${a.toFixed(4)} | ${b.toFixed(4)} | ${(b - a).toFixed(4)} |`);
  }
  for (const [what, name] of [
    ["memory of the process, MB", "processBytes"],
    ["memory of the vector index, MB", "indexBytes"],
    ["disk, MB", "diskBytes"],
  ]) {
    const mb = (bytes) => (bytes / 1e6).toFixed(1);
    console.log(`| ${what} | ${mb(fresh[name])} | ${mb(churned[name])} | ${ratio(name).toFixed(2)} × |`);
  }
  console.log(
    `| slots | ${fresh.slots} | ${churned.slots} | ${(churned.slots / fresh.slots).toFixed(2)} × |`,
  );
  console.log(
    `\nmost during the rounds: ${(churned.mostDiskBytes / fresh.diskBytes).toFixed(2)} × disk after a round`,
  );
  mkdirSync(new URL("../results/", import.meta.url), { recursive: true });
  writeFileSync(
    new URL(`../results/churn-${dimension}d-${count}.json`, import.meta.url),
    `${JSON.stringify({ count, dimension, rounds, share, seed, kernel: flags.kernel, cpu: cpus()[0]?.model, node: process.version, fresh, churned }, null, 2)}\n`,
  );
}

async function live(role) {
  const { open } = await franca(".");
  const total = count + Math.round(count * share) * rounds;
  const { base, queries } = clusteredVectors({ count: total, queryCount: 1000, dimension, seed });
  const uniform = randomSource(seed + 1);
  // By id: which row of `base` it has.
  const rowOf = Uint32Array.from({ length: count }, (_, id) => id);
  const rowAt = (row) => base.subarray(row * dimension, (row + 1) * dimension);
  const folder = mkdtempSync(join(tmpdir(), "franca-churn-"));
  globalThis.gc();
  const before = process.memoryUsage().rss;
  const store = await open(folder, { kernel: flags.kernel, sampleRecall: 0 });
  try {
    const things = await store.create("things", {
      vectors: { v: { dimension, metric: "cosine" } },
      payload: { version: { type: "integer" }, even: { type: "bool" } },
    });
    const write = async (ids, version) => {
      for (let first = 0; first < ids.length; first += batch) {
        await things.upsert(
          Array.from(ids.subarray(first, first + batch), (id) => ({
            id,
            vector: rowAt(rowOf[id]),
            payload: { version, even: id % 2 === 0 },
          })),
        );
      }
    };
    const all = Uint32Array.from({ length: count }, (_, id) => id);
    if (role === "churned") {
      await write(all, 0);
      await things.optimize();
    }
    let mostDiskBytes = 0;
    for (let round = 1; round <= rounds; round++) {
      const shuffled = all.slice();
      for (let i = count - 1; i > 0; i--) {
        const j = Math.floor(uniform() * (i + 1));
        [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
      }
      const replaced = shuffled.subarray(0, Math.round(count * share));
      replaced.forEach((id, i) => {
        rowOf[id] = count + (round - 1) * replaced.length + i;
      });
      if (role !== "churned") continue;
      const began = performance.now();
      await write(replaced, round);
      await things.optimize();
      const { diskBytes, slots } = await things.stats();
      mostDiskBytes = Math.max(mostDiskBytes, diskBytes);
      process.stderr.write(
        `round ${round}: ${((performance.now() - began) / 1000).toFixed(1)} s, ${(diskBytes / 1e6).toFixed(1)} MB, ${JSON.stringify(slots)}\n`,
      );
    }
    if (role === "fresh") {
      await write(all, rounds);
      await things.optimize();
    }
    const recall = {};
    for (const ef of efs) recall[ef] = await recallAt(things, queries, ef);
    const stats = await things.stats();
    globalThis.gc();
    return {
      recall,
      processBytes: process.memoryUsage().rss - before,
      parts: stats.memory,
      indexBytes: stats.vectors.v.memoryBytes,
      diskBytes: stats.diskBytes,
      mostDiskBytes,
      slots: stats.slots.given,
    };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

async function recallAt(things, queries, ef) {
  let found = 0;
  for (let q = 0; q < 1000; q++) {
    const request = {
      nearest: queries.subarray(q * dimension, (q + 1) * dimension),
      select: { payload: false },
    };
    const truth = await things.query({ ...request, params: { exact: true } });
    const { hits } = await things.query({ ...request, params: { ef, plan: "graph" } });
    const ids = new Set(hits.map(({ id }) => id));
    found += truth.hits.filter(({ id }) => ids.has(id)).length;
  }
  return found / 10_000;
}
