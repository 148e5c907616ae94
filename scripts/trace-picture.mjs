/**
 * A picture of one trace: a hybrid query (a vector leg and a text leg, fused under a filter) over HTTP against a server in
 * this process, its spans drawn as a timeline. Of many such queries it is the one of median time.
 * `npm run build` first; node scripts/trace-picture.mjs docs/images/trace-hybrid.svg
 */
import { writeFileSync } from "node:fs";
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import { francaDialect } from "../dist/dialects/franca/dialect.js";
import { loadKernel } from "../dist/engine/kernel/load.js";
import { open } from "../dist/index.js";
import { serve } from "../dist/server/serve.js";
import { requestSpans } from "../dist/server/telemetry/request-spans.js";
import { startTracing } from "../dist/server/telemetry/tracing.js";
import { timeline } from "./trace-timeline.mjs";

const points = 20_000;
const dimension = 256;
const warmUps = 300;
const measured = 101;

const kernel = await loadKernel();
const exporter = new InMemorySpanExporter();
const tracing = await startTracing({ exporter, version: "0" });
const store = await open(":memory:");
const articles = await store.create("articles", {
  vectors: { body: { dimension } },
  payload: { title: { type: "text" }, year: { type: "integer" } },
});
for (let at = 0; at < points; at += 1000) {
  await articles.upsert(Array.from({ length: 1000 }, (_, i) => article(at + i)));
}
await articles.optimize();

const server = await serve({
  store,
  dialects: [francaDialect],
  readJson: (bytes, shape) => kernel.readJson(bytes, shape),
  observer: requestSpans(),
  ports: { franca: { rest: 0 } },
});
for (let i = 0; i < warmUps; i++) await ask(i);
await tracing.flush();
exporter.reset();
for (let i = 0; i < measured; i++) await ask(warmUps + i);
await tracing.flush();
const traces = grouped(exporter.getFinishedSpans());
const title = `POST /franca/v1/collections/:collection/points/query: a vector leg and a text leg fused under a filter; ${points.toLocaleString("en")} points of ${dimension} dimensions`;
writeFileSync(process.argv[2] ?? "trace.svg", timeline(median(traces), title));
await server.stop();
await tracing.stop();
await store.close();

async function ask(i) {
  const response = await fetch(`${server.addresses.franca}/franca/v1/collections/articles/points/query`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      fusion: {
        legs: [{ nearest: vectorOf(i * 77 + 5) }, { text: `${word(i % 50)} ${word((i * 7) % 300)}` }],
      },
      filter: { field: "year", range: { gte: 1998 } },
      limit: 10,
    }),
  });
  if (!response.ok) throw new Error(await response.text());
  await response.arrayBuffer();
}

function median(all) {
  const timeOf = (spans) => Math.max(...spans.map(({ duration: [s, ns] }) => s * 1e3 + ns / 1e6));
  return all.sort((a, b) => timeOf(a) - timeOf(b))[all.length >> 1];
}

function article(id) {
  const words = Array.from({ length: 8 }, (_, i) => word(Math.floor(500 * noise(id * 8 + i) ** 2)));
  return {
    id,
    vectors: { body: vectorOf(id) },
    payload: { title: words.join(" "), year: 1990 + (id % 30) },
  };
}

/** Around one of a hundred centres. */
function vectorOf(seed) {
  const centre = (seed % 100) * 1000;
  return Array.from(
    { length: dimension },
    (_, i) => noise(centre + i) - 0.5 + 0.6 * (noise(seed * 999 + i) - 0.5),
  );
}

function word(i) {
  return `w${i.toString(36)}ord`;
}

/** 0 … 1, the same for the same seed. */
function noise(seed) {
  const x = Math.sin(seed * 12.9898 + 78.233) * 43758.5453;
  return x - Math.floor(x);
}

function grouped(spans) {
  const traces = new Map();
  for (const span of spans) {
    const { traceId } = span.spanContext();
    traces.set(traceId, [...(traces.get(traceId) ?? []), span]);
  }
  return [...traces.values()];
}
