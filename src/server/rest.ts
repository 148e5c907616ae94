/** One request over HTTP/1, from its headers to the last byte of its answer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dialect, DialectRequest, Reply, RequestBody } from "../dialect.ts";
import { FrancaError } from "../errors.ts";
import { hasBody, ReceivedBody, receive, streamedBodyOf } from "./body.ts";
import { Exchange } from "./exchange.ts";
import { failureOf, failureReply } from "./failure.ts";
import type { Host } from "./host.ts";
import { assertOwnName, assertOwnOrigin, headersForOrigin, preflight } from "./origins.ts";
import { isStream, send, sendAndClose } from "./reply.ts";
import { RestRequest } from "./request.ts";
import type { Found, Router } from "./router.ts";
import { type Target, targetOf } from "./target.ts";

export interface Surroundings {
  host: Host;
  router: Router;
}

const empty = new Uint8Array();
/** Of one request. */
export const maxHeaders = 100;

export async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  surroundings: Surroundings,
  /** The client sends its body only when it is told to, if it asked so. */
  invite?: () => void,
): Promise<void> {
  const { host, router } = surroundings;
  const { limits } = host;
  const header = (name: string): string | undefined => message.headers[name]?.toString();
  const sought = find(message, surroundings);
  const { route, params } = sought.found ?? {};
  const dialect = sought.found?.dialect ?? router.speakerOf(sought.target.path);
  const exchange = new Exchange(host, {
    dialect,
    transport: "rest",
    route: route === undefined ? "unknown" : `${route.method} ${route.path}`,
    kind: route?.kind ?? "health",
    access: route?.access ?? "open",
    collection: params?.collection,
    remoteAddress: message.socket.remoteAddress,
    header,
  });
  if (exchange.requestId !== undefined) response.setHeader("x-request-id", exchange.requestId);
  response.once("close", () => {
    if (!response.writableFinished) exchange.abort(new FrancaError("cancelled", "the client went away"));
  });
  let failure: FrancaError | undefined;
  let isInvited = invite === undefined;
  try {
    if (sought.failure !== undefined) throw sought.failure;
    assertOwnName(message, host);
    const { target } = sought;
    if (route === undefined) {
      exchange.bytesOut = await send(response, preflight(message, sought.allowed, host), host);
      return;
    }
    assertOwnOrigin(message, host);
    // The body's first piece comes with the headers: who listens at once is spared its way through the stream's buffer.
    const admitted = exchange.admit();
    const store = admitted instanceof Promise ? await admitted : admitted;
    const timeoutMs = timeoutOf(header, target.query, dialect);
    if (timeoutMs !== undefined) exchange.limitTime(timeoutMs);
    let body: RequestBody;
    if (!hasBody(message)) body = new ReceivedBody(empty, host.readJson);
    else {
      invite?.();
      isInvited = true;
      body = route.streams
        ? streamedBodyOf(message, exchange, limits, host.readJson)
        : new ReceivedBody(await receive(message, exchange, limits), host.readJson);
    }
    const request = new RestRequest([host, exchange, store, header], params!, target.query, body);
    const handled = exchange.handle(() => route.handle(request));
    const reply = handled instanceof Promise ? await handled : handled;
    if (host.state === "stopping") response.shouldKeepAlive = false;
    if (isStream(reply.body)) exchange.letStream();
    exchange.bytesOut = await send(response, withOrigin(reply, message, host), host);
  } catch (thrown) {
    failure = failureOf(thrown);
    const isSending = isInvited && hasBody(message) && !message.complete;
    await refuse(message, response, dialect, exchange.told(failure), host, isSending);
  } finally {
    const gone = exchange.signal.aborted && !response.headersSent;
    exchange.end(gone ? 499 : response.statusCode, failure);
  }
}

interface Sought {
  target: Target;
  found?: Found | undefined;
  /** Methods of a path, where the one asked for is none of them. */
  allowed: string[];
  failure?: FrancaError;
}

function find(message: IncomingMessage, { router }: Surroundings): Sought {
  const method = message.method ?? "GET";
  let target: Target = { path: "/", query: new URLSearchParams() };
  try {
    if (message.rawHeaders.length > 2 * maxHeaders) throw tooManyHeaders();
    assertOneHost(message);
    target = targetOf(message.url ?? "/");
    const found = router.find(method, target.path);
    if (found !== undefined) return { target, found, allowed: [] };
    const allowed = target.path === "*" ? ["OPTIONS"] : router.methodsOf(target.path);
    if (method === "OPTIONS" && allowed.length > 0) return { target, allowed };
    return {
      target,
      allowed,
      failure: allowed.length > 0 ? wrongMethod(method, target, allowed) : noPath(method, target, router),
    };
  } catch (error) {
    return { target, allowed: [], failure: failureOf(error) };
  }
}

/** In the dialect's own words; what cannot be said any more ends the connection. */
async function refuse(
  message: IncomingMessage,
  response: ServerResponse,
  dialect: Dialect,
  failure: FrancaError,
  host: Host,
  /** The client is in the middle of its body. */
  isSending: boolean,
): Promise<void> {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const reply = withOrigin(failureReply(dialect, failure), message, host);
  if (host.state === "stopping" || (hasBody(message) && !message.complete)) response.shouldKeepAlive = false;
  if (isSending) await sendAndClose(message, response, reply as Reply & { body?: string | Uint8Array });
  else await send(response, reply, host);
}

function withOrigin(reply: Reply, message: IncomingMessage, host: Host): Reply {
  if (message.headers.origin === undefined || host.allowedOrigins.length === 0) return reply;
  return { ...reply, headers: { ...reply.headers, ...headersForOrigin(message, host) } };
}

function timeoutOf(
  header: DialectRequest["header"],
  query: URLSearchParams,
  dialect: Dialect,
): number | undefined {
  const given = header("x-timeout-ms");
  if (given === undefined) return dialect.timeoutMs?.({ header, query });
  const timeoutMs = /^\d{1,15}$/.test(given) ? Number(given) : 0;
  if (timeoutMs > 0) return timeoutMs;
  throw new FrancaError(
    "invalid_argument",
    `x-timeout-ms: expected a whole number of milliseconds, at least 1; got ${JSON.stringify(given)}`,
  );
}

function tooManyHeaders(): FrancaError {
  return new FrancaError("resource_exhausted", `expected at most ${maxHeaders} headers; got more`, {
    details: { httpStatus: 431 },
  });
}

/** Two would be read as one by us and as the other by a proxy. @throws FrancaError invalid_argument */
function assertOneHost({ rawHeaders, httpVersion }: IncomingMessage): void {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]!.toLowerCase() === "host") count++;
  if (count === 1 || (count === 0 && httpVersion !== "1.1")) return;
  throw new FrancaError(
    "invalid_argument",
    `expected one header Host, as HTTP/1.1 asks for; got ${count === 0 ? "none" : count}`,
  );
}

function noPath(method: string, { path }: Target, router: Router): FrancaError {
  const tidy = path.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
  const meant = tidy !== path && router.methodsOf(tidy).length > 0 ? `; did you mean ${tidy}?` : "";
  return new FrancaError("not_found", `there is no ${method} ${path}${meant}`);
}

function wrongMethod(method: string, { path }: Target, allowed: string[]): FrancaError {
  const allow = [...allowed, "OPTIONS"].join(", ");
  return new FrancaError("unimplemented", `${path} has ${allow}, but no ${method}`, {
    details: { allow, httpStatus: 405 },
  });
}
