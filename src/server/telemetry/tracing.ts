/**
 * Sets OpenTelemetry's SDK up for a process that has none, and sends spans to a collector by OTLP over HTTP. The SDK is an
 * optional peer: loaded here, when it is wanted. A process with an SDK of its own needs nothing of this.
 */
import { context, propagation, trace } from "@opentelemetry/api";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";
import { FrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import { registeredTracer } from "../../telemetry.ts";
import { francaVersion } from "./franca-version.ts";

export interface TracingOptions {
  /** Of a collector, "http://127.0.0.1:4318"; "/v1/traces" is added unless it has a path. */
  otlpEndpoint?: string;
  /** Where spans go instead. */
  exporter?: SpanExporter;
  /** Share of the requests that are traced, 0 to 1; default 1. A caller's own decision (traceparent) counts before it. */
  sampleRatio?: number;
  /** Of Franca. Default: its own. */
  version?: string;
}

export interface Tracing {
  /** Hands over what has ended so far. */
  flush(): Promise<void>;
  /** The same, and no more spans. */
  stop(): Promise<void>;
}

/** @throws FrancaError invalid_argument; failed_precondition when the SDK is not installed, or another is at work */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { sampleRatio = 1, version = francaVersion() } = options;
  if (typeof sampleRatio !== "number" || !(sampleRatio >= 0 && sampleRatio <= 1)) {
    throw badInput("tracing: sampleRatio", "a share from 0 to 1", sampleRatio);
  }
  if (registeredTracer() !== undefined) {
    throw new FrancaError(
      "failed_precondition",
      "this process has an OpenTelemetry SDK already, which is given Franca's spans without further ado; do not start tracing beside it",
    );
  }
  const endpoint = options.exporter === undefined ? tracesUrl(options.otlpEndpoint) : undefined;
  const { node, base, otlp, resources } = await loadSdk();
  const exporter = options.exporter ?? new otlp.OTLPTraceExporter({ url: endpoint! });
  const provider = new node.NodeTracerProvider({
    resource: resources.resourceFromAttributes({ "service.name": "franca", "service.version": version }),
    sampler: new base.ParentBasedSampler({ root: new base.TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new base.BatchSpanProcessor(exporter)],
  });
  provider.register();
  return {
    flush: () => provider.forceFlush(),
    async stop() {
      trace.disable();
      context.disable();
      propagation.disable();
      await provider.shutdown();
    },
  };
}

function tracesUrl(endpoint: unknown): string {
  const url = typeof endpoint === "string" && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw badInput("tracing: otlpEndpoint", `an address such as "http://127.0.0.1:4318"`, endpoint);
  }
  if (url.pathname === "/") url.pathname = "/v1/traces";
  return url.href;
}

async function loadSdk() {
  try {
    const [node, base, otlp, resources] = await Promise.all([
      import("@opentelemetry/sdk-trace-node"),
      import("@opentelemetry/sdk-trace-base"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/resources"),
    ]);
    return { node, base, otlp, resources };
  } catch (cause) {
    throw new FrancaError(
      "failed_precondition",
      "tracing needs OpenTelemetry's SDK, which is not installed: npm install @opentelemetry/sdk-trace-node @opentelemetry/sdk-trace-base @opentelemetry/resources @opentelemetry/exporter-trace-otlp-http",
      { cause },
    );
  }
}
