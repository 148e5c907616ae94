/** Metrics, by way of the wire: what was asked is what is counted, and the page is one that Prometheus reads. */
import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import { FrancaError } from "../../../src/errors.ts";
import { type EngineStore, open } from "../../../src/index.ts";
import { type RunningServer, type ServeOptions, serve } from "../../../src/server/serve.ts";
import { createMetrics, type Metrics, measuredStore } from "../../../src/server/telemetry/metrics.ts";
import { type MetricsAccess, metricsRoute } from "../../../src/server/telemetry/metrics-route.ts";
import type { Store } from "../../../src/store.ts";
import { lint, parseMetrics, sampleOf } from "./prometheus-text.ts";

const ends: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function measured(options: { mostCollections?: number; cacheMs?: number; limitMs?: number } = {}) {
  const store = await open(":memory:");
  const metrics = createMetrics({ store, version: "1.2.3", cacheMs: 0, ...options });
  ends.push(
    () => store.close(),
    () => metrics.stop(),
  );
  return { store, metrics, counted: measuredStore(store, metrics) };
}

async function served(
  store: EngineStore,
  metrics: Metrics,
  access: Partial<MetricsAccess> = {},
  guard?: ServeOptions["guard"],
): Promise<string> {
  const server: RunningServer = await serve({
    store,
    dialects: [francaDialect],
    readJson: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
    observer: metrics.observer,
    routes: [metricsRoute(metrics, { host: "127.0.0.1", ...access })],
    ...(guard && { guard }),
    ports: { franca: { rest: 0 } },
  });
  ends.push(() => server.stop());
  return server.addresses.franca!;
}

const read = async (metrics: Metrics) => parseMetrics(await metrics.text());
const schema = { vectors: { body: { dimension: 2 } }, payload: { title: { type: "text" } } } as const;

async function filled(store: Store, name = "notes") {
  const notes = await store.create(name, schema);
  await notes.upsert([
    { id: 1, vectors: { body: [1, 0] }, payload: { title: "one" } },
    { id: 2, vectors: { body: [0, 1] }, payload: { title: "two" } },
    { id: 3, vectors: { body: [1, 1] }, payload: { title: "three" } },
  ]);
  return notes;
}

