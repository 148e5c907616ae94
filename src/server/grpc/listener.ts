/**
 * A dialect's gRPC port: HTTP/2 by node:http2. It is written out here, since the usual library reads a message whole before
 * anything may refuse it: what a thousand half-sent messages take could then not be bounded.
 */
import {
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Dialect } from "../../dialect.ts";
import { FrancaError } from "../../errors.ts";
import { busy } from "../admission.ts";
import { Connections } from "../connections.ts";
import type { Host } from "../host.ts";
import { type Listener, listen } from "../listener.ts";
import type { Tls } from "../tls.ts";
import { answerCall, type Hosted } from "./call.ts";
import { healthMethods } from "./health.ts";
import { keepPinging } from "./pings.ts";
import { replyHeaders, trailersOf } from "./status.ts";

export interface GrpcOptions {
  host: Host;
  address: string;
  port: number;
  dialect: Dialect;
  tls: Tls | undefined;
}

export async function listenGrpc({ host, address, port, dialect, tls }: GrpcOptions): Promise<Listener> {
  const { limits } = host;
  const hosted: Hosted = {
    host,
    dialect,
    methods: new Map(Object.entries({ ...healthMethods(host), ...dialect.methods })),
  };
  const settings = {
    maxSessionMemory: sessionMebibytes,
    maxSessionInvalidFrames: 100,
    // How many streams there may be is not told to clients but judged below: Node counts those that are just over, too, and
    // would reset what a client rightly opened in their place.
    settings: {
      maxHeaderListSize: limits.headerBytes,
      initialWindowSize: streamWindowBytes,
      enablePush: false,
    },
  };
  const server: Http2Server | Http2SecureServer =
    tls === undefined ? createServer(settings) : createSecureServer({ ...settings, ...tls.serverOptions() });
  tls?.follow((context) => (server as Http2SecureServer).setSecureContext(context));
  const connections = new Connections<ServerHttp2Session>(server, limits.connections);
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session: ServerHttp2Session) => {
    connections.add(session);
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
    session.setLocalWindowSize(sessionWindowBytes);
    // Idle is a session on which nothing comes and nothing is under way.
    session.setTimeout(10 * limits.keepAliveMs, () => session.close());
  });
  const stopPinging = keepPinging(sessions, limits.idleTimeoutMs);
  // What a broken connection says; the session is destroyed by then.
  server.on("sessionError", () => {});
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    // The end of a stream is told by its "close"; without a listener an error would be the process's.
    stream.on("error", () => {});
    const { session } = stream;
    if (session !== undefined) {
      const running = connections.begin(session as ServerHttp2Session);
      stream.once("close", () => connections.end(session as ServerHttp2Session));
      if (running > streamsPerRequest * limits.requestsPerConnection) {
        stream.respond(
          { ...replyHeaders, ...trailersOf(busy(`${running} calls on one connection`)) },
          { endStream: true },
        );
        stream.close(constants.NGHTTP2_NO_ERROR);
        return;
      }
    }
    if (!isGrpc(headers)) {
      stream.respond({ ":status": 415, "content-type": "text/plain" });
      stream.end("this port speaks gRPC: expected POST with content-type application/grpc\n");
      return;
    }
    answerCall(stream, headers, hosted).catch((error) => {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      host.onWarning(
        new FrancaError("internal", "an answer could not be sent; its call was cut off", { cause: error }),
      );
    });
  });
  const name = `${dialect.name} grpc`;
  const listening = await listen(server, address, port, name);
  return {
    name,
    port: listening,
    connectionCount: () => connections.count,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      return closed;
    },
    destroy() {
      stopPinging();
      connections.destroyAll();
    },
  };
}

const sessionMebibytes = 64;
/** Calls share one connection where HTTP/1 has several. */
const streamsPerRequest = 8;
const streamWindowBytes = 2 ** 20;
const sessionWindowBytes = 8 * 2 ** 20;

function isGrpc(headers: IncomingHttpHeaders): boolean {
  const type = headers["content-type"];
  return headers[":method"] === "POST" && /^application\/grpc($|[+;])/.test(type ?? "");
}
