/**
 * What watching costs a search: plain, counted, with spans that nobody records, with an SDK that samples none or all.
 * Rounds of each are interleaved; medians of them are told. `npm run build` first; node scripts/telemetry-cost.mjs
 */
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import { open } from "../dist/index.js";
import { createMetrics, measuredStore } from "../dist/server/telemetry/metrics.js";
import { startTracing } from "../dist/server/telemetry/tracing.js";
import { watchedStore } from "../dist/server/telemetry/watched-store.js";
import { traced } from "../dist/telemetry.js";

const rounds = 31;
const callsPerRound = 2000;
const dimension = 32;
const points = 500;

const store = await open(":memory:");
const notes = await store.create("notes", { vectors: { body: { dimension } } });
await notes.upsert(
  Array.from({ length: points }, (_, id) => ({
    id,
    vectors: { body: Array.from({ length: dimension }, (_, i) => Math.sin(id * i + 1)) },
  })),
);
const metrics = createMetrics({ store, version: "0" });
const silent = { found() {}, dropped() {}, queried() {}, wrote() {} };
const counted = await measuredStore(store, metrics).collection("notes");
const explained = await watchedStore(store, { ...silent, explain: true }).collection("notes");
const request = { nearest: Float32Array.from({ length: dimension }, (_, i) => Math.cos(i)), limit: 3 };
const nothing = async () => undefined;

const contestants = {
  "an empty async call": nothing,
  "the same, traced": () => traced("empty", () => ({}), nothing),
  "a search": () => notes.query(request),
  "the same, counted": () => counted.query(request),
  "the same, with its steps": () => explained.query(request),
};
report("without an SDK", await measure(contestants));
const { "a search": search, "the same, traced": empty } = contestants;
for (const sampleRatio of [0, 1]) {
  const tracing = await startTracing({ exporter: new InMemorySpanExporter(), sampleRatio, version: "0" });
  report(
    `with an SDK that samples ${sampleRatio}`,
    await measure({ "a traced empty call": empty, "a search": search }),
  );
  await tracing.stop();
}
metrics.stop();
await store.close();

async function measure(all) {
  const times = new Map(Object.keys(all).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, call] of Object.entries(all)) {
      const start = process.cpuUsage();
      for (let i = 0; i < callsPerRound; i++) await call();
      const { user, system } = process.cpuUsage(start);
      times.get(name).push((user + system) / callsPerRound);
    }
  }
  return times;
}

function report(title, times) {
  console.log(title);
  for (const [name, rounds] of times) {
    const ordered = rounds.slice(1).sort((a, b) => a - b);
    console.log(`  ${name.padEnd(28)} ${ordered[ordered.length >> 1].toFixed(2)} µs of CPU`);
  }
}
