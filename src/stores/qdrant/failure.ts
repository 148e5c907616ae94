/** What went wrong, as ours: answers that are no success, in Qdrant's words, and connections that break. */
import { type ErrorCode, FrancaError, isFrancaError } from "../../errors.ts";
import { type Failure, failed } from "../calls/attempt.ts";
import type { Refusal } from "./client.ts";

export function failureOf(error: unknown, base: string): Failure {
  if (isFrancaError(error)) return failed(error).failure;
  if (isRefusal(error)) return refusalOf(error, base);
  // The official client keeps no more than the first digit of how long to wait: the next try asks for all of them.
  if (nameOf(error) === "QdrantClientResourceExhaustedError") {
    const message = `${base} takes no more requests for now`;
    const { failure } = failed(new FrancaError("resource_exhausted", message, { cause: error }));
    const seconds = Number((error as { retry_after?: unknown }).retry_after);
    return { ...failure, isUndone: true, isPassing: true, leastPauseMs: (seconds || 0) * 1_000 };
  }
  return brokenOf(error, base);
}

const codes: { readonly [status: number]: ErrorCode } = {
  400: "invalid_argument",
  401: "unauthenticated",
  403: "permission_denied",
  404: "not_found",
  408: "deadline_exceeded",
  409: "already_exists",
  413: "resource_exhausted",
  422: "invalid_argument",
  429: "resource_exhausted",
  500: "internal",
  501: "unimplemented",
  504: "deadline_exceeded",
};

function refusalOf({ status, data, headers }: Refusal, base: string): Failure {
  const told = toldIn(data);
  const details = { httpStatus: status };
  if (told === undefined && status < 500 && ![401, 403, 408, 413, 429].includes(status)) {
    const message = `${base} answered with HTTP ${status}, which is no answer of a Qdrant's: is there one?`;
    return failed(new FrancaError("failed_precondition", message, { details })).failure;
  }
  const code = codes[status] ?? (status >= 500 ? "unavailable" : "failed_precondition");
  const message = told ?? `${base} answered with HTTP ${status}`;
  const pause = pauseOf(headers);
  return {
    error: new FrancaError(code, `Qdrant: ${message}`, { details }),
    isUndone: status < 500,
    isPassing: status === 429 || (status >= 500 && status !== 501),
    ...(pause !== undefined && { leastPauseMs: pause }),
  };
}

function brokenOf(error: unknown, base: string): Failure {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const code = cause?.code ?? "";
  const why = cause?.message || code || (error as Error).message;
  const isUndone = unsent.has(code);
  const message = isUndone ? `${base} cannot be reached: ${why}` : `the connection to ${base} broke: ${why}`;
  // What can be no failure of a network: a bug, or an answer that is none.
  if (!(error instanceof TypeError) || cause === undefined) {
    const strange = new FrancaError("internal", `asking ${base} failed: ${why}`, { cause: error });
    return failed(strange).failure;
  }
  return failed(new FrancaError("unavailable", message, { cause: error }), { isUndone, isPassing: true })
    .failure;
}

/** With these there was no connection that a request could have gone through. */
const unsent: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function isRefusal(error: unknown): error is Refusal {
  const { status, headers } = (error ?? {}) as { status?: unknown; headers?: unknown };
  return typeof status === "number" && headers instanceof Headers;
}

/** {"status":{"error":"…"}} */
function toldIn(data: unknown): string | undefined {
  const status = (data as { status?: unknown } | null)?.status;
  const told = typeof status === "string" ? status : (status as { error?: unknown } | undefined)?.error;
  return typeof told === "string" ? told : undefined;
}

/** Retry-After: seconds, or a date. */
function pauseOf(headers: Headers): number | undefined {
  const given = headers.get("retry-after");
  if (given === null) return undefined;
  const ms = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function nameOf(error: unknown): string | undefined {
  return (error as { name?: string } | null)?.name;
}
