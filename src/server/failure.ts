/** Whatever was thrown, as the one class of errors, and as an answer over HTTP. */
import type { Dialect, Reply } from "../dialect.ts";
import { errorCodes, FrancaError } from "../errors.ts";

export function failureOf(thrown: unknown): FrancaError {
  if (thrown instanceof FrancaError) return thrown;
  return new FrancaError("internal", "an unexpected failure; the server's log says more", { cause: thrown });
}

/** In the dialect's words, with the headers that HTTP wants whatever the dialect is. */
export function failureReply(dialect: Dialect, failure: FrancaError): Reply {
  const { status, headers, body } = dialect.failure(failure, httpStatusOf(failure));
  const retryAfter = retryAfterSeconds(failure);
  const { allow } = failure.details;
  return {
    ...(status !== undefined && { status }),
    ...(body !== undefined && { body }),
    headers: {
      ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
      ...(failure.code === "unauthenticated" && { "www-authenticate": "Bearer" }),
      ...(typeof allow === "string" && { allow }),
      ...headers,
    },
  };
}

/** `details.httpStatus` says more exactly what the code cannot: 405, 413, 415. */
function httpStatusOf(error: FrancaError): number {
  const { httpStatus } = error.details;
  return typeof httpStatus === "number" ? httpStatus : errorCodes[error.code].http;
}

/** In whole seconds, as HTTP wants it, and as clients over gRPC read it too. */
export function retryAfterSeconds(error: FrancaError): number | undefined {
  const { retryAfterMs } = error.details;
  return typeof retryAfterMs === "number" ? Math.max(1, Math.ceil(retryAfterMs / 1000)) : undefined;
}
