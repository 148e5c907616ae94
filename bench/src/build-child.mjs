/** One process of the memory benchmark: how long the graph of so many vectors takes to build, with nothing else going on. */
import { franca } from "./franca.mjs";
import { childOptions } from "./measured.mjs";
import { readVectors } from "./vector-file.mjs";

const { loadKernel } = await franca("./kernel");
const [{ vectors: path, count, dimension }] = childOptions();
const index = (await loadKernel()).createIndex({ dimension, metric: "cosine" });
for (const { first, vectors } of readVectors(path, count, dimension)) index.put(first, vectors);
const started = performance.now();
const cpu = process.cpuUsage();
await index.build();
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ buildMs: performance.now() - started, cpuMs: (user + system) / 1000 }));