describe("metrics of a store", () => {
  it("count searches by ranking, points written and deleted, and failures by code", async () => {
    const { counted, metrics } = await measured();
    const notes = await filled(counted);
    await notes.query({ nearest: [1, 0] });
    await notes.query({ nearest: { id: 2 }, limit: 1 });
    await notes.query({ text: "one" });
    await notes.query({ fusion: { legs: [{ nearest: [1, 0] }, { text: "one" }] } });
    await notes.update({ ids: [1, 2] }, { setPayload: { title: "uno" } });
    await notes.delete({ ids: [3, 4] });
    await expect(notes.query({ nearest: [1, 2, 3] })).rejects.toThrow(FrancaError);
    const page = await read(metrics);
    const count = (ranking: string) =>
      sampleOf(page, "vector_search_duration_seconds_count", {
        collection: "notes",
        dialect: "embedded",
        ranking,
      });
    expect([count("nearest"), count("text"), count("fusion")]).toEqual([2, 1, 1]);
    expect(sampleOf(page, "vector_search_failures_total", { code: "invalid_argument" })).toBe(1);
    expect(sampleOf(page, "vector_insertions_total", { collection: "notes" })).toBe(3);
    expect(sampleOf(page, "vector_updates_total", { collection: "notes" })).toBe(2);
    expect(sampleOf(page, "vector_deletions_total", { collection: "notes" })).toBe(1);
    expect(sampleOf(page, "franca_points", { collection: "notes" })).toBe(2);
    expect(sampleOf(page, "vector_index_size_bytes", { collection: "notes", field: "body" })).toBeGreaterThan(
      0,
    );
    expect(sampleOf(page, "franca_build_info", { version: "1.2.3" })).toBe(1);
  });

  it("count a search under an alias as one of its collection", async () => {
    const { counted, metrics } = await measured();
    await filled(counted);
    await counted.setAlias("current", "notes");
    await (await counted.collection("current")).query({ nearest: [1, 0] });
    expect(sampleOf(await read(metrics), "vector_search_duration_seconds_count")).toBe(1);
  });

  it("tell recall with the bounds of its interval", async () => {
    const { metrics, counted, store } = await measured();
    await filled(counted);
    const collection = await store.collection("notes");
    const stats = await collection.stats();
    const estimate = {
      field: "body",
      filter: "broad",
      k: 10,
      recall: 0.97,
      low: 0.95,
      high: 0.98,
      samples: 400,
    } as const;
    collection.stats = async () => ({ ...stats, recall: [estimate] });
    const page = await read(metrics);
    const labels = { collection: "notes", field: "body", filter: "broad", k: "10" };
    expect(sampleOf(page, "vector_search_recall", labels)).toBe(0.97);
    expect(sampleOf(page, "vector_search_recall_low", labels)).toBe(0.95);
    expect(sampleOf(page, "vector_search_recall_high", labels)).toBe(0.98);
    expect(sampleOf(page, "vector_search_recall_samples", labels)).toBe(400);
  });

  it("name so many collections and no more, whatever clients make", async () => {
    const { counted, metrics } = await measured({ mostCollections: 2 });
    for (const name of ["a", "b", "c", "d"]) {
      await (await filled(counted, name)).query({ nearest: [1, 0] });
    }
    const page = await read(metrics);
    const names = [...page.values()].flatMap(({ samples }) =>
      samples.flatMap(({ labels }) => labels.collection ?? []),
    );
    expect([...new Set(names)].sort()).toEqual(["a", "b", "other"]);
    expect(sampleOf(page, "vector_insertions_total", { collection: "other" })).toBe(6);
    expect(sampleOf(page, "franca_collections")).toBe(4);
  });

  it("forget a collection that was dropped, and give its place to another", async () => {
    const { counted, metrics } = await measured({ mostCollections: 1 });
    const old = await filled(counted, "old");
    await old.query({ nearest: [1, 0] });
    await old.query({ nearest: [1] }).catch(() => {});
    expect(await metrics.text()).toContain('collection="old"');
    await counted.drop("old");
    expect(await metrics.text()).not.toContain('collection="old"');
    await filled(counted, "new");
    expect(await metrics.text()).toContain('collection="new"');
  });

  it("forget a collection that was dropped behind their back, at the next scrape", async () => {
    const { store, counted, metrics } = await measured({ mostCollections: 1 });
    await filled(counted, "old");
    await store.drop("old");
    await metrics.text();
    expect(await metrics.text()).not.toContain('collection="old"');
    await filled(counted, "new");
    expect(await metrics.text()).toContain('collection="new"');
  });

  it("open no collection that nobody used", async () => {
    const { store, metrics } = await measured();
    await filled(store, "unused");
    const page = await read(metrics);
    expect(sampleOf(page, "franca_points")).toBeUndefined();
    expect(sampleOf(page, "franca_collections")).toBe(1);
  });

  it("are told in time though a store does not answer, and then by what it said before", async () => {
    const { store, counted, metrics } = await measured({ limitMs: 20 });
    await filled(counted);
    expect(sampleOf(await read(metrics), "franca_points")).toBe(3);
    let answer: (() => void) | undefined;
    (await store.collection("notes")).stats = () =>
      new Promise((_, reject) => {
        answer = () => reject(new FrancaError("unavailable", "too late"));
      });
    expect(sampleOf(await read(metrics), "franca_points")).toBe(3);
    answer!();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sampleOf(await read(metrics), "franca_stats_failures_total")).toBe(1);
  });

  it("are not gathered again while they are young", async () => {
    const { store, counted, metrics } = await measured({ cacheMs: 60_000 });
    await filled(counted);
    await metrics.text();
    const collection = await store.collection("notes");
    collection.stats = () => Promise.reject(new Error("was asked"));
    expect(sampleOf(await read(metrics), "franca_stats_failures_total")).toBe(0);
  });
});

