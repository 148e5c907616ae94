/** What is counted of requests: how many, how long, what waited, what failed. Labels are of closed lists, whatever clients send. */
import { Gauge, type Registry } from "prom-client";
import type { Route } from "../../dialect.ts";
import { type ErrorCode, errorCodes } from "../../errors.ts";
import type { Gauges, Observation, ObservedRequest, Observer, Outcome } from "../observer.ts";
import {
  CounterFamily,
  type CounterSeries,
  type Family,
  HistogramFamily,
  type HistogramSeries,
  type Series,
} from "./families.ts";
import { kept } from "./kept.ts";
import { type StoreWatch, watchedStore } from "./watched-store.ts";

const durationBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];
const waitBuckets = [0.0001, 0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30];

export class RequestMetrics implements Observer {
  readonly #registry: Registry;
  readonly #watchOf: (dialect: string) => StoreWatch;
  readonly #requests: CounterFamily = new CounterFamily(
    "franca_requests_total",
    "Requests that ended, by how: the class of HTTP's status, which gRPC's are translated to.",
  );
  readonly #seconds: HistogramFamily = new HistogramFamily(
    "franca_request_duration_seconds",
    "Time of requests from their headers to the last byte of the answer.",
    durationBuckets,
  );
  readonly #errors: CounterFamily = new CounterFamily(
    "franca_errors_total",
    "Requests that ended in an error, by its code.",
  );
  readonly #waited: HistogramFamily = new HistogramFamily(
    "franca_queue_wait_seconds",
    "Time that requests waited for a place, by what they were for.",
    waitBuckets,
  );
  readonly #received: CounterFamily = new CounterFamily(
    "franca_received_bytes_total",
    "Bytes of bodies and messages that came in, decompressed.",
  );
  readonly #sent: CounterFamily = new CounterFamily(
    "franca_sent_bytes_total",
    "Bytes of bodies and messages that went out.",
  );
  readonly #dialects: Map<string, DialectSeries> = new Map();
  readonly #waits: Map<string, HistogramSeries> = new Map();

  constructor(registry: Registry, watchOf: (dialect: string) => StoreWatch) {
    this.#registry = registry;
    this.#watchOf = watchOf;
  }

  get families(): readonly Family<Series>[] {
    return [this.#requests, this.#seconds, this.#errors, this.#waited, this.#received, this.#sent];
  }

  attach(gauges: Gauges): void {
    showGauges(this.#registry, gauges);
  }

  begin(request: ObservedRequest): Observation {
    const dialect = kept(this.#dialects, request.dialect, () => this.#dialect(request.dialect));
    const { transport, route, kind } = request;
    const series = kept(dialect.routes[transport], route, () => this.#route(dialect.name, transport, route));
    return {
      store: (store) => watchedStore(store, dialect.watch),
      end: (outcome) => this.#ended(dialect, series, kind, outcome),
    };
  }

  #ended(dialect: DialectSeries, route: RouteSeries, kind: Route["kind"], outcome: Outcome): void {
    const { status, error, bytesIn, bytesOut, ms } = outcome;
    const { name } = dialect;
    kept(route.byStatus, classOf(route.transport, status), route.requests).add();
    route.seconds.observe(ms.total / 1000);
    if (error !== undefined) {
      const { code } = error;
      kept(dialect.errors, code, () => this.#errors.series({ dialect: name, code })).add();
    }
    if (kind !== "health") {
      kept(this.#waits, kind, () => this.#waited.series({ kind })).observe(ms.queue / 1000);
    }
    dialect.received.add(bytesIn);
    dialect.sent.add(bytesOut);
  }

  #dialect(name: string): DialectSeries {
    return {
      name,
      watch: this.#watchOf(name),
      routes: { rest: new Map(), grpc: new Map() },
      errors: new Map(),
      received: this.#received.series({ dialect: name }),
      sent: this.#sent.series({ dialect: name }),
    };
  }

  #route(dialect: string, transport: "rest" | "grpc", route: string): RouteSeries {
    return {
      transport,
      byStatus: new Map(),
      requests: (status) => this.#requests.series({ dialect, transport, route, status }),
      seconds: this.#seconds.series({ dialect, transport, route }),
    };
  }
}

interface DialectSeries {
  readonly name: string;
  readonly watch: StoreWatch;
  readonly routes: { readonly [transport in ObservedRequest["transport"]]: Map<string, RouteSeries> };
  readonly errors: Map<ErrorCode, CounterSeries>;
  readonly received: CounterSeries;
  readonly sent: CounterSeries;
}

interface RouteSeries {
  readonly transport: ObservedRequest["transport"];
  readonly byStatus: Map<string, CounterSeries>;
  readonly requests: (status: string) => CounterSeries;
  readonly seconds: HistogramSeries;
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
function classOf(transport: ObservedRequest["transport"], status: number): string {
  const http = transport === "rest" ? status : (httpOfGrpc.get(status) ?? 500);
  return classes[Math.floor(http / 100)] ?? "5xx";
}

const classes = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"];

const httpOfGrpc = new Map<number, number>([
  [0, 200],
  ...(Object.keys(errorCodes) as ErrorCode[]).map((code): [number, number] => [
    errorCodes[code].grpc,
    errorCodes[code].http,
  ]),
  // Mostly a method that there is not, which over HTTP is a 404 or 405.
  [errorCodes.unimplemented.grpc, 404],
]);
