/**
 * What a failing medium means to a writer: whether the write is undone, and whether another may succeed.
 */
import { FrancaError } from "../errors.ts";

const noRoomCodes = new Set(["ENOSPC", "EDQUOT", "QuotaExceededError"]);

/**
 * @param outcome "undone": nothing of the write is left, others may follow; "unknown": it may or may not be there after reopening
 */
export function mediumFailure(cause: unknown, outcome: "undone" | "unknown"): FrancaError {
  if (cause instanceof FrancaError) return cause;
  const code = (cause as { code?: unknown }).code ?? (cause as { name?: unknown }).name;
  const what = cause instanceof Error ? cause.message : String(cause);
  if (outcome === "unknown") {
    return new FrancaError(
      "unavailable",
      `the medium failed (${what}): it is unknown whether the write is durable; nothing more is written until the database is reopened`,
      { details: { outcome, cause: code }, cause },
    );
  }
  if (noRoomCodes.has(String(code))) {
    return new FrancaError(
      "resource_exhausted",
      `no room for the write (${what}); nothing was written: free some and try again`,
      {
        details: { outcome, cause: code },
        cause,
      },
    );
  }
  return new FrancaError(
    "unavailable",
    `the medium refused the write (${what}); nothing was written: try again`,
    {
      details: { outcome, cause: code },
      cause,
    },
  );
}

/** Whether a failure left everything as it was. */
export function isUndone(error: unknown): boolean {
  return error instanceof FrancaError && error.details.outcome === "undone";
}

/** What every write after an unknown outcome gets. */
export function brokenError(failure: FrancaError): FrancaError {
  return new FrancaError(
    "failed_precondition",
    "nothing more is written since the medium failed; close the database and open it again",
    { details: { outcome: "refused" }, cause: failure },
  );
}
