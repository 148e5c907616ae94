/** What is counted of requests: how many, how long, what waited, what failed. Labels are of closed lists, whatever clients send. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { type ErrorCode, errorCodes } from "../../errors.ts";
import type { Gauges, Observation, ObservedRequest, Observer, Outcome } from "../observer.ts";
import { type StoreWatch, watchedStore } from "./watched-store.ts";

const durationBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];
const waitBuckets = [0.0001, 0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30];

export function requestMetrics(registry: Registry, watchOf: (dialect: string) => StoreWatch): Observer {
  const registers = [registry];
  const requests = new Counter({
    name: "franca_requests_total",
    help: "Requests that ended, by how: the class of HTTP's status, which gRPC's are translated to.",
    labelNames: ["dialect", "transport", "route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "franca_request_duration_seconds",
    help: "Time of requests from their headers to the last byte of the answer.",
    labelNames: ["dialect", "transport", "route"],
    buckets: durationBuckets,
    registers,
  });
  const errors = new Counter({
    name: "franca_errors_total",
    help: "Requests that ended in an error, by its code.",
    labelNames: ["dialect", "code"],
    registers,
  });
  const waited = new Histogram({
    name: "franca_queue_wait_seconds",
    help: "Time that requests waited for a place, by what they were for.",
    labelNames: ["kind"],
    buckets: waitBuckets,
    registers,
  });
  const received = new Counter({
    name: "franca_received_bytes_total",
    help: "Bytes of bodies and messages that came in, decompressed.",
    labelNames: ["dialect"],
    registers,
  });
  const sent = new Counter({
    name: "franca_sent_bytes_total",
    help: "Bytes of bodies and messages that went out.",
    labelNames: ["dialect"],
    registers,
  });

  return {
    attach: (gauges) => showGauges(registry, gauges),
    begin: (request) => observation(request),
  };

  function observation({ dialect, transport, route, kind }: ObservedRequest): Observation {
    return {
      store: (store) => watchedStore(store, watchOf(dialect)),
      end({ status, error, bytesIn, bytesOut, ms }: Outcome) {
        requests.inc({ dialect, transport, route, status: classOf(transport, status) });
        seconds.observe({ dialect, transport, route }, ms.total / 1000);
        if (error !== undefined) errors.inc({ dialect, code: error.code });
        if (kind !== "health") waited.observe({ kind }, ms.queue / 1000);
        if (bytesIn > 0) received.inc({ dialect }, bytesIn);
        if (bytesOut > 0) sent.inc({ dialect }, bytesOut);
      },
    };
  }
}

function showGauges(registry: Registry, gauges: Gauges): void {
  const registers = [registry];
  const lanes = (name: string, help: string, count: "running" | "waiting"): Gauge<"lane"> =>
    new Gauge({
      name,
      help,
      labelNames: ["lane"],
      registers,
      collect() {
        for (const [lane, counts] of Object.entries(gauges.lanes())) this.set({ lane }, counts[count]);
      },
    });
  lanes("franca_requests_running", "Requests whose handler has begun and not ended.", "running");
  lanes("franca_queue_length", "Requests that wait for a place.", "waiting");
  new Gauge({
    name: "franca_connections",
    help: "Open connections, by the dialects and the transport of their port.",
    labelNames: ["listener"],
    registers,
    collect() {
      this.reset();
      for (const [listener, open] of Object.entries(gauges.connections())) this.set({ listener }, open);
    },
  });
  new Gauge({
    name: "franca_body_memory_bytes",
    help: "Bytes of bodies held for requests whose handler has not ended.",
    registers,
    collect() {
      this.set(gauges.bodyBytes());
    },
  });
}

/** "2xx" … "5xx". */
function classOf(transport: "rest" | "grpc", status: number): string {
  const http = transport === "rest" ? status : (httpOfGrpc.get(status) ?? 500);
  return `${Math.floor(http / 100)}xx`;
}

const httpOfGrpc = new Map<number, number>([
  [0, 200],
  ...(Object.keys(errorCodes) as ErrorCode[]).map((code): [number, number] => [
    errorCodes[code].grpc,
    errorCodes[code].http,
  ]),
]);
