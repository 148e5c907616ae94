/**
 * What a collection takes beside what `plan` said and what the accountant of maxMemoryBytes says; and what a thousand empty
 * collections cost. Each measurement in a process of its own.
 *
 *   npm run memory -- [--sizes 20000x384,100000x128,100000x768] [--quick]
 *
 * "memory" is what the process's own pages grew by (RssAnon, Linux) from before the database was opened until its first answers,
 * in a process that opens what another one has loaded and built.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inProcess, mebibytes } from "./measured.mjs";
import { vectorFile } from "./vector-file.mjs";

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "20000x384,100000x128,100000x768" },
    collections: { type: "string", default: "1000" },
    quick: { type: "boolean", default: false },
  },
});
const script = (name) => fileURLToPath(new URL(`./${name}`, import.meta.url));
const sizes = (values.quick ? "5000x128" : values.sizes)
  .split(",")
  .map((size) => size.split("x").map(Number));
const root = mkdtempSync(join(process.env.FRANCA_BENCH_TMP ?? tmpdir(), "franca-memory-"));
const payloadBytes = 60;
const rows = [];

for (const [count, dimension] of sizes) {
  const location = join(root, `${count}x${dimension}`);
  const options = { location, vectors: vectorFile(count, dimension), count, dimension, payloadBytes };
  const planned = inProcess(script("plan-child.mjs"), { points: count, dimension, payloadBytes });
  const built = inProcess(script("build-child.mjs"), options);
  const loaded = inProcess(script("store-child.mjs"), "load", options);
  const opened = inProcess(script("store-child.mjs"), "open", options);
  // Under a limit of three quarters of what it takes, its vectors stay in their files.
  const maxMemoryBytes = Math.max(8 * 2 ** 20, Math.round(planned.budgetBytes * 0.75));
  const limited = inProcess(script("store-child.mjs"), "open", { ...options, maxMemoryBytes });
  rmSync(location, { recursive: true });
  const grown = ({ before, after }) => after.anonymous - before.anonymous;
  rows.push({
    count,
    dimension,
    planned,
    memory: grown(opened),
    whileLoading: grown(loaded),
    accountant: accountedFor(opened.stats),
    disk: opened.stats.diskBytes,
    buildMs: built.buildMs,
    buildCpuMs: built.cpuMs,
    limited: {
      maxMemoryBytes,
      memory: grown(limited),
      accountant: accountedFor(limited.stats),
      mapped: limited.stats.memory.mappedBytes,
    },
  });
  console.log(`${count} × ${dimension}: done; load ${loadavg()[0].toFixed(1)}`);
}

const collections = Number(values.quick ? 100 : values.collections);
const many = { location: join(root, "many"), collections };
inProcess(script("collections-child.mjs"), { ...many, create: true });
const opened = inProcess(script("collections-child.mjs"), many);
rmSync(root, { recursive: true });

const table = [
  "| points × dimension | | predicted | measured | off by |",
  "|---|---|---:|---:|---:|",
  ...rows.flatMap(({ count, dimension, planned, memory, disk, buildMs, accountant, limited }) => [
    line(`${count.toLocaleString("en")} × ${dimension}`, "memory", planned.memoryBytes, memory, size),
    line("", "disk", planned.diskBytes, disk, size),
    line("", "build", planned.buildMs, buildMs, seconds),
    line("", "the accountant's figure", accountant, memory, size),
    line(
      "",
      `under ${size(limited.maxMemoryBytes)}: the accountant's figure`,
      limited.accountant,
      limited.memory,
      size,
    ),
  ]),
].join("\n");
const empty = mebibytes(opened.after.rss - opened.before.rss);
console.log(
  `${table}\n\n${collections} empty collections, opened: ${empty} MiB, ${opened.handles} file handles`,
);
const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version, load: loadavg() };
if (!values.quick) {
  const result = { machine, rows, collections: { collections, opened }, table };
  writeFileSync(new URL("../results/memory.json", import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
}

/** Without what a checkpoint would take while it is written. */
function accountedFor({ memory }) {
  const { mappedBytes: _, checkpoint: __, ...held } = memory;
  return Object.values(held).reduce((sum, bytes) => sum + bytes, 0);
}

function line(what, figure, predicted, measured, show) {
  const off = `${predicted >= measured ? "+" : "−"}${Math.abs((100 * (predicted - measured)) / measured).toFixed(0)} %`;
  return `| ${what} | ${figure} | ${show(predicted)} | ${show(measured)} | ${off} |`;
}

function size(bytes) {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
