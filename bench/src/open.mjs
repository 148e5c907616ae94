/**
 * How long a database takes to open: loads points with payloads, builds, closes; a fresh process opens it and answers.
 *
 *   npm run open -- [--count 1000000] [--dimension 128] [--maxMemoryMiB 0] [--keep]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inProcess, mebibytes } from "./measured.mjs";
import { vectorFile } from "./vector-file.mjs";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    dimension: { type: "string", default: "128" },
    maxMemoryMiB: { type: "string", default: "0" },
    folder: { type: "string" },
    keep: { type: "boolean", default: false },
    "no-write": { type: "boolean", default: false },
  },
});
const count = Number(values.count);
const dimension = Number(values.dimension);
const maxMemoryBytes = Number(values.maxMemoryMiB) * 2 ** 20 || undefined;
const child = fileURLToPath(new URL("./store-child.mjs", import.meta.url));
const root = values.folder ?? mkdtempSync(join(process.env.FRANCA_BENCH_TMP ?? tmpdir(), "franca-open-"));
const options = {
  location: join(root, "db"),
  vectors: vectorFile(count, dimension),
  count,
  dimension,
  maxMemoryBytes,
};

const loaded = inProcess(child, "load", options);
console.log(
  `loaded ${count} × ${dimension} in ${seconds(loaded.loadMs)}, built in ${seconds(loaded.buildMs)}`,
);
const runs = Array.from({ length: 3 }, () => inProcess(child, "open", options));
runs.sort((a, b) => a.firstAnswerMs - b.firstAnswerMs);
const opened = runs[1];
const indexed = opened.stats.vectors.body.indexed;
console.log(
  `opened in ${seconds(opened.openMs)}, first exact answer after ${seconds(opened.firstAnswerMs)} ` +
    `(${seconds(opened.sinceProcessStartMs)} since the process began); ${indexed} of ${count} in the graph; ` +
    `${opened.found} of ${opened.hits} found by it`,
);
console.log(
  `memory ${mebibytes(opened.after.anonymous - opened.before.anonymous)} MiB (and ${mebibytes(opened.after.file - opened.before.file)} MiB of files), ` +
    `disk ${mebibytes(opened.stats.diskBytes)} MiB, warnings ${JSON.stringify(opened.stats.warnings)}`,
);
if (!values["no-write"]) {
  const name = `open-${count}x${dimension}${maxMemoryBytes ? `-${values.maxMemoryMiB}MiB` : ""}.json`;
  const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version };
  writeFileSync(
    new URL(`../results/${name}`, import.meta.url),
    `${JSON.stringify({ count, dimension, maxMemoryBytes, machine, loaded, runs }, null, 2)}\n`,
  );
}
if (!values.keep && values.folder === undefined) rmSync(root, { recursive: true });
else console.log(root);

function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}
