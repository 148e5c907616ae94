/** The process: memory, processor, the event loop, and what runs. */
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";
import { francaVersion } from "./franca-version.ts";

export interface ProcessFacts {
  /** Of Franca. Default: its own. */
  version?: string;
  /** Whether /readyz says yes. Absent: no such gauge. */
  ready?: () => boolean;
}

/** How often the event loop is looked at: fine enough to see what disturbs a search, and 50 wakings a second. */
const resolutionMs = 20;

/** @returns stops the watch over the event loop */
export function processMetrics(
  registry: Registry,
  { version = francaVersion(), ready }: ProcessFacts,
): () => void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });

  new Gauge({
    name: "franca_build_info",
    help: "Always 1; says which Franca and which Node run.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.versions.node }, 1);
  if (ready !== undefined) gauge("franca_ready", "1 when requests are welcome.", () => (ready() ? 1 : 0));

  gauge("process_start_time_seconds", "When the process began, in seconds since 1970.", () =>
    Math.round(performance.timeOrigin / 1000),
  );
  gauge("process_resident_memory_bytes", "Memory of the process, mapped files included.", () =>
    process.memoryUsage.rss(),
  );
  gauge("nodejs_heap_used_bytes", "JavaScript's heap in use.", () => process.memoryUsage().heapUsed);
  gauge("nodejs_heap_size_bytes", "JavaScript's heap.", () => process.memoryUsage().heapTotal);
  gauge(
    "nodejs_external_memory_bytes",
    "Memory that JavaScript's objects hold outside its heap.",
    () => process.memoryUsage().external,
  );
  // A counter that is read from elsewhere can only be raised to what was read.
  let countedSeconds = 0;
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time of all threads.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.inc((user + system) / 1e6 - countedSeconds);
      countedSeconds = (user + system) / 1e6;
    },
  });
  return eventLoopMetrics(gauge);
}

function eventLoopMetrics(gauge: (name: string, help: string, value: () => number) => Gauge): () => void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  // The delay is measured with the time between two looks in it.
  const late = (nanoseconds: number): number =>
    Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000) : 0;
  gauge(
    "nodejs_eventloop_lag_median_seconds",
    "How late the event loop came, since the last scrape: median.",
    () => late(delay.percentile(50)),
  );
  gauge("nodejs_eventloop_lag_p99_seconds", "The same, 99th percentile.", () => late(delay.percentile(99)));
  gauge("nodejs_eventloop_lag_max_seconds", "The same, the worst.", () => {
    const worst = delay.count === 0 ? 0 : late(delay.max);
    // The last of the three to be read: gauges are collected in the order in which they were made.
    delay.reset();
    return worst;
  });
  let before = performance.eventLoopUtilization();
  gauge(
    "nodejs_eventloop_utilization_ratio",
    "Share of the time since the last scrape that the event loop was busy.",
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
  );
  return () => delay.disable();
}