describe("the page of metrics", () => {
  it("keeps the rules of promtool, and has each series once", async () => {
    const { store, counted, metrics } = await measured();
    const address = await served(store, metrics);
    await (await filled(counted, 'quo"te\\and{more}')).query({ nearest: [1, 0] }).catch(() => {});
    await fetch(`${address}/franca/v1/collections`);
    await fetch(`${address}/nothing`);
    const response = await fetch(`${address}/metrics`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    expect(lint(parseMetrics(text))).toEqual([]);
    const promtool = process.env.PROMTOOL;
    if (promtool === undefined) return; // The lint above holds; monitoring.test.ts says what to set.
    const checked = spawnSync(promtool, ["check", "metrics"], { input: text, encoding: "utf8" });
    expect([checked.status, checked.stdout + checked.stderr]).toEqual([0, ""]);
  });

  it("counts requests by the route's template, and all unknown paths as one", async () => {
    const { store, metrics } = await measured();
    const address = await served(store, metrics);
    await fetch(`${address}/franca/v1/collections`);
    for (const path of ["a", "b/c", "%00"]) await fetch(`${address}/${path}`);
    const page = await read(metrics);
    const requests = (route: string, status: string) =>
      sampleOf(page, "franca_requests_total", { route, status });
    expect(requests("GET /franca/v1/collections", "2xx")).toBe(1);
    expect(requests("unknown", "4xx")).toBe(3);
    expect(sampleOf(page, "franca_errors_total", { dialect: "franca", code: "not_found" })).toBe(3);
    expect(sampleOf(page, "franca_request_duration_seconds_count", { route: "unknown" })).toBe(3);
  });

  it("is open on the loopback, an administrator's elsewhere, and asks for its own key where it has one", async () => {
    const { metrics } = await measured();
    const access = (options: MetricsAccess) => metricsRoute(metrics, options).access;
    expect(["127.0.0.1", "::1", "localhost"].map((host) => access({ host }))).toEqual([
      "open",
      "open",
      "open",
    ]);
    expect(["0.0.0.0", "::", "10.0.0.7"].map((host) => access({ host }))).toEqual([
      "admin",
      "admin",
      "admin",
    ]);
    expect(access({ host: "0.0.0.0", access: "read" })).toBe("read");
    expect(access({ host: "0.0.0.0", bearer: "sesame-sesame-sesame" })).toBe("open");
    expect(() => access({ host: "0.0.0.0", bearer: "sesame" })).toThrow(/at least 16 characters/);
  });

  it("refuses whoever does not show its key, without telling anything", async () => {
    const { store, counted, metrics } = await measured();
    await filled(counted);
    const address = await served(store, metrics, { bearer: "sesame-sesame-sesame" });
    for (const authorization of ["Bearer open", "sesame-sesame-sesame", "Bearer sesame-sesame-sesame2", ""]) {
      const refused = await fetch(`${address}/metrics`, { headers: { authorization } });
      expect(refused.status).toBe(401);
      expect(await refused.text()).not.toContain("notes");
    }
    const welcomed = await fetch(`${address}/metrics`, {
      headers: { authorization: "Bearer sesame-sesame-sesame" },
    });
    expect(await welcomed.text()).toContain('collection="notes"');
  });

  it("of a key of its own, slows guessing down as other keys do", async () => {
    const { store, metrics } = await measured();
    const address = await served(store, metrics, { bearer: "sesame-sesame-sesame" });
    const ask = (key: string) => fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${key}` } });
    for (let i = 0; i < 20; i++) expect((await ask(`guess number ${i}`)).status).toBe(401);
    // Whoever was right before, from the same address, as behind one proxy, is not kept out by it.
    const other = await measured();
    const neighbour = await served(other.store, other.metrics, { bearer: "sesame-sesame-sesame" });
    const right = { headers: { authorization: "Bearer sesame-sesame-sesame" } };
    expect((await fetch(`${neighbour}/metrics`, right)).status).toBe(200);
    for (let i = 0; i < 25; i++)
      await fetch(`${neighbour}/metrics`, { headers: { authorization: "Bearer no" } });
    expect((await fetch(`${neighbour}/metrics`, right)).status).toBe(200);
    const refused = await ask("sesame-sesame-sesame");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "3"]);
  });
});
