/** `serve`: dialects over a Store on ports of this machine. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Dialect, DialectRequest, Reply, Route } from "../dialect.ts";
import { errorCodes, FrancaError } from "../errors.ts";
import type { Store } from "../store.ts";
import { bodyOf, type JsonReader } from "./body.ts";
import type { Guard } from "./guard.ts";
import type { Observation, Observer } from "./observer.ts";
import { type Router, routerOf } from "./router.ts";

export interface ServeOptions {
  store: Store;
  dialects: readonly Dialect[];
  readJson: JsonReader;
  /** Without one everybody may do everything. */
  guard?: Guard;
  observer?: Observer;
  /** On every REST port beside the dialects': /metrics, a document of the API. */
  routes?: readonly Route[];
  /** Default "127.0.0.1". */
  host?: string;
  /** By dialect, instead of the vendor's usual ones; 0 takes any that is free. */
  ports?: { readonly [dialect: string]: { rest?: number; grpc?: number } };
  /** Bytes of a body, decompressed. Default 64 MiB. */
  bodyLimitBytes?: number;
}

export interface RunningServer {
  /** By dialect: "http://127.0.0.1:6333". */
  readonly addresses: { readonly [dialect: string]: string };
  /** Takes no more requests, finishes those under way, and lets go of the ports. The store stays open. */
  stop(): Promise<void>;
}

export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { dialects, host = "127.0.0.1", ports = {}, routes = [] } = options;
  const servers: Server[] = [];
  const addresses: { [dialect: string]: string } = {};
  options.observer?.attach?.({
    connections: () => ({}),
    lanes: () => ({ read: { running: 0, waiting: 0 }, write: { running: 0, waiting: 0 } }),
    bodyBytes: () => 0,
  });
  for (const { port, group } of listeners(dialects, ports)) {
    const router = routerOf(routes.length > 0 ? [...group, { ...group[0]!, name: "host", routes }] : group);
    const server = createServer(
      (message, response) => void answer(message, response, router, group[0]!, options),
    );
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    servers.push(server);
    for (const { name } of group)
      addresses[name] = `http://${host}:${(server.address() as AddressInfo).port}`;
  }
  return {
    addresses,
    async stop() {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** Dialects with the same port share a listener; port 0 is as many ports as there are dialects. */
function listeners(dialects: readonly Dialect[], ports: NonNullable<ServeOptions["ports"]>) {
  const all: { port: number; group: Dialect[] }[] = [];
  for (const dialect of dialects) {
    const port = ports[dialect.name]?.rest ?? dialect.ports.rest;
    const other = port === 0 ? undefined : all.find((listener) => listener.port === port);
    if (other === undefined) all.push({ port, group: [dialect] });
    else other.group.push(dialect);
  }
  return all;
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  router: Router,
  fallback: Dialect,
  options: ServeOptions,
): Promise<void> {
  const { store, readJson, guard, observer, bodyLimitBytes = 64 * 2 ** 20 } = options;
  const startedMs = performance.now();
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const header = (name: string) => message.headers[name]?.toString();
  const remoteAddress = message.socket.remoteAddress;
  let dialect = fallback;
  let observation: Observation | undefined;
  let caller: string | undefined;
  let failed: FrancaError | undefined;
  try {
    const [path = "/", search = ""] = (message.url ?? "/").split("?", 2);
    const found = router.find(message.method ?? "GET", path);
    dialect = found?.dialect ?? fallback;
    observation = observer?.begin({
      dialect: dialect.name,
      transport: "rest",
      route: found === undefined ? "unknown" : `${found.route.method} ${found.route.path}`,
      kind: found?.route.kind ?? "read",
      collection: found?.params.collection,
      remoteAddress,
      header,
    });
    if (observation?.requestId !== undefined) response.setHeader("x-request-id", observation.requestId);
    if (found === undefined) throw new FrancaError("not_found", `there is no ${message.method} ${path}`);
    const { route, params } = found;
    const { access, kind } = route;
    const admitted =
      guard === undefined || access === "open"
        ? undefined
        : await guard.admit({ dialect, access, kind, header, remoteAddress });
    caller = admitted?.name;
    const request: DialectRequest = {
      store: observation?.store?.(admitted?.store ?? store) ?? admitted?.store ?? store,
      params,
      query: new URLSearchParams(search),
      header,
      body: bodyOf(message, bodyLimitBytes, readJson),
      signal: gone.signal,
    };
    const work = () => route.handle(request);
    await send(response, await (observation?.run ? observation.run(work) : work()));
  } catch (thrown) {
    failed =
      thrown instanceof FrancaError
        ? thrown
        : new FrancaError("internal", "an unexpected failure", { cause: thrown });
    const { httpStatus } = failed.details;
    const status = typeof httpStatus === "number" ? httpStatus : errorCodes[failed.code].http;
    if (response.headersSent) response.destroy();
    else await send(response, dialect.failure(withRequestId(failed, observation?.requestId), status));
  }
  const totalMs = performance.now() - startedMs;
  observation?.end({
    caller,
    status: gone.signal.aborted && !response.writableFinished ? 499 : response.statusCode,
    error: failed,
    bytesIn: Number(message.headers["content-length"] ?? 0),
    bytesOut: Number(response.getHeader("content-length") ?? 0),
    ms: { receive: 0, queue: 0, handle: totalMs, total: totalMs },
  });
}

function withRequestId(error: FrancaError, requestId: string | undefined): FrancaError {
  if (requestId === undefined) return error;
  const { code, message, details, cause } = error;
  return new FrancaError(code, message, { details: { ...details, requestId }, cause });
}

async function send(response: ServerResponse, { status = 200, headers = {}, body }: Reply): Promise<void> {
  const type = body instanceof Uint8Array ? "application/octet-stream" : "application/json; charset=utf-8";
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    response.writeHead(status, {
      ...(body !== undefined && { "content-type": type }),
      "content-length": length,
      ...headers,
    });
    response.end(body);
    return;
  }
  response.writeHead(status, { "content-type": type, ...headers });
  for await (const piece of body) {
    if (!response.write(piece)) await new Promise((resolve) => response.once("drain", resolve));
  }
  response.end();
}
