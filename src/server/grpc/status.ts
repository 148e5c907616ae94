/** gRPC's trailers: a status and a message. */
import type { OutgoingHttpHeaders } from "node:http2";
import { errorCodes, type FrancaError } from "../../errors.ts";
import { retryAfterSeconds } from "../failure.ts";

export const replyHeaders: OutgoingHttpHeaders = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": "identity,gzip,deflate",
};

export const okTrailers: OutgoingHttpHeaders = { "grpc-status": "0" };

/** Clients take no more than 8 KiB of headers. */
const messageBytes = 2_048;

export function trailersOf(error: FrancaError): OutgoingHttpHeaders {
  const { retryAfterMs, requestId } = error.details;
  const retryAfter = retryAfterSeconds(error);
  return {
    "grpc-status": String(errorCodes[error.code].grpc),
    "grpc-message": percentEncoded(error.message),
    ...(typeof requestId === "string" && { "x-request-id": requestId }),
    ...(typeof retryAfterMs === "number" && { "grpc-retry-pushback-ms": String(Math.ceil(retryAfterMs)) }),
    ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
  };
}

/** As the protocol wants it: every byte of UTF-8 that is not printable ASCII, and the percent sign, as %XX. */
function percentEncoded(message: string): string {
  const bytes = Buffer.from(message);
  let encoded = "";
  for (const byte of bytes) {
    if (encoded.length > messageBytes) return `${encoded}...`;
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
