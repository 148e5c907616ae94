/**
 * What a log tells of an error: its code, and of its details only those that describe the server or a schema. Messages quote
 * what was asked, so that they are told only where the fault is the server's; an unknown error's message not even then.
 */
import { type ErrorCode, FrancaError } from "../../errors.ts";

export interface ToldError {
  code: string;
  message?: string;
  details?: { [name: string]: string | number | boolean };
  cause?: { name: string; code?: string; message?: string; at: string[] };
}

const serversFaults: ReadonlySet<ErrorCode> = new Set(["internal", "unknown", "data_loss", "unavailable"]);

/** Of names, sizes and times. Never "received", "id", "ids", nor "where", which quotes unknown keys. */
const toldDetails = new Set([
  "collection",
  "field",
  "expected",
  "limitBytes",
  "retryAfterMs",
  "httpStatus",
  "outcome",
  "count",
  "waitingBytes",
  "heldBytes",
  "mostBytes",
  "allow",
  "access",
]);
const mostCharacters = 500;
const mostFrames = 8;

export function toldError(error: unknown): ToldError {
  if (!(error instanceof FrancaError)) return { code: "internal", cause: toldCause(error) };
  const told: ToldError = { code: error.code };
  const details = Object.entries(error.details).filter(
    (entry): entry is [string, string | number | boolean] =>
      toldDetails.has(entry[0]) && ["string", "number", "boolean"].includes(typeof entry[1]),
  );
  if (details.length > 0) {
    told.details = Object.fromEntries(details.map(([name, value]) => [name, shortened(value)]));
  }
  if (!serversFaults.has(error.code) && !isOfSystem(error.cause)) return told;
  told.message = shortened(error.message);
  if (error.cause !== undefined) told.cause = toldCause(error.cause);
  return told;
}

/** A full disk, say, is told to the client as no room, and is for the operator to mend. */
function isOfSystem(cause: unknown): boolean {
  if (cause instanceof FrancaError) return isOfSystem(cause.cause);
  return cause instanceof Error && typeof (cause as { syscall?: unknown }).syscall === "string";
}

function toldCause(cause: unknown): NonNullable<ToldError["cause"]> {
  if (!(cause instanceof Error)) return { name: typeof cause, at: [] };
  const { code } = cause as Error & { code?: unknown };
  return {
    name: cause.name,
    ...(typeof code === "string" && { code }),
    // The system's words name a call and a path.
    ...(isOfSystem(cause) && { message: shortened(cause.message) }),
    at: framesOf(cause.stack ?? ""),
  };
}

function framesOf(stack: string): string[] {
  return stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, mostFrames)
    .map((line) => line.trim().slice(3));
}

function shortened<T>(value: T): T | string {
  return typeof value === "string" && value.length > mostCharacters
    ? `${value.slice(0, mostCharacters)}…`
    : value;
}
