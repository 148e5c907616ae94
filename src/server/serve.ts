/** `serve`: dialects over a Store on ports of this machine. */
import type { Dialect, Route } from "../dialect.ts";
import type { FrancaError } from "../errors.ts";
import type { Store } from "../store.ts";
import { isLoopback } from "./auth/exposure.ts";
import type { JsonReader } from "./body.ts";
import { type Clock, systemClock } from "./clock.ts";
import { listenGrpc } from "./grpc/listener.ts";
import type { Guard } from "./guard.ts";
import { Host } from "./host.ts";
import { type Limits, limitsOf } from "./limits.ts";
import type { Listener } from "./listener.ts";
import type { Gauges, Observer } from "./observer.ts";
import { ownNamesOf } from "./origins.ts";
import type { Readiness } from "./readiness.ts";
import { listenRest } from "./rest-listener.ts";
import { stopperOf } from "./stop.ts";
import { type TlsFiles, tlsOf } from "./tls.ts";

export interface ServeOptions {
  /** A promise: the server listens meanwhile, is not ready, and refuses requests with 503. */
  store: Store | Promise<Store>;
  dialects: readonly Dialect[];
  readJson: JsonReader;
  /** Without one everybody may do everything. */
  guard?: Guard;
  observer?: Observer;
  /** On every REST port beside the dialects': /metrics, a document of the API. */
  routes?: readonly Route[];
  /** The address to listen on. Default "127.0.0.1". */
  host?: string;
  /** By dialect, instead of the vendor's usual ones; 0 takes any that is free, for gRPC too unless it is given. */
  ports?: { readonly [dialect: string]: { rest?: number; grpc?: number } };
  limits?: Partial<Limits>;
  /** Of deadlines, waits and durations. Default: the machine's. */
  clock?: Clock;
  /** For all ports. */
  tls?: TlsFiles;
  /** Origins of web pages that may use the server: "https://console.example", or "*". Default none but its own. */
  allowedOrigins?: readonly string[];
  /** What /readyz says while the store is open. Default: ready. */
  readiness?: () => Readiness | Promise<Readiness>;
  /** What is wrong, though the server goes on: a bad new certificate, an answer that could not be sent. */
  onWarning?: (warning: FrancaError) => void;
}

export interface RunningServer {
  /** By dialect: "http://127.0.0.1:6333". */
  readonly addresses: { readonly [dialect: string]: string };
  /** Of the dialects that have gRPC: "127.0.0.1:6334". */
  readonly grpcAddresses: { readonly [dialect: string]: string };
  readonly gauges: Gauges;
  /** Reads certificate and key again, which also happens by itself soon after they changed. */
  reloadTls(): Promise<void>;
  /**
   * Is not ready from now on, refuses new requests with 503, gives those under way the grace time, aborts what is left then,
   * and lets go of the ports; resolves when all is quiet. Called again, it does not wait any longer. The store stays open.
   */
  stop(): Promise<void>;
}

/** @throws FrancaError invalid_argument; failed_precondition when a port is taken, or two dialects claim the same path */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { dialects, host: address = "127.0.0.1", ports = {}, routes = [], onWarning = () => {} } = options;
  const { allowedOrigins = [] } = options;
  const isOpen = options.guard === undefined || options.guard.letsAnybodyIn === true;
  const host = new Host({
    store: options.store,
    limits: limitsOf(options.limits),
    clock: options.clock ?? systemClock,
    guard: options.guard,
    observer: options.observer,
    readJson: options.readJson,
    readiness: options.readiness,
    allowedOrigins,
    ownNames:
      isOpen && options.tls === undefined && isLoopback(address)
        ? ownNamesOf(address, allowedOrigins)
        : undefined,
    onWarning,
  });
  const tls = options.tls === undefined ? undefined : await tlsOf(options.tls, onWarning);
  const listeners: Listener[] = [];
  const stop = stopperOf(host, listeners, tls);
  const gauges = gaugesOf(host, listeners);
  options.observer?.attach?.(gauges);
  const addresses: { [dialect: string]: string } = {};
  const grpcAddresses: { [dialect: string]: string } = {};
  const shownHost = address.includes(":") ? `[${address}]` : address;
  try {
    for (const { port, group } of restPorts(dialects, ports)) {
      const listener = await listenRest({ host, address, port, dialects: group, routes, tls });
      listeners.push(listener);
      for (const { name } of group)
        addresses[name] = `${tls === undefined ? "http" : "https"}://${shownHost}:${listener.port}`;
    }
    for (const dialect of dialects) {
      if (dialect.methods === undefined) continue;
      const { rest, grpc } = ports[dialect.name] ?? {};
      const port = grpc ?? (rest === 0 ? 0 : (dialect.ports.grpc ?? 0));
      const listener = await listenGrpc({ host, address, port, dialect, tls });
      listeners.push(listener);
      grpcAddresses[dialect.name] = `${shownHost}:${listener.port}`;
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { addresses, grpcAddresses, gauges, reloadTls: async () => tls?.reload(), stop };
}

/** Dialects with the same port share a listener; port 0 is as many ports as there are dialects. */
function restPorts(dialects: readonly Dialect[], ports: NonNullable<ServeOptions["ports"]>) {
  const all: { port: number; group: Dialect[] }[] = [];
  for (const dialect of dialects) {
    const port = ports[dialect.name]?.rest ?? dialect.ports.rest;
    const other = port === 0 ? undefined : all.find((listener) => listener.port === port);
    if (other === undefined) all.push({ port, group: [dialect] });
    else other.group.push(dialect);
  }
  return all;
}

function gaugesOf(host: Host, listeners: readonly Listener[]): Gauges {
  const { lanes, held } = host;
  return {
    connections: () => Object.fromEntries(listeners.map((one) => [one.name, one.connectionCount()])),
    lanes: () => ({
      read: { running: lanes.read.running, waiting: lanes.read.waiting },
      write: { running: lanes.write.running, waiting: lanes.write.waiting },
    }),
    bodyBytes: () => held.bytes,
  };
}
