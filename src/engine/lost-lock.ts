/**
 * What it means that another process may have the folder: the one that lost it writes nothing more, and acknowledges
 * nothing, until it is opened again.
 */
import { FrancaError } from "../errors.ts";

/** @param how a clause: who has it now, or what became of it */
export function lostLock(location: string, how: string, details: { pid?: number } = {}): FrancaError {
  return new FrancaError(
    "failed_precondition",
    `the lock of ${location} was lost: ${how}; nothing more is written from here: close the database and open it again`,
    { details: { lock: "lost", ...details } },
  );
}

export function isLostLock(error: unknown): error is FrancaError & { details: { lock: "lost" } } {
  return error instanceof FrancaError && error.details.lock === "lost";
}

/** As a change gets to know it. "undone": nothing of the change was written; "unknown": it may be there after reopening. */
export function refusedFor(lost: FrancaError, outcome: "undone" | "unknown"): FrancaError {
  const what =
    outcome === "undone" ? "this was not written" : "it is unknown whether this is in the database";
  return new FrancaError(lost.code, `${lost.message}; ${what}`, { details: { ...lost.details, outcome } });
}
