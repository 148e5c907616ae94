/** What an answer means: Franca's own, a proxy's, or that of something else that listens at the address. */
import { decodeFrame } from "../../dialects/franca/frame.ts";
import { frameType } from "../../dialects/franca/wire.ts";
import { type ErrorCode, errorCodes, FrancaError } from "../../errors.ts";
import { type Attempt, type Failure, failed } from "../calls/attempt.ts";

/** @throws whatever fetch throws when the connection breaks in the middle of it */
export async function answerOf(response: Response, base: string): Promise<Attempt<unknown>> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const type = typeOf(response);
  if (response.ok && type === frameType) {
    try {
      return { value: decodeFrame(bytes) };
    } catch (cause) {
      const message = `${base} gave an answer that cannot be read: ${(cause as Error).message}`;
      return failed(new FrancaError("unavailable", message, { cause }), { isPassing: true });
    }
  }
  const told = type === "application/json" && !response.ok ? toldIn(bytes) : undefined;
  return told === undefined ? strange(response, base) : { failure: failureOf(told) };
}

export function typeOf(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

/** An error in Franca's own form, as a line of a stream or a body has it. */
export function toldError(value: unknown): FrancaError | undefined {
  const { code, message, details } =
    (value as { error?: { code?: unknown; message?: unknown; details?: unknown } } | null)?.error ?? {};
  if (typeof code !== "string" || !Object.hasOwn(errorCodes, code) || typeof message !== "string")
    return undefined;
  const known = typeof details === "object" && details !== null ? (details as Record<string, unknown>) : {};
  return new FrancaError(code as ErrorCode, message, { details: known });
}

function toldIn(bytes: Uint8Array): FrancaError | undefined {
  try {
    return toldError(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    return undefined;
  }
}

/** A server names a pause only where it has refused a request before it began. */
function failureOf(error: FrancaError): Failure {
  const { retryAfterMs } = error.details;
  const isUndone = typeof retryAfterMs === "number" && isRefusal(error.code);
  return {
    error,
    isUndone,
    isPassing: isUndone || error.code === "unavailable",
    ...(isUndone && { leastPauseMs: retryAfterMs }),
  };
}

function isRefusal(code: ErrorCode): boolean {
  return code === "unavailable" || code === "resource_exhausted";
}

const noFranca: ErrorCode = "failed_precondition";

/** Codes for what somebody else says; all else below 500 means that there is no Franca. */
const strangeCodes: { readonly [status: number]: ErrorCode } = {
  401: "unauthenticated",
  403: "permission_denied",
  407: "unauthenticated",
  408: "deadline_exceeded",
  413: "resource_exhausted",
  429: "resource_exhausted",
  504: "deadline_exceeded",
};

function strange(response: Response, base: string): { failure: Failure } {
  const { status } = response;
  const what = `HTTP ${status}, ${typeOf(response) || "without a content-type"}`;
  const said = `${base} answered with ${what}, which is no answer of Franca's`;
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    const to = response.headers.get("location");
    const where = to === null ? "elsewhere" : `to ${withoutSecrets(to)}`;
    return failed(new FrancaError(noFranca, `${base} redirects ${where}: open that address`), {
      isUndone: true,
    });
  }
  const code = strangeCodes[status] ?? (status >= 500 ? "unavailable" : noFranca);
  const details = { httpStatus: status };
  if (code === noFranca) {
    const message = `${said}: is there a Franca server with the dialect "franca"?`;
    return failed(new FrancaError(code, message, { details }));
  }
  const pause = pauseOf(response);
  return failed(new FrancaError(code, `${said}: something between says so`, { details }), {
    // It lets so many requests through, and this was not one of them.
    isUndone: status === 429 || status === 401 || status === 403 || status === 407 || status === 413,
    isPassing: status === 429 || code === "unavailable",
    ...(pause !== undefined && { leastPauseMs: pause }),
  });
}

/** Retry-After: seconds, or a date. */
function pauseOf(response: Response): number | undefined {
  const given = response.headers.get("retry-after");
  if (given === null) return undefined;
  const ms = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function withoutSecrets(location: string): string {
  if (!URL.canParse(location)) return "elsewhere";
  const { origin, pathname } = new URL(location);
  return `${origin}${pathname}`;
}
