/** All that watches a server, as one: what `serve` takes as its observer and its routes beside the dialects'. */
import type { Route } from "../../dialect.ts";
import { badInput } from "../../model/bad-input.ts";
import type { Store } from "../../store.ts";
import type { Observer } from "../observer.ts";
import { francaVersion } from "./franca-version.ts";
import { createLog, type LogOptions, type ServerLog } from "./log.ts";
import { createMetrics, type Metrics, type MetricsOptions } from "./metrics.ts";
import { type MetricsAccess, metricsRoute } from "./metrics-route.ts";
import { observers } from "./observers.ts";
import { requestLog } from "./request-log.ts";
import { requestSpans } from "./request-spans.ts";
import { startTracing, type TracingOptions } from "./tracing.ts";

export interface TelemetryOptions {
  /** The whole of it, as no caller's key limits it. */
  store: Store | Promise<Store>;
  /** Of Franca. Default: its own. */
  version?: string;
  /** Where the server listens. */
  host: string;
  /** Whether requests are welcome, for franca_ready. */
  ready?: () => boolean;
  metrics?: Omit<MetricsAccess, "host"> & Pick<MetricsOptions, "mostCollections" | "cacheMs" | "limitMs">;
  log?: LogOptions;
  /** Queries that take so long are told in the log; 0 is each, Infinity none. Default 1,000 ms. */
  slowQueryMs?: number;
  /** Absent: the spans go to whichever SDK this process has registered, if it has. */
  tracing?: Pick<TracingOptions, "otlpEndpoint" | "exporter" | "sampleRatio">;
}

export interface Telemetry {
  readonly observer: Observer;
  /** GET /metrics. */
  readonly routes: readonly Route[];
  readonly metrics: Metrics;
  readonly log: ServerLog;
  /** Hands over what is not sent or written yet. */
  stop(): Promise<void>;
}

/** @throws FrancaError invalid_argument; failed_precondition, see startTracing */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { store, version = francaVersion(), host, ready, slowQueryMs = 1000 } = options;
  if (typeof slowQueryMs !== "number" || !(slowQueryMs >= 0)) {
    throw badInput("telemetry: slowQueryMs", "a number of milliseconds, at least 0", slowQueryMs);
  }
  const log = createLog(options.log);
  const tracing = options.tracing && (await startTracing({ ...options.tracing, version }));
  const metrics = createMetrics({ store, version, ...(ready && { ready }), ...options.metrics });
  return {
    // The last surrounds the others: the log finds the span of its request.
    observer: observers([metrics.observer, requestLog({ log, slowQueryMs }), requestSpans()]),
    routes: [metricsRoute(metrics, { host, ...options.metrics })],
    metrics,
    log,
    async stop() {
      metrics.stop();
      await tracing?.stop();
      await log.flush();
    },
  };
}
