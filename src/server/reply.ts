/** Answers over HTTP/1: sent whole or piece by piece, no faster than the client takes them, within a limit of size and time. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Reply } from "../dialect.ts";
import { FrancaError } from "../errors.ts";
import type { Host } from "./host.ts";

/**
 * Resolves with the bytes of the body when they are handed over, or the client has gone.
 * @throws FrancaError resource_exhausted for an answer too large; nothing is sent then
 */
export async function send(
  response: ServerResponse,
  { status = 200, headers = {}, body }: Reply,
  host: Host,
): Promise<number> {
  const type = body instanceof Uint8Array ? "application/octet-stream" : "application/json; charset=utf-8";
  if (isStream(body)) {
    response.writeHead(status, { "content-type": type, ...headers });
    if (response.req.method === "HEAD") {
      response.end();
      return 0;
    }
    return sendPieces(response, body, host.limits.idleTimeoutMs);
  }
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const { replyBytes, idleTimeoutMs } = host.limits;
  if (length > replyBytes) throw replyTooLarge(length, replyBytes);
  host.untaken.hold(length, 0);
  try {
    writeHead(response, status, type, length, headers);
    response.end(body);
    // The usual case: the system took it at once. Else the client is slow, or waits for another answer first.
    if (response.socket?.writableLength !== 0) await taken(response, idleTimeoutMs);
  } finally {
    host.untaken.release(length);
  }
  return length;
}

export function isStream(body: Reply["body"]): body is AsyncIterable<string | Uint8Array> {
  return body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array);
}

/**
 * An answer to a request whose body was not read. What little is still to come is let pass, more ends the connection; in
 * between the client has the time to read why.
 */
export async function sendAndClose(
  message: IncomingMessage,
  response: ServerResponse,
  reply: Reply & { body?: string | Uint8Array },
): Promise<void> {
  const { status = 200, headers = {}, body = "" } = reply;
  response.shouldKeepAlive = false;
  writeHead(response, status, "application/json; charset=utf-8", Buffer.byteLength(body), headers);
  response.write(body);
  let passed = 0;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, lingerMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    message.once("end", done).once("close", done).once("error", done);
    message.on("data", (piece: Uint8Array) => {
      passed += piece.byteLength;
      if (passed > lingerBytes) done();
    });
    message.resume();
  });
  response.end();
}

const lingerMs = 500;
const lingerBytes = 2 ** 20;

function writeHead(
  response: ServerResponse,
  status: number,
  type: string,
  length: number,
  headers: NonNullable<Reply["headers"]>,
): void {
  if (length > 0) response.writeHead(status, { "content-type": type, "content-length": length, ...headers });
  else if (status === 204 || status === 304) response.writeHead(status, headers);
  else response.writeHead(status, { "content-length": 0, ...headers });
}

async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<string | Uint8Array>,
  idleTimeoutMs: number,
): Promise<number> {
  let sent = 0;
  for await (const piece of pieces) {
    if (response.destroyed) return sent;
    sent += Buffer.byteLength(piece);
    if (!response.write(piece)) await drained(response, idleTimeoutMs);
  }
  response.end();
  return sent;
}

function drained(response: ServerResponse, idleTimeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    // The socket's own timer sees what the system takes of one long write; without a listener it ends the connection.
    response.setTimeout(idleTimeoutMs);
    const done = (): void => {
      response.setTimeout(0);
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.once("drain", done).once("close", done);
  });
}

/** Until the last byte went to the system; a client that takes none for so long is cut off. */
function taken(response: ServerResponse, idleTimeoutMs: number): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    response.setTimeout(idleTimeoutMs);
    const done = (): void => resolve();
    response.once("finish", done).once("close", done);
  });
}

function replyTooLarge(length: number, limitBytes: number): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `the answer has ${length} bytes, more than ${limitBytes}; ask for fewer points, or for fewer of their fields`,
    { details: { limitBytes, httpStatus: 413 } },
  );
}
