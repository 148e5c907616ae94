/** One gRPC call, from its headers to its trailers. */
import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Dialect, GrpcMethod, GrpcRequest, StreamMethod, UnaryMethod } from "../../dialect.ts";
import { errorCodes, FrancaError } from "../../errors.ts";
import { Exchange } from "../exchange.ts";
import { failureOf } from "../failure.ts";
import type { Host } from "../host.ts";
import { CallRequest } from "../request.ts";
import { frame } from "./frames.ts";
import { allMessages, onlyMessage } from "./messages.ts";
import { okTrailers, replyHeaders, trailersOf } from "./status.ts";
import { grpcTimeoutMs } from "./timeout.ts";

export interface Hosted {
  host: Host;
  dialect: Dialect;
  methods: ReadonlyMap<string, GrpcMethod>;
}

interface Call {
  stream: ServerHttp2Stream;
  exchange: Exchange;
  host: Host;
  request: GrpcRequest;
  /** Of the client's messages. */
  encoding: string;
}

export async function answerCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { host, dialect, methods }: Hosted,
): Promise<void> {
  const path = headers[":path"] ?? "";
  const method = methods.get(path);
  const header = (name: string): string | undefined => headers[name]?.toString();
  const exchange = new Exchange(host, {
    dialect,
    transport: "grpc",
    route: method === undefined ? "unknown" : path,
    kind: method?.kind ?? "health",
    access: method?.access ?? "open",
    collection: undefined,
    remoteAddress: stream.session?.socket?.remoteAddress,
    header,
  });
  stream.once("close", () => {
    if (!exchange.isEnded) exchange.abort(new FrancaError("cancelled", "the client went away"));
  });
  let failure: FrancaError | undefined;
  try {
    if (method === undefined) throw new FrancaError("unimplemented", `there is no method ${path}`);
    const timeoutMs = grpcTimeoutMs(header("grpc-timeout"));
    if (timeoutMs !== undefined) exchange.limitTime(timeoutMs);
    const admitted = exchange.admit();
    const store = admitted instanceof Promise ? await admitted : admitted;
    const request = new CallRequest(host, exchange, store, header);
    const call: Call = { stream, exchange, host, request, encoding: header("grpc-encoding") ?? "identity" };
    await ("stream" in method ? answerStream(method, call) : answerUnary(method, call));
  } catch (thrown) {
    failure = failureOf(thrown);
    fail(stream, exchange.told(dialect.grpcFailure?.(failure) ?? failure));
  }
  exchange.end(failure === undefined ? 0 : errorCodes[failure.code].grpc, failure);
}

async function answerUnary(
  method: UnaryMethod,
  { stream, exchange, host, request, encoding }: Call,
): Promise<void> {
  const message = await onlyMessage(stream, exchange, host.limits, encoding);
  const reply = await exchange.handle(() => method.handle(message, request));
  assertSize(reply, host);
  host.untaken.hold(reply.byteLength, 0);
  respond(stream);
  exchange.bytesOut = reply.byteLength;
  stream.end(frame(reply));
  await taken(stream, exchange, host.limits.idleTimeoutMs).finally(() =>
    host.untaken.release(reply.byteLength),
  );
}

async function answerStream(
  method: StreamMethod,
  { stream, exchange, host, request, encoding }: Call,
): Promise<void> {
  const messages = allMessages(stream, exchange, host.limits, encoding);
  const replies = exchange.handleStream(() => method.stream(messages, request))[Symbol.asyncIterator]();
  respond(stream);
  try {
    while (true) {
      const next = await exchange.untilAborted(replies.next());
      if (next.done) break;
      assertSize(next.value, host);
      exchange.bytesOut += next.value.byteLength;
      if (!stream.write(frame(next.value))) await drained(stream, host.limits.idleTimeoutMs);
    }
  } finally {
    // Lets the handler clean up; it may be in the middle of something, so it is not waited for.
    replies.return?.().catch(() => {});
  }
  stream.end();
  await taken(stream, exchange, host.limits.idleTimeoutMs);
}

const trailersSymbol: unique symbol = Symbol("trailers");

/** Trailers are what ends a call, and may still change from good to bad after the headers went out. */
function respond(stream: ServerHttp2Stream & { [trailersSymbol]?: OutgoingHttpHeaders }): void {
  stream.respond(replyHeaders, { waitForTrailers: true });
  stream.once("wantTrailers", () => {
    stream.sendTrailers(stream[trailersSymbol] ?? okTrailers);
    tellToStop(stream);
  });
}

function fail(
  stream: ServerHttp2Stream & { [trailersSymbol]?: OutgoingHttpHeaders },
  failure: FrancaError,
): void {
  if (stream.destroyed || stream.closed) return;
  if (stream.headersSent) {
    stream[trailersSymbol] = trailersOf(failure);
    stream.end();
  } else {
    stream.respond({ ...replyHeaders, ...trailersOf(failure) }, { endStream: true });
    tellToStop(stream);
  }
}

/** A client that still sends, though all is said. Not at once: a reset overtakes trailers that have not left yet. */
function tellToStop(stream: ServerHttp2Stream): void {
  if (!stream.readableEnded) setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
}

function assertSize(reply: Uint8Array, { limits }: Host): void {
  if (reply.byteLength <= limits.replyBytes) return;
  throw new FrancaError(
    "resource_exhausted",
    `the answer has ${reply.byteLength} bytes, more than ${limits.replyBytes}; ask for fewer points, or for fewer of their fields`,
    { details: { limitBytes: limits.replyBytes } },
  );
}

/** Until all is handed over; a client that takes nothing for so long is cut off. */
function taken(stream: ServerHttp2Stream, exchange: Exchange, idleTimeoutMs: number): Promise<void> {
  if (stream.destroyed || stream.writableFinished) return Promise.resolve();
  return new Promise((resolve) => {
    const cutOff = (): void => stream.close(constants.NGHTTP2_CANCEL);
    // What is small has no progress to be seen; for the rest the stream's own timer sees it.
    if (stream.writableLength <= smallBytes) exchange.expect(idleTimeoutMs, cutOff);
    else stream.setTimeout(idleTimeoutMs, cutOff);
    stream.once("finish", resolve).once("close", resolve);
  });
}

const smallBytes = 64 * 1024;

function drained(stream: ServerHttp2Stream, idleTimeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    stream.setTimeout(idleTimeoutMs, () => stream.close(constants.NGHTTP2_CANCEL));
    const done = (): void => {
      stream.setTimeout(0);
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.once("drain", done).once("close", done);
  });
}
