/** From a checked configuration to a running server: the parts are joined here. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Dialect } from "../../dialect.ts";
import type { EngineStore } from "../../engine/engine.ts";
import { loadKernel } from "../../engine/kernel/load.ts";
import { open } from "../../engine/open.ts";
import { type RunningServer, serve } from "../../server/serve.ts";
import { createMetrics } from "../../server/telemetry/metrics.ts";
import { metricsRoute } from "../../server/telemetry/metrics-route.ts";
import { UsageError } from "../command.ts";
import type { Configuration } from "./settings.ts";

export interface Started {
  server: RunningServer;
  /** Stops taking requests, ends those under way, checkpoints, and closes the database. */
  stop(): Promise<void>;
}

/** @param ports by name of the setting: "franca-port", "qdrant-grpc-port" */
export async function start(
  configuration: Configuration,
  dialects: readonly Dialect[],
  ports: { readonly [name: string]: unknown },
  log: (line: string) => void,
): Promise<Started> {
  const kernel = await loadKernel(configuration.kernel === undefined ? {} : { prefer: configuration.kernel });
  const store = await openStore(configuration);
  try {
    const metrics = createMetrics({ store, version: version() });
    const access =
      configuration["open-metrics"] === undefined
        ? {}
        : ({ access: configuration["open-metrics"] ? "open" : "read" } as const);
    const server = await serve({
      store,
      dialects,
      host: configuration.host,
      readJson: (bytes, shape) => kernel.readJson(bytes, shape),
      ports: Object.fromEntries(dialects.map(({ name }) => [name, portsOf(name, ports)])),
      limits: limitsIn(configuration),
      routes: [metricsRoute(metrics, { ...access, host: configuration.host })],
      observer: metrics.observer,
      ...tlsIn(configuration),
      onWarning: ({ code, message }) => log(`${code}: ${message}`),
    });
    return {
      server,
      async stop() {
        await server.stop();
        metrics.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openStore(configuration: Configuration): Promise<EngineStore> {
  const place = configuration.db ?? ".franca";
  return open(place === ":memory:" ? place : resolve(place), {
    durability: configuration.durability,
    sampleRecall: configuration["sample-recall"],
    ...(configuration.kernel !== undefined && { kernel: configuration.kernel }),
    ...(configuration["max-memory"] !== undefined && { maxMemoryBytes: configuration["max-memory"] }),
  });
}

function portsOf(name: string, ports: { readonly [name: string]: unknown }) {
  const [rest, grpc] = [ports[`${name}-port`], ports[`${name}-grpc-port`]] as (number | undefined)[];
  return { ...(rest !== undefined && { rest }), ...(grpc !== undefined && { grpc }) };
}

function limitsIn(configuration: Configuration) {
  return {
    bodyBytes: configuration["body-limit"],
    replyBytes: configuration["result-limit"],
    concurrentRequests: configuration["max-concurrent"],
    queuedRequests: configuration["queue-length"],
    queueWaitMs: configuration["queue-wait"],
    connections: configuration["max-connections"],
    deadlineMs: configuration.timeout,
    maxDeadlineMs: configuration["max-timeout"],
    graceMs: configuration.grace,
  };
}

function tlsIn({ "tls-cert": certFile, "tls-key": keyFile }: Configuration) {
  if (certFile === undefined && keyFile === undefined) return {};
  if (certFile === undefined || keyFile === undefined) {
    throw new UsageError("TLS needs both --tls-cert and --tls-key");
  }
  return { tls: { certFile, keyFile } };
}

function version(): string {
  const file = new URL("../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
