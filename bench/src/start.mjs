/**
 * How long a server takes from its process's beginning until it is ready and until its first answer: over an empty database, a
 * large one, the large one after SIGKILL under load, and with its graph's checkpoint damaged.
 *
 *   npm run start -- [--count 1000000] [--dimension 128]
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { franca } from "./franca.mjs";
import { startServer } from "./load/server.mjs";
import { inProcess } from "./measured.mjs";
import { vectorFile } from "./vector-file.mjs";

const { values } = parseArgs({
  options: { count: { type: "string", default: "1000000" }, dimension: { type: "string", default: "128" } },
});
const [count, dimension] = [Number(values.count), Number(values.dimension)];
const { open } = await franca(".");
const root = mkdtempSync(join(process.env.FRANCA_BENCH_TMP ?? tmpdir(), "franca-start-"));
const large = join(root, "large");
const child = fileURLToPath(new URL("./store-child.mjs", import.meta.url));
const rows = [];

rows.push({ what: "empty", ...(await started(join(root, "empty"))) });
inProcess(child, "load", { location: large, vectors: vectorFile(count, dimension), count, dimension });
rows.push({ what: `${count} × ${dimension}`, ...(await started(large)) });
await killedUnderLoad();
rows.push({ what: "the same after SIGKILL under load", ...(await started(large)) });
for (const name of readdirSync(large, { recursive: true })) {
  if (/graph-\d+\.checkpoint$/.test(name)) writeFileSync(join(large, name), "damaged");
}
rows.push({ what: "the same with a damaged graph", ...(await started(large)) });
rmSync(root, { recursive: true });

for (const { what, readyMs, answerMs } of rows) {
  console.log(
    `| ${what} | ${Math.round(readyMs)} ms | ${answerMs === undefined ? "–" : `${Math.round(answerMs)} ms`} |`,
  );
}
const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version };
writeFileSync(
  new URL("../results/start.json", import.meta.url),
  `${JSON.stringify({ count, dimension, machine, rows }, null, 2)}\n`,
);

/** Medians of three. */
async function started(database) {
  const runs = [];
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    const server = await startServer(database);
    const url = `http://${server.host}:${server.port}`;
    while (!(await fetch(`${url}/readyz`)).ok) await after(5);
    const readyMs = performance.now() - began;
    const store = await open(url);
    const [name] = await store.list();
    let answerMs;
    if (name !== undefined) {
      await (await store.collection(name)).query({ nearest: new Float32Array(dimension).fill(1), limit: 10 });
      answerMs = performance.now() - began;
    }
    await store.close();
    await server.stop();
    runs.push({ readyMs, answerMs });
  }
  return runs.sort((a, b) => a.readyMs - b.readyMs)[1];
}

async function killedUnderLoad() {
  const server = await startServer(large);
  const store = await open(`http://${server.host}:${server.port}`, { retries: 0 });
  const collection = await store.collection((await store.list())[0]);
  const write = async (first) => {
    for (let id = first; ; id += 8)
      await collection.upsert([{ id, vector: new Float32Array(dimension).fill(id) }]);
  };
  const writes = Array.from({ length: 8 }, (_, i) => write(i).catch((error) => error.code));
  await after(2000);
  server.kill();
  console.log(`killed under load; clients were told: ${[...new Set(await Promise.all(writes))].join(", ")}`);
  await store.close();
}
