/**
 * The one error class of Franca and its closed list of codes (google.rpc.Code).
 * A message says what was expected, what came, and how to mend it; `details` carry the same for programs.
 */

export type ErrorCode =
  | "cancelled"
  | "unknown"
  | "invalid_argument"
  | "deadline_exceeded"
  | "not_found"
  | "already_exists"
  | "permission_denied"
  | "resource_exhausted"
  | "failed_precondition"
  | "aborted"
  | "out_of_range"
  | "unimplemented"
  | "internal"
  | "unavailable"
  | "data_loss"
  | "unauthenticated";

/** code → HTTP status, gRPC status, and whether the same call may succeed later. */
export const errorCodes: { readonly [code in ErrorCode]: { http: number; grpc: number; retry: boolean } } = {
  cancelled: { http: 499, grpc: 1, retry: false },
  unknown: { http: 500, grpc: 2, retry: false },
  invalid_argument: { http: 400, grpc: 3, retry: false },
  deadline_exceeded: { http: 504, grpc: 4, retry: true },
  not_found: { http: 404, grpc: 5, retry: false },
  already_exists: { http: 409, grpc: 6, retry: false },
  permission_denied: { http: 403, grpc: 7, retry: false },
  resource_exhausted: { http: 429, grpc: 8, retry: true },
  failed_precondition: { http: 400, grpc: 9, retry: false },
  aborted: { http: 409, grpc: 10, retry: true },
  out_of_range: { http: 400, grpc: 11, retry: false },
  unimplemented: { http: 501, grpc: 12, retry: false },
  internal: { http: 500, grpc: 13, retry: false },
  unavailable: { http: 503, grpc: 14, retry: true },
  data_loss: { http: 500, grpc: 15, retry: false },
  unauthenticated: { http: 401, grpc: 16, retry: false },
};

export interface ErrorOptions {
  /** Facts for programs: field, collection, expected, received. Never payloads or keys. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

export class FrancaError extends Error {
  override readonly name = "FrancaError";
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** Whether the same call may succeed when tried again. */
  get retryable(): boolean {
    return errorCodes[this.code].retry;
  }
}

export function isFrancaError(error: unknown, code?: ErrorCode): error is FrancaError {
  return error instanceof FrancaError && (code === undefined || error.code === code);
}

/**
 * The error an aborted call rejects with; the signal's own reason is its cause. "deadline_exceeded" where that is a deadline:
 * a TimeoutError, as of AbortSignal.timeout, or a FrancaError that says so; else "cancelled".
 */
export function cancelledError(what: string, signal?: AbortSignal): FrancaError {
  const cause: unknown = signal?.reason;
  return isDeadline(cause)
    ? new FrancaError("deadline_exceeded", `${what} was stopped at its deadline`, { cause })
    : new FrancaError("cancelled", `${what} was cancelled`, { cause });
}

/** Whether a call was stopped by a signal. */
export function isCancelled(error: unknown): error is FrancaError {
  return isFrancaError(error, "cancelled") || isFrancaError(error, "deadline_exceeded");
}

function isDeadline(reason: unknown): boolean {
  if (isFrancaError(reason, "deadline_exceeded")) return true;
  return reason instanceof Error && reason.name === "TimeoutError";
}
