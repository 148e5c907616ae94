/**
 * A span for each request, continuing the trace that the caller is in (W3C traceparent). What the handler does is told
 * below it: by the engine as it happens, the stages of the server here.
 */
import { type Context, context, propagation, type Span, SpanKind, trace } from "@opentelemetry/api";
import { addStages, failed, registeredTracer, type Stage, wallMs } from "../../telemetry.ts";
import type { Observation, ObservedRequest, Observer, Outcome } from "../observer.ts";
import { watchedStore } from "./watched-store.ts";

/** Without an SDK requests are not observed at all. */
export function requestSpans(): Observer {
  return {
    begin(request) {
      const tracer = registeredTracer();
      if (tracer === undefined) return undefined;
      const startMs = performance.now();
      const caller = propagation.extract(context.active(), request, headers);
      const span = tracer.startSpan(
        request.route,
        {
          kind: SpanKind.SERVER,
          startTime: wallMs(startMs),
          attributes: attributesOf(request),
        },
        caller,
      );
      const within = trace.setSpan(caller, span);
      // Where nobody records this request, nobody is to record what it calls.
      if (!span.isRecording()) return { run: (work) => context.with(within, work), end() {} };
      return recorded(span, within, startMs);
    },
  };
}

const headers = {
  get: (request: ObservedRequest, name: string) => request.header(name),
  keys: () => [],
};

function attributesOf({ dialect, transport, route, kind, collection }: ObservedRequest) {
  return {
    "franca.dialect": dialect,
    "franca.kind": kind,
    ...(transport === "rest"
      ? { "http.request.method": route.split(" ")[0]!, "http.route": route.split(" ")[1] ?? route }
      : { "rpc.system": "grpc", "rpc.method": route }),
    ...(collection !== undefined && { "franca.collection": collection.slice(0, 255) }),
  };
}

function recorded(span: Span, within: Context, startMs: number): Observation {
  let answeredMs: number | undefined;
  let handled: { endMs: number } | undefined;
  const answered = () => {
    answeredMs = performance.now();
  };
  return {
    store: (store) =>
      watchedStore(store, { explain: false, found() {}, dropped() {}, queried: answered, wrote: answered }),
    run: (work) =>
      context.with(within, () => {
        const result = work();
        const done = () => {
          handled = { endMs: performance.now() };
        };
        if (result instanceof Promise) result.then(done, done);
        else done();
        return result;
      }),
    end(outcome) {
      const endMs = performance.now();
      addStages(span, stagesOf(outcome, { startMs, answeredMs, handledMs: handled?.endMs, endMs }));
      span.setAttributes(outcomeAttributes(outcome));
      if (outcome.error !== undefined) failed(span, outcome.error);
      span.end(wallMs(endMs));
    },
  };
}

interface Times {
  startMs: number;
  /** The last answer of the store. */
  answeredMs: number | undefined;
  /** The handler's end. */
  handledMs: number | undefined;
  endMs: number;
}

function stagesOf({ ms }: Outcome, { startMs, answeredMs, handledMs, endMs }: Times): Stage[] {
  const stages: Stage[] = [];
  const add = (name: string, from: number, until: number) => {
    if (until > from) stages.push({ name, startMs: from, timeMs: until - from });
  };
  add("franca.receive", startMs, startMs + ms.receive);
  add("franca.queue", startMs + ms.receive, startMs + ms.receive + ms.queue);
  if (handledMs !== undefined) {
    if (answeredMs !== undefined) add("franca.serialize", answeredMs, handledMs);
    add("franca.send", handledMs, endMs);
  }
  return stages;
}

function outcomeAttributes({ caller, status, bytesIn, bytesOut }: Outcome) {
  return {
    "http.response.status_code": status,
    "http.request.body.size": bytesIn,
    "http.response.body.size": bytesOut,
    ...(caller !== undefined && { "franca.caller": caller }),
  };
}
