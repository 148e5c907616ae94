/** Writes the dashboard for Grafana: node scripts/grafana-dashboard.mjs > deploy/grafana/franca.json */
import { pathToFileURL } from "node:url";

const seconds = "s";
const bytes = "bytes";
const perSecond = "ops";
const share = "percentunit";
const own = 'instance=~"$instance"';
const named = `${own},collection=~"$collection"`;

/** Rows of panels: title, unit, and what is drawn as [legend, expression]. */
const rows = {
  Searches: [
    panel("Searches per second", perSecond, [
      [
        "{{collection}} {{ranking}}",
        `sum by (collection, ranking) (rate(vector_search_duration_seconds_count{${named}}[$__rate_interval]))`,
      ],
    ]),
    panel("Time of a search", seconds, [
      ["median {{collection}}", quantile(0.5, "vector_search_duration_seconds", named, "collection")],
      ["p99 {{collection}}", quantile(0.99, "vector_search_duration_seconds", named, "collection")],
    ]),
    panel("Recall, with the bounds of its 95 % interval", share, [
      ["{{collection}}/{{field}} filter {{filter}}, k {{k}}", `vector_search_recall{${named}}`],
      ["low", `vector_search_recall_low{${named}}`],
      ["high", `vector_search_recall_high{${named}}`],
    ]),
    panel("Failed searches", perSecond, [
      [
        "{{collection}} {{code}}",
        `sum by (collection, code) (rate(vector_search_failures_total{${named}}[$__rate_interval]))`,
      ],
    ]),
  ],
  Requests: [
    panel("Requests per second", perSecond, [
      [
        "{{dialect}} {{status}}",
        `sum by (dialect, status) (rate(franca_requests_total{${own}}[$__rate_interval]))`,
      ],
    ]),
    panel("Time of a request, p99", seconds, [
      ["{{route}}", quantile(0.99, "franca_request_duration_seconds", own, "route")],
    ]),
    panel("Errors by code", perSecond, [
      [
        "{{dialect}} {{code}}",
        `sum by (dialect, code) (rate(franca_errors_total{${own}}[$__rate_interval]))`,
      ],
    ]),
    panel("Queue", "short", [
      ["waiting, {{lane}}", `franca_queue_length{${own}}`],
      ["running, {{lane}}", `franca_requests_running{${own}}`],
    ]),
    panel("Time in the queue, p99", seconds, [
      ["{{kind}}", quantile(0.99, "franca_queue_wait_seconds", own, "kind")],
    ]),
    panel("Connections", "short", [["{{listener}}", `franca_connections{${own}}`]]),
  ],
  Collections: [
    panel("Points", "short", [["{{collection}}", `franca_points{${named}}`]]),
    panel("Points written and deleted per second", perSecond, [
      ["inserted {{collection}}", `rate(vector_insertions_total{${named}}[$__rate_interval])`],
      ["deleted {{collection}}", `rate(vector_deletions_total{${named}}[$__rate_interval])`],
    ]),
    panel("Memory of indexes", bytes, [["{{collection}}/{{field}}", `vector_index_size_bytes{${named}}`]]),
    panel("Share of the vectors in the graph", share, [
      ["{{collection}}/{{field}}", `franca_build_progress_ratio{${named}}`],
    ]),
    panel("Disk", bytes, [
      ["{{collection}}", `franca_disk_bytes{${named}}`],
      ["dead in the log of {{collection}}", `franca_log_dead_bytes{${named}}`],
    ]),
    panel("Warnings", "short", [["{{collection}} {{code}}", `franca_warnings{${named}}`]]),
  ],
  Process: [
    panel("Memory", bytes, [
      ["resident", `process_resident_memory_bytes{${own}}`],
      ["heap", `nodejs_heap_used_bytes{${own}}`],
      ["collections", `sum by (instance) (franca_memory_bytes{${own}})`],
    ]),
    panel("Processor", share, [
      ["{{instance}}", `rate(process_cpu_seconds_total{${own}}[$__rate_interval])`],
    ]),
    panel("Event loop: how late it comes", seconds, [
      ["median", `nodejs_eventloop_lag_median_seconds{${own}}`],
      ["p99", `nodejs_eventloop_lag_p99_seconds{${own}}`],
      ["worst", `nodejs_eventloop_lag_max_seconds{${own}}`],
    ]),
    panel("Traffic", "Bps", [
      ["in {{dialect}}", `rate(franca_received_bytes_total{${own}}[$__rate_interval])`],
      ["out {{dialect}}", `rate(franca_sent_bytes_total{${own}}[$__rate_interval])`],
    ]),
  ],
};

function panel(title, unit, targets) {
  return { title, unit, targets };
}

function quantile(q, metric, labels, by) {
  return `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket{${labels}}[$__rate_interval])))`;
}

export function dashboard() {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana.
  const datasource = { type: "prometheus", uid: "${datasource}" };
  const panels = [];
  let y = 0;
  for (const [title, all] of Object.entries(rows)) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: 24, h: 1 },
    });
    y += 1;
    for (const [i, { title, unit, targets }] of all.entries()) {
      const gridPos = { x: (i % 2) * 12, y: y + Math.floor(i / 2) * 8, w: 12, h: 8 };
      panels.push({
        id: panels.length + 1,
        type: "timeseries",
        title,
        datasource,
        gridPos,
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
        options: {
          legend: { displayMode: "list", placement: "bottom" },
          tooltip: { mode: "multi", sort: "desc" },
        },
        targets: targets.map(([legendFormat, expr], at) => ({
          refId: "ABC"[at],
          datasource,
          legendFormat,
          expr,
        })),
      });
    }
    y += Math.ceil(all.length / 2) * 8;
  }
  const variable = (name, label, query) => ({
    name,
    label,
    type: "query",
    datasource,
    query: { query, refId: name },
    refresh: 2,
    multi: true,
    includeAll: true,
    current: { text: ["All"], value: ["$__all"] },
  });
  return {
    title: "Franca",
    uid: "franca",
    tags: ["franca"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    templating: {
      list: [
        { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus" },
        variable("instance", "Instance", "label_values(franca_build_info, instance)"),
        variable(
          "collection",
          "Collection",
          'label_values(franca_points{instance=~"$instance"}, collection)',
        ),
      ],
    },
    panels,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.stdout.write(`${JSON.stringify(dashboard(), null, 2)}\n`);
}
