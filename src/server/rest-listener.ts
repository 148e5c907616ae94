/** HTTP/1 on one port, for all dialects that share it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Duplex } from "node:stream";
import type { Dialect, Route } from "../dialect.ts";
import { FrancaError } from "../errors.ts";
import { Connections } from "./connections.ts";
import { failureReply } from "./failure.ts";
import type { Host } from "./host.ts";
import { type Listener, listen } from "./listener.ts";
import { healthRoutes } from "./readiness.ts";
import { answer, maxHeaders } from "./rest.ts";
import { routerOf } from "./router.ts";
import type { Tls } from "./tls.ts";
import { Unanswered } from "./unanswered.ts";
import { endUnreadable } from "./unreadable.ts";

export interface RestOptions {
  host: Host;
  address: string;
  port: number;
  dialects: readonly Dialect[];
  /** Beside the dialects'. */
  routes: readonly Route[];
  tls: Tls | undefined;
}

export async function listenRest(options: RestOptions): Promise<Listener> {
  const { host, address, port, dialects, routes, tls } = options;
  const { limits } = host;
  const fallback = dialects[0]!;
  const own: Dialect = { ...fallback, name: "host", routes: [...routes, ...healthRoutes(host, dialects)] };
  const surroundings = { host, router: routerOf([...dialects, own]) };
  const settings = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerTimeoutMs,
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(limits.headerTimeoutMs, 1_000),
    // Notices a client whose machine has vanished.
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    noDelay: true,
    // Asked for in rest.ts, where it can be said in the dialect's words.
    requireHostHeader: false,
  };
  const server: Server =
    tls === undefined ? createServer(settings) : createSecureServer({ ...settings, ...tls.serverOptions() });
  tls?.follow((context) => (server as ReturnType<typeof createSecureServer>).setSecureContext(context));
  // What is beyond this Node leaves out in silence; one more than may be is let through, so that it is refused in rest.ts.
  server.maxHeadersCount = maxHeaders + 1;
  const connections = new Connections<Duplex>(server, limits.connections);
  server.on(tls === undefined ? "connection" : "secureConnection", (socket: Duplex) =>
    connections.add(socket),
  );
  const onRequest = (message: IncomingMessage, response: ServerResponse, invite?: () => void): void => {
    const { socket } = message;
    const unanswered = Unanswered.of(socket);
    unanswered.add(message, response);
    connections.begin(socket);
    response.once("close", () => connections.end(socket));
    const { count } = unanswered;
    if (count > limits.requestsPerConnection) {
      const failure = new FrancaError(
        "resource_exhausted",
        `this connection has ${count} unanswered requests, of at most ${limits.requestsPerConnection}`,
        { details: { retryAfterMs: 1_000 } },
      );
      sayAndClose(response, failureReply(fallback, failure));
      return;
    }
    answer(message, response, surroundings, invite).catch((error) => {
      response.destroy();
      host.onWarning(
        new FrancaError("internal", "an answer could not be sent; its connection was closed", {
          cause: error,
        }),
      );
    });
  };
  server.on("request", onRequest);
  server.on("checkContinue", (message, response) =>
    onRequest(message, response, () => response.writeContinue()),
  );
  server.on("checkExpectation", (_message: IncomingMessage, response: ServerResponse) => {
    const failure = new FrancaError(
      "invalid_argument",
      'expect: nothing but "100-continue" can be expected here',
      {
        details: { httpStatus: 417 },
      },
    );
    sayAndClose(response, failureReply(fallback, failure));
  });
  // Without a listener Node would end the connection without a word.
  server.on("connect", (_message: IncomingMessage, socket: Duplex) =>
    endUnreadable(new Error("CONNECT is for proxies, and this is none"), socket, fallback, limits),
  );
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) =>
    endUnreadable(error, socket, fallback, limits),
  );
  const name = `${dialects.map((dialect) => dialect.name).join("+")} rest`;
  const listening = await listen(server, address, port, name);
  return {
    name,
    port: listening,
    connectionCount: () => connections.count,
    close: () => new Promise((resolve) => server.close(() => resolve())),
    destroy: () => connections.destroyAll(),
  };
}

function sayAndClose(
  response: ServerResponse,
  { status = 400, headers = {}, body }: ReturnType<typeof failureReply>,
): void {
  const said = body as string | Uint8Array | undefined;
  response.shouldKeepAlive = false;
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": said === undefined ? 0 : Buffer.byteLength(said),
    ...headers,
  });
  response.end(said);
}
