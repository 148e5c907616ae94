/** From a checked configuration to a running server: the parts are joined here. */
import { resolve } from "node:path";
import type { Dialect } from "../../dialect.ts";
import type { EngineStore } from "../../engine/engine.ts";
import { loadKernel } from "../../engine/kernel/load.ts";
import { open } from "../../engine/open.ts";
import type { FrancaError } from "../../errors.ts";
import { type AuthOptions, startAuth } from "../../server/auth/auth.ts";
import { type RunningServer, serve } from "../../server/serve.ts";
import type { ServerLog } from "../../server/telemetry/log.ts";
import { startTelemetry, type Telemetry, type TelemetryOptions } from "../../server/telemetry/telemetry.ts";
import { UsageError } from "../command.ts";
import { dialects as everyDialect } from "./dialects.ts";
import { openCollections } from "./opening.ts";
import { type Configuration, sharedWith, usualFolder } from "./settings.ts";

export interface Started {
  server: RunningServer;
  log: ServerLog;
  /** Stops taking requests, ends those under way, checkpoints, and closes the database. */
  stop(): Promise<void>;
}

/** @param ports by name of the setting: "franca-port", "qdrant-grpc-port" */
export async function start(
  configuration: Configuration,
  dialects: readonly Dialect[],
  ports: { readonly [name: string]: unknown },
): Promise<Started> {
  const limits = limitsIn(configuration);
  // There is a log only when there is a store.
  const untold: FrancaError[] = [];
  let tell = (warning: FrancaError): void => void untold.push(warning);
  const auth = await startAuth({ ...authIn(configuration), onWarning: (warning) => tell(warning) });
  let store: EngineStore | undefined;
  let telemetry: Telemetry | undefined;
  try {
    const kernel = await loadKernel(
      configuration.kernel === undefined ? {} : { prefer: configuration.kernel },
    );
    store = await openStore(configuration);
    let isServing = false;
    telemetry = await startTelemetry(watching(configuration, store, () => isServing));
    const { observer, routes, log } = telemetry;
    tell = (warning) => log.warning(warning);
    untold.forEach(tell);
    const guard = auth.guardOf(store);
    const opening = openCollections(store, log);
    const server = await serve({
      store,
      dialects,
      host: configuration.host,
      readJson: (bytes, shape) => kernel.readJson(bytes, shape),
      ports: Object.fromEntries(dialects.map(({ name }) => [name, portsOf(name, ports)])),
      limits,
      routes,
      observer,
      ...(guard !== undefined && { guard }),
      ...tlsIn(configuration),
      allowedOrigins: configuration["allowed-origins"] ?? [],
      readiness: opening.readiness,
      onWarning: tell,
    });
    isServing = true;
    return {
      server,
      log,
      async stop() {
        const startMs = performance.now();
        isServing = false;
        await server.stop();
        await opening.stop();
        await store?.close();
        await auth.stop();
        log.stopped(performance.now() - startMs);
        await telemetry?.stop();
      },
    };
  } catch (error) {
    await telemetry?.stop();
    await store?.close();
    await auth.stop();
    throw error;
  }
}

function watching(configuration: Configuration, store: EngineStore, ready: () => boolean): TelemetryOptions {
  const isTerminal = process.stderr.isTTY === true;
  const open = configuration["open-metrics"];
  const bearer = configuration["metrics-key"];
  const otlpEndpoint = configuration["otlp-endpoint"];
  return {
    store,
    host: configuration.host,
    ready,
    metrics: {
      // The page names every collection, whichever a key that may read is limited to.
      ...(open !== undefined && { access: open ? "open" : "admin" }),
      ...(bearer !== undefined && { bearer }),
    },
    log: {
      level: configuration["log-level"],
      format: configuration["log-format"] ?? (isTerminal ? "text" : "json"),
      requests: configuration["log-requests"],
    },
    slowQueryMs: configuration["slow-query"],
    ...(otlpEndpoint !== undefined && {
      tracing: { otlpEndpoint, sampleRatio: configuration["trace-sample"] },
    }),
  };
}

function authIn(configuration: Configuration): Omit<AuthOptions, "onWarning"> {
  const { "keys-file": keysFile, "api-key": apiKey, "read-only-api-key": readOnlyApiKey } = configuration;
  const { "audit-file": auditFile, host, "insecure-no-auth": insecure } = configuration;
  return {
    host,
    insecure,
    tls: "tls" in tlsIn(configuration),
    tokens: configuration["jwt-rbac"],
    ...(keysFile !== undefined && { keysFile }),
    ...(apiKey !== undefined && { apiKey }),
    ...(readOnlyApiKey !== undefined && { readOnlyApiKey }),
    ...(auditFile !== undefined && { auditFile }),
  };
}

function openStore(configuration: Configuration): Promise<EngineStore> {
  const place = configuration.db ?? usualFolder;
  return open(place === ":memory:" ? place : resolve(place), {
    durability: configuration.durability,
    sampleRecall: configuration["sample-recall"],
    ...(configuration.kernel !== undefined && { kernel: configuration.kernel }),
    ...(configuration["max-memory"] !== undefined && { maxMemoryBytes: configuration["max-memory"] }),
  });
}

function portsOf(name: string, ports: { readonly [name: string]: unknown }) {
  const shared = sharedWith(name, everyDialect);
  const own = ports[`${name}-port`] ?? (shared && ports[`${shared}-port`]);
  const [rest, grpc] = [own, ports[`${name}-grpc-port`]] as (number | undefined)[];
  return { ...(rest !== undefined && { rest }), ...(grpc !== undefined && { grpc }) };
}

function limitsIn(configuration: Configuration) {
  if (configuration.timeout > configuration["max-timeout"]) {
    throw new UsageError("--timeout is longer than --max-timeout: raise that too, or shorten this one");
  }
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
