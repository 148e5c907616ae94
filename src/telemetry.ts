/**
 * Spans, for whoever has registered an OpenTelemetry SDK: what the engine and the server tell of their stages. Without an SDK
 * a call costs some nanoseconds and nothing is made. Attributes name collections and fields and carry numbers; never
 * payloads, vectors, texts, values of filters, ids or keys.
 *
 * A call is a span that lives while it runs; its stages are told when it ends, by the times that were taken anyway.
 */
import {
  type Attributes,
  context,
  ProxyTracer,
  propagation,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { FrancaError } from "./errors.ts";

export type { Attributes, Span };

/** Part of a call that has ended. Times are of performance.now(). */
export interface Stage {
  name: string;
  startMs: number;
  timeMs: number;
  attributes?: Attributes;
  stages?: readonly Stage[];
}

/** Runs `work` as a span of the active one. `work` is given the span when somebody records it. */
export function traced<T>(
  name: string,
  attributes: () => Attributes,
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  const tracer = registeredTracer();
  if (tracer === undefined) return work(undefined);
  const span = tracer.startSpan(name, { startTime: wallMs(performance.now()) });
  if (!span.isRecording()) return work(undefined);
  span.setAttributes(attributes());
  return context.with(trace.setSpan(context.active(), span), async () => {
    try {
      return await work(span);
    } catch (error) {
      failed(span, error);
      throw error;
    } finally {
      span.end(wallMs(performance.now()));
    }
  });
}

export function addStages(parent: Span, stages: readonly Stage[]): void {
  const tracer = registeredTracer();
  if (tracer === undefined) return;
  const within = trace.setSpan(context.active(), parent);
  for (const { name, startMs, timeMs, attributes, stages: inner } of stages) {
    const span = tracer.startSpan(
      name,
      { startTime: wallMs(startMs), ...(attributes && { attributes }) },
      within,
    );
    if (inner !== undefined) addStages(span, inner);
    span.end(wallMs(startMs + timeMs));
  }
}

/** Of the SDK that is there now. Without one the API hands a stand-in out, for which nothing need be made. */
export function registeredTracer(): Tracer | undefined {
  const tracer = trace.getTracer("franca");
  return tracer instanceof ProxyTracer ? undefined : tracer;
}

/** By which a server that is called continues the trace of its caller (W3C traceparent); none where nobody traces. */
export function traceHeaders(): { [name: string]: string } {
  const headers = {};
  if (registeredTracer() !== undefined) propagation.inject(context.active(), headers);
  return headers;
}

/** The code alone: messages may quote what was asked. */
export function failed(span: Span, error: unknown): void {
  const code = error instanceof FrancaError ? error.code : "internal";
  span.setAttribute("error.type", code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

const driftMs = 2;
let offsetMs: number = performance.timeOrigin;

/**
 * A time of performance.now() as milliseconds since 1970. All times of spans come by this way, so that those of one trace fit;
 * the clock of the machine may be set meanwhile, and is followed when it is off.
 */
export function wallMs(performanceMs: number): number {
  const nowMs = Date.now();
  const off = nowMs - (offsetMs + performance.now());
  if (Math.abs(off) > driftMs) offsetMs += off;
  return offsetMs + performanceMs;
}
