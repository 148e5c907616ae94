/** What is written about metrics is what there is: the docs' tables, the dashboard, the alerts and the scrape configuration. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { dashboard } from "../../../scripts/grafana-dashboard.mjs";
import type { Route } from "../../../src/dialect.ts";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import { open } from "../../../src/index.ts";
import { serve } from "../../../src/server/serve.ts";
import { createMetrics, measuredStore } from "../../../src/server/telemetry/metrics.ts";
import { metricsRoute } from "../../../src/server/telemetry/metrics-route.ts";
import { root } from "../../rules/sources.ts";
import { type Family, parseMetrics } from "./prometheus-text.ts";

const text = (path: string) => readFileSync(join(root, path), "utf8");
/** Those that Prometheus itself has. */
const prometheusOwn = ["up"];
/** Labels that a scrape adds. */
const scraped = ["instance", "job", "le"];

let families: Map<string, Family>;

const echo: Route = {
  method: "POST",
  path: "/echo",
  access: "read",
  kind: "write",
  handle: async ({ body }) => ({ body: await body.bytes() }),
};

/** A server after one of everything. */
beforeAll(async () => {
  const store = await open(":memory:");
  const metrics = createMetrics({ store, ready: () => true });
  const counted = measuredStore(store, metrics);
  const notes = await counted.create("notes", { vectors: { body: { dimension: 2 } } });
  await notes.upsert([{ id: 1, vectors: { body: [1, 0] } }]);
  await notes.update({ ids: [1] }, { setPayload: { a: 1 } as never });
  await notes.query({ nearest: [1, 0] });
  await notes.query({ nearest: [1] }).catch(() => {});
  await notes.delete({ ids: [1] });
  const raw = await store.collection("notes");
  const stats = await raw.stats();
  raw.stats = async () => ({
    ...stats,
    recall: [{ field: "body", filter: "none", k: 10, recall: 1, low: 0.9, high: 1, samples: 3 }],
    warnings: [{ code: "damaged_points", message: "" }],
  });
  const server = await serve({
    store,
    dialects: [francaDialect],
    readJson: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
    observer: metrics.observer,
    routes: [metricsRoute(metrics, { host: "127.0.0.1" }), echo],
    ports: { franca: { rest: 0 } },
  });
  const address = server.addresses.franca!;
  await fetch(`${address}/franca/v1/collections`);
  await fetch(`${address}/echo`, { method: "POST", body: "{}" });
  await fetch(`${address}/nothing`);
  families = parseMetrics(await (await fetch(`${address}/metrics`)).text());
  await server.stop();
  metrics.stop();
  await store.close();
});
afterAll(() => families.clear());

function labelsOf(family: Family): Set<string> {
  return new Set(family.samples.flatMap(({ labels }) => Object.keys(labels)));
}

describe("docs/monitoring.md", () => {
  const rows = [
    ...text("docs/monitoring.md").matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \|([^|]*)\|/gm),
  ].map(([, name, type, labels]) => ({ name: name!, type: type!, labels: labels!.match(/\w+/g) ?? [] }));

  it("describes each metric once, and none that there is not", () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...families.keys()].sort());
  });

  it("tells their types and labels as they are", () => {
    for (const { name, type, labels } of rows) {
      const family = families.get(name)!;
      expect([name, type]).toEqual([name, family.type]);
      expect(family.samples.length, `${name} was seen with a value`).toBeGreaterThan(0);
      expect([name, [...labels].sort()]).toEqual([
        name,
        [...labelsOf(family)].filter((l) => l !== "le").sort(),
      ]);
    }
  });
});

describe("deploy/", () => {
  const alerts = parse(text("deploy/prometheus/alerts.yml")) as {
    groups: {
      rules: { alert: string; expr: string; annotations: { summary: string; description: string } }[];
    }[];
  };
  const rules = alerts.groups.flatMap((group) => group.rules);
  const panels = JSON.parse(text("deploy/grafana/franca.json")) as {
    panels: { targets?: { expr: string; legendFormat: string }[] }[];
  };
  const targets = panels.panels.flatMap((panel) => panel.targets ?? []);

  /** Metrics of an expression, with the labels that are asked for of each, and those it is summed by. */
  function namesIn(expr: string): { metrics: [name: string, labels: string[]][]; by: string[] } {
    const metrics = [...expr.matchAll(/\b([a-z]+(?:_[a-z0-9]+)+|up)\b(?:\{([^}]*)\})?(?!\s*\()/g)]
      .filter(([, name]) => /^(vector|franca|process|nodejs|up)/.test(name!))
      .map(([, name, labels]): [string, string[]] => [
        name!,
        [...(labels ?? "").matchAll(/(\w+)\s*=/g)].map(([, label]) => label!),
      ]);
    const by = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) =>
      list!.split(",").map((one) => one.trim()),
    );
    return { metrics, by };
  }

  it.each([
    ...rules.map(({ alert, expr, annotations }) => [alert, expr, annotations.summary] as const),
    ...targets.map(({ expr, legendFormat }) => [`the panel of ${expr}`, expr, legendFormat] as const),
  ])("%s asks for metrics and labels that there are", (_, expr, shown) => {
    const { metrics, by } = namesIn(expr);
    expect(metrics.length).toBeGreaterThan(0);
    const known = new Set(scraped);
    for (const [name, labels] of metrics) {
      if (prometheusOwn.includes(name)) continue;
      const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|count|sum)$/, ""));
      expect(family, `${name} is a metric`).toBeDefined();
      for (const label of labelsOf(family!)) known.add(label);
      for (const label of labels) expect([...labelsOf(family!), ...scraped], name).toContain(label);
    }
    const used = [...shown.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, label]) => label!);
    for (const label of [...by, ...used]) expect([...known]).toContain(label);
    // What was summed away cannot be shown.
    if (by.length > 0) for (const label of used) expect(by).toContain(label);
  });

  it("the dashboard is the one that its script writes", () => {
    expect(panels).toEqual(dashboard());
    expect(targets.length).toBeGreaterThan(20);
  });

  it("every alert says in a sentence what is wrong, and what to look at", () => {
    for (const { annotations } of rules) {
      expect(annotations.summary.length).toBeGreaterThan(20);
      expect(annotations.description.length).toBeGreaterThan(40);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  const promtool = process.env.PROMTOOL;
  const reason = "set PROMTOOL to the path of a promtool";

  it("promtool finds nothing wrong with the configuration", ({ skip }) => {
    if (promtool === undefined) return skip(reason);
    const checked = spawnSync(promtool, ["check", "config", "scrape.yml"], {
      cwd: join(root, "deploy/prometheus"),
      encoding: "utf8",
    });
    expect(checked.status, checked.stdout + checked.stderr).toBe(0);
  });

  it("each alert is raised by what it is for, and none by a server that does well", ({ skip }) => {
    if (promtool === undefined) return skip(reason);
    const cases = text("test/server/telemetry/alerts.promtool.yml");
    for (const { alert } of rules) expect(cases).toContain(alert);
    const folder = mkdtempSync(join(tmpdir(), "franca-alerts-"));
    const path = join(folder, "cases.yml");
    writeFileSync(path, cases.replace("- ALERTS", `- ${join(root, "deploy/prometheus/alerts.yml")}`));
    const tested = spawnSync(promtool, ["test", "rules", path], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(tested.status, tested.stdout + tested.stderr).toBe(0);
  });
});
