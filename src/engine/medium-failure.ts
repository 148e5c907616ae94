/**
 * What a failing medium means: whether the write is undone, whether another may succeed, and in words what happened,
 * to which file, and what to do about it.
 */
import { type ErrorCode, FrancaError } from "../errors.ts";
import { isLostLock } from "./lost-lock.ts";

interface Meaning {
  code: ErrorCode;
  what: string;
  /** A sentence. */
  remedy: string;
}

const noRoom: Meaning = {
  code: "resource_exhausted",
  what: "there is no room",
  remedy: "Free some, or raise the quota or limit, and try again.",
};
const notAllowed: Meaning = {
  code: "permission_denied",
  what: "this process may not",
  remedy: "Let its user read and write the folder and all in it; reading, too, needs the lock file there.",
};
const notAFolder: Meaning = {
  code: "failed_precondition",
  what: "a database is a folder, and there is a file",
  remedy: "Give the path of a folder, or of one that can be made.",
};

/** By the system's code (errno), or the name of a browser's exception. */
const meanings: { readonly [code: string]: Meaning } = {
  ENOSPC: noRoom,
  EDQUOT: noRoom,
  EFBIG: noRoom,
  QuotaExceededError: noRoom,
  EACCES: notAllowed,
  EPERM: notAllowed,
  EROFS: {
    code: "permission_denied",
    what: "the file system is read-only",
    remedy: "Mount it writable, or copy the database to another; reading, too, needs the lock file there.",
  },
  ENOTDIR: notAFolder,
  EEXIST: notAFolder,
  ENOENT: {
    code: "failed_precondition",
    what: "it is gone",
    remedy: "Something removed or renamed it; nobody but Franca may while a database is in use.",
  },
  ENAMETOOLONG: { code: "invalid_argument", what: "the path is too long", remedy: "Give a shorter one." },
};
const failed: Meaning = {
  code: "unavailable",
  what: "the medium failed",
  remedy: "Try again; when it goes on, look after the medium.",
};

/**
 * @param outcome "undone": nothing of the write is left, others may follow; "unknown": it may or may not be there after reopening
 */
export function mediumFailure(cause: unknown, outcome: "undone" | "unknown"): FrancaError {
  if (cause instanceof FrancaError) return cause;
  const details = { outcome, ...factsOf(cause) };
  if (outcome === "unknown") {
    return new FrancaError(
      "unavailable",
      `the medium failed (${messageOf(cause)}): it is unknown whether the write is durable; nothing more is written until the database is reopened`,
      { details, cause },
    );
  }
  const { code, what, remedy } = meaningOf(cause);
  return new FrancaError(code, `${what} (${messageOf(cause)}); nothing was written. ${remedy}`, {
    details,
    cause,
  });
}

/** Of a change whose outcome was unknown, and that was taken back. */
export function takenBack(error: unknown): FrancaError {
  return mediumFailure((error as Error).cause ?? error, "undone");
}

/** An error of the system as a FrancaError, for whoever opens or reads; other errors are returned as they are. */
export function systemFailure(cause: unknown, doing: string): unknown {
  if (cause instanceof FrancaError || codeOf(cause) === undefined) return cause;
  const { code, what, remedy } = meaningOf(cause);
  return new FrancaError(code, `${doing}: ${what} (${messageOf(cause)}). ${remedy}`, {
    details: factsOf(cause),
    cause,
  });
}

/** Whether a failure left everything as it was. */
export function isUndone(error: unknown): boolean {
  return error instanceof FrancaError && error.details.outcome === "undone";
}

/** What every write after an unknown outcome gets. */
export function brokenError(failure: FrancaError): FrancaError {
  const isLost = isLostLock(failure);
  return new FrancaError(
    "failed_precondition",
    `nothing more is written since ${isLost ? "the lock was lost" : "the medium failed"}; close the database and open it again (${failure.message})`,
    { details: { outcome: "refused", ...(isLost && { lock: "lost" }) }, cause: failure },
  );
}

function meaningOf(cause: unknown): Meaning {
  return meanings[codeOf(cause) ?? ""] ?? failed;
}

/** "ENOSPC", or a browser's "QuotaExceededError"; undefined for what is no failure of the system. */
function codeOf(cause: unknown): string | undefined {
  const { code, name } = cause as { code?: unknown; name?: unknown };
  if (typeof code === "string" && /^E[A-Z0-9]+$/.test(code)) return code;
  return name === "QuotaExceededError" ? name : undefined;
}

function factsOf(cause: unknown): { cause?: unknown; file?: string } {
  const { path } = cause as { path?: unknown };
  return {
    cause: codeOf(cause) ?? (cause as { name?: unknown }).name,
    ...(typeof path === "string" && { file: path }),
  };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
