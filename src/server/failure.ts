/** Whatever was thrown, as the one class of errors, and its HTTP status. */
import { errorCodes, FrancaError } from "../errors.ts";

export function failureOf(thrown: unknown): FrancaError {
  if (thrown instanceof FrancaError) return thrown;
  return new FrancaError("internal", "an unexpected failure; the server's log says more", { cause: thrown });
}

/** `details.httpStatus` says more exactly what the code cannot: 405, 413, 415. */
export function httpStatusOf(error: FrancaError): number {
  const { httpStatus } = error.details;
  return typeof httpStatus === "number" ? httpStatus : errorCodes[error.code].http;
}

/** In whole seconds, as HTTP wants it. */
export function retryAfterSeconds(error: FrancaError): number | undefined {
  const { retryAfterMs } = error.details;
  return typeof retryAfterMs === "number" ? Math.max(1, Math.ceil(retryAfterMs / 1000)) : undefined;
}
