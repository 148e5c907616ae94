/** One process of the store benchmarks: loads a database, or opens one that is there. Prints JSON. */
import { franca } from "./franca.mjs";
import { childOptions, processMemory } from "./measured.mjs";
import { readVectors } from "./vector-file.mjs";

const { open } = await franca(".");
const startedMs = performance.now();
const [
  action,
  {
    location,
    vectors: path,
    count,
    dimension,
    maxMemoryBytes,
    payloadBytes = 60,
    idKind = "number",
    index = "hnsw",
  },
] = childOptions();
const options = maxMemoryBytes === undefined ? {} : { maxMemoryBytes };
const schema = {
  vectors: { body: { dimension, index } },
  payload: { group: { type: "integer" }, name: { type: "keyword" } },
};

if (action === "load") await load();
else await reopen();

async function load() {
  const before = await processMemory();
  const store = await open(location, { durability: "os", ...options });
  const things = await store.create("things", schema);
  let started = performance.now();
  for (const { first, vectors } of readVectors(path, count, dimension)) {
    const points = [];
    for (let i = 0; i * dimension < vectors.length; i++) {
      const id = first + i;
      points.push({
        id: idKind === "number" ? id : `document-${String(id).padStart(8, "0")}`,
        vector: vectors.subarray(i * dimension, (i + 1) * dimension),
        payload: {
          group: id % 1000,
          name: `name ${id % 5000}`,
          text: "x".repeat(Math.max(0, payloadBytes - 50)),
        },
      });
    }
    await things.upsert(points);
  }
  const loadMs = performance.now() - started;
  started = performance.now();
  await things.optimize();
  const buildMs = performance.now() - started;
  const stats = await things.stats();
  const after = await processMemory();
  await store.close();
  console.log(JSON.stringify({ loadMs, buildMs, stats, before, after }));
}

async function reopen() {
  const before = await processMemory();
  const [{ vectors }] = [...readVectors(path, 1, dimension, 1)];
  const started = performance.now();
  const store = await open(location, options);
  const things = await store.collection("things");
  const openMs = performance.now() - started;
  const query = { nearest: vectors, limit: 10 };
  const exact = await things.query({ ...query, params: { exact: true } });
  const firstAnswerMs = performance.now() - started;
  const untilExact = performance.now();
  const approximate = await things.query(query);
  const stats = await things.stats();
  const after = await processMemory();
  const result = {
    nodeStartMs: startedMs,
    openMs,
    firstAnswerMs,
    sinceProcessStartMs: untilExact,
    hits: exact.hits.length,
    found: approximate.hits.filter(({ id }) => exact.hits.some((hit) => hit.id === id)).length,
    stats,
    before,
    after,
  };
  await store.close();
  console.log(JSON.stringify(result));
}
