/**
 * A dialect: how the clients of one vendor, or Franca's own, speak to a Store. It is a table of routes and of gRPC methods;
 * it knows nothing of ports, keys, limits, queues or logs. `src/server/` hosts it and does all of those, `src/dialects/`
 * holds the drivers.
 *
 * A handler is given the Store as the caller may see it: what its key does not allow is refused there, in every dialect alike.
 */
import type { FrancaError } from "./errors.ts";
import type { Store } from "./store.ts";

export interface Dialect {
  /** "franca", "qdrant", … */
  readonly name: string;
  /** Where the vendor's clients look for it by themselves. Dialects may share a port if their paths differ. */
  readonly ports: { readonly rest: number; readonly grpc?: number };
  readonly routes: readonly Route[];
  /** gRPC methods by full name, "/package.Service/Method". */
  readonly methods?: { readonly [name: string]: GrpcMethod };
  /** The key that a request shows, where this vendor's clients put it. Names of headers are in lower case. */
  credentials(header: (name: string) => string | undefined): string | undefined;
  /** The time in milliseconds that a REST request asks for, where this vendor's clients put it; `x-timeout-ms` counts before it. */
  timeoutMs?(request: Pick<DialectRequest, "header" | "query">): number | undefined;
  /**
   * How this vendor's clients expect /livez, /healthz and /readyz to be answered, where it is the first of a port. Without it
   * they are answered in JSON.
   */
  probe?(path: "/livez" | "/healthz" | "/readyz", isWell: boolean): Reply;
  /**
   * The vendor's answer for whatever went wrong: thrown by a handler, or found before one was reached (no such route, a bad
   * key, a body too large, a full queue). `httpStatus` is what HTTP has for it.
   */
  failure(error: FrancaError, httpStatus: number): Reply;
  /** The same over gRPC: the error in the vendor's words, with its code. Without it errors are told as they are. */
  grpcFailure?(error: FrancaError): FrancaError;
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  /** "/collections/:collection/points"; a parameter is one whole segment, given decoded. */
  readonly path: string;
  /** What a key must allow for this to be tried at all. "open" asks for no key. */
  readonly access: Access;
  /** What it is for, by which requests are queued and counted. "write" bodies may be large, "search" answers are waited for. */
  readonly kind: "search" | "read" | "write" | "admin" | "health";
  /**
   * The body is read as it arrives, of any length, and the request holds its place meanwhile. Without it a request is handled
   * when its body is there, whole.
   */
  readonly streams?: boolean;
  handle(request: DialectRequest): Promise<Reply> | Reply;
}

export type Access = "open" | "read" | "write" | "admin";

export interface DialectRequest {
  /** As the caller may see it. */
  readonly store: Store;
  readonly params: { readonly [name: string]: string };
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  /** Of the client, or of the proxy before it. */
  readonly remoteAddress: string | undefined;
  readonly body: RequestBody;
  /** Aborted when the client has gone, or, with a FrancaError deadline_exceeded as its reason, when the time is over. */
  readonly signal: AbortSignal;
}

/** Read once, by one of its methods. All reject with invalid_argument for what is malformed, resource_exhausted for what is too large. */
export interface RequestBody {
  /** Decompressed. */
  bytes(): Promise<Uint8Array>;
  /**
   * Undefined for an empty body. Integers beyond ±(2^53 − 1) are bigints. Below the keys named in `vectors`, and not
   * below one named in `except`, lists of numbers are Float32Array, read straight from the bytes; in such a list, whatever
   * JavaScript's own parser would round to infinity is refused.
   */
  json(shape?: JsonShape): Promise<unknown>;
  /** As it arrives, decompressed. */
  stream(): AsyncIterable<Uint8Array>;
}

export interface JsonShape {
  /** Keys whose subtrees hold vectors: "vector", "vectors", … */
  readonly vectors: readonly string[];
  /** Keys whose subtrees are to be left as they are, though below one of `vectors` or above one: "payload", "indices". */
  readonly except?: readonly string[];
}

export interface Reply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  /** Text is sent as JSON in UTF-8 unless a content-type says otherwise; an iterable is streamed, piece by piece. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
}

export type GrpcMethod = UnaryMethod | StreamMethod;

interface AnyGrpcMethod {
  readonly access: Access;
  readonly kind: Route["kind"];
}

export interface UnaryMethod extends AnyGrpcMethod {
  /** The bytes of a message to the bytes of a message. */
  handle(message: Uint8Array, request: GrpcRequest): Promise<Uint8Array>;
}

/** In both directions; the other kinds of streams are cases of it. */
export interface StreamMethod extends AnyGrpcMethod {
  stream(messages: AsyncIterable<Uint8Array>, request: GrpcRequest): AsyncIterable<Uint8Array>;
}

export interface GrpcRequest extends Pick<DialectRequest, "store" | "header" | "signal"> {
  /** The time that a message asks for, where this vendor's have one; from the beginning of the call, beside `grpc-timeout`. */
  limitTime(ms: number): void;
  /** JSON inside of a message, without vectors, exactly as RequestBody.json reads it. @throws FrancaError invalid_argument */
  json(bytes: Uint8Array): Promise<unknown> | unknown;
}
