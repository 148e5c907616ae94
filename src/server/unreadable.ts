/** What Node's parser found to be no request, or not to come in time. There is no response object to answer by. */
import type { Duplex } from "node:stream";
import type { Dialect } from "../dialect.ts";
import { FrancaError } from "../errors.ts";
import { failureReply } from "./failure.ts";
import type { Limits } from "./limits.ts";
import { Unanswered } from "./unanswered.ts";

/** How long a client may take for closing its end. */
const lingerMs = 500;

/** Says why, after the answers to the requests before it, and ends the connection. */
export function endUnreadable(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  fallback: Dialect,
  limits: Limits,
): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy(error);
    return;
  }
  Unanswered.of(socket).whenTurn((turn) => {
    if (turn === "begun") socket.destroy();
    else socket.end(rawReply(fallback, failureOfParser(error, limits)));
    setTimeout(() => socket.destroy(), lingerMs).unref();
  });
}

function rawReply(fallback: Dialect, failure: FrancaError): string {
  const { status = 400, body } = failureReply(fallback, failure);
  const said = typeof body === "string" ? body : "";
  const lines = [
    `HTTP/1.1 ${status} ${reasons[status] ?? "Bad Request"}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(said)}`,
    "connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n${said}`;
}

const reasons: { readonly [status: number]: string } = {
  408: "Request Timeout",
  413: "Payload Too Large",
  431: "Request Header Fields Too Large",
};

function failureOfParser(error: NodeJS.ErrnoException, limits: Limits): FrancaError {
  switch (error.code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new FrancaError(
        "deadline_exceeded",
        `the headers did not come in ${limits.headerTimeoutMs} ms`,
        {
          details: { httpStatus: 408 },
        },
      );
    case "HPE_HEADER_OVERFLOW":
      return new FrancaError(
        "resource_exhausted",
        `the headers are larger than ${limits.headerBytes} bytes`,
        {
          details: { httpStatus: 431 },
        },
      );
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new FrancaError("resource_exhausted", "the extensions of the body's chunks are too large", {
        details: { httpStatus: 413 },
      });
    case "HPE_PAUSED_H2_UPGRADE":
      return new FrancaError(
        "failed_precondition",
        "this port speaks HTTP/1.1, not HTTP/2; gRPC has a port of its own, which the server's log names when it starts",
      );
    default:
      return new FrancaError("invalid_argument", `this is no HTTP request: ${error.message}`);
  }
}
