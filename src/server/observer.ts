/** What happens in a server, for those who count, log and trace it. */
import type { Route } from "../dialect.ts";
import type { FrancaError } from "../errors.ts";
import type { Store } from "../store.ts";

export interface Observer {
  /** Once, before the first request. */
  attach?(gauges: Gauges): void;
  /** A request has come, its headers read and its route found. What is returned hears the rest. */
  begin(request: ObservedRequest): Observation | undefined;
}

export interface ObservedRequest {
  readonly dialect: string;
  readonly transport: "rest" | "grpc";
  /**
   * "GET /collections/:collection/points", "/package.Service/Method", or "unknown": one of a closed list, whatever clients
   * send.
   */
  readonly route: string;
  readonly kind: Route["kind"];
  /** As the client wrote it: not bounded, and it need not exist. Known only where the route has such a parameter. */
  readonly collection: string | undefined;
  readonly remoteAddress: string | undefined;
  header(name: string): string | undefined;
}

export interface Observation {
  /** Told to the client: as x-request-id of the answer, and in the details of errors. */
  readonly requestId?: string | undefined;
  /** The store as this request is to use it, for those who watch what is asked of it. */
  store?(store: Store): Store;
  /** Surrounds the handler, and with it whatever it calls: for contexts that are passed along. Must return what `work` does. */
  run?<T>(work: () => T): T;
  /** Exactly once, when the last byte was handed to the system or the client has gone. */
  end(outcome: Outcome): void;
}

export interface Outcome {
  /** Undefined where there is no guard, or none was asked. */
  readonly caller: string | undefined;
  /** HTTP's status, or gRPC's. 499, or 1, when the client had gone. */
  readonly status: number;
  readonly error: FrancaError | undefined;
  /** Of bodies and messages, decompressed. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Until the body was there, then waiting for a place, then in the handler; `total` is from the headers to the end. */
  readonly ms: {
    readonly receive: number;
    readonly queue: number;
    readonly handle: number;
    readonly total: number;
  };
}

/** To be read at any time. */
export interface Gauges {
  /** Open ones, by "franca rest", "franca grpc"; dialects that share a port are "franca+qdrant rest". */
  connections(): { readonly [listener: string]: number };
  lanes(): { readonly [lane in Lane]: { readonly running: number; readonly waiting: number } };
  /** Held in memory for requests whose handler has not ended. */
  bodyBytes(): number;
}

/** Searches and reads never wait behind writes and administration. */
export type Lane = "read" | "write";
