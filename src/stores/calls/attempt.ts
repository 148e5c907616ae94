/**
 * One try of a call and what became of it. Above all: whether the server can have begun it, since a write that it may have
 * done is never sent again. Between the two another client may have deleted what the first wrote, and the second would bring
 * it back.
 */
import { FrancaError } from "../../errors.ts";

export interface Call {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below /franca/v1. */
  path: string;
  body?: unknown;
  signal?: AbortSignal;
  /** "read": nothing is lost or doubled by a second try. */
  kind: "read" | "write";
}

export type Attempt<T> = { value: T } | { failure: Failure };

export interface Failure {
  error: FrancaError;
  /** The server surely has not begun it. */
  isUndone: boolean;
  /** It may go better soon. */
  isPassing: boolean;
  /** As the server wishes it. */
  leastPauseMs?: number;
}

export function failed(
  error: FrancaError,
  known: Partial<Omit<Failure, "error">> = {},
): { failure: Failure } {
  return { failure: { error, isUndone: false, isPassing: false, ...known } };
}

export function isWorthAnotherTry({ isUndone, isPassing }: Failure, { kind }: Pick<Call, "kind">): boolean {
  return isPassing && (isUndone || kind === "read");
}

/** Codes after which a write may have been done all the same. */
const leaveOpen: ReadonlySet<string> = new Set([
  "unavailable",
  "deadline_exceeded",
  "cancelled",
  "internal",
  "unknown",
]);

/** What the caller is told: of a write also that its outcome is unknown, where it is. */
export function errorOf({ error, isUndone }: Failure, { kind }: Pick<Call, "kind">): FrancaError {
  const { code, message, details, cause } = error;
  // Something said that all is well, and it was not Franca in its own words.
  const isStrangeSuccess = typeof details.httpStatus === "number" && details.httpStatus < 300;
  if (kind === "read" || isUndone || !(leaveOpen.has(code) || isStrangeSuccess)) return error;
  return new FrancaError(code, `${message}; whether the write was done is not known`, {
    details: { ...details, outcome: "unknown" },
    cause,
  });
}
