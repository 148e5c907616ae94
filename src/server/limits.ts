/** What a server takes, holds and waits for, at most. Beyond each there is an error that says so; none of them is a crash. */
import { FrancaError } from "../errors.ts";

export interface Limits {
  /** Bytes of a request's body or of a gRPC message, decompressed. Default 64 MiB. */
  bodyBytes: number;
  /**
   * Bytes held in memory at once of all bodies, and as many of answers that clients have not taken; twice as many where they
   * are small. Default 512 MiB.
   */
  heldBytes: number;
  /** Bytes of one answer that is not a stream. Default 256 MiB. */
  replyBytes: number;
  /** Bytes of a request's line and headers. Default 16 KiB. */
  headerBytes: number;
  /** Open at once, for each port; four times as many requests may be under way in all, received slowly, say. Default 4096. */
  connections: number;
  /** Unanswered ones on one connection: pipelined over HTTP/1, eight times as many calls over HTTP/2. Default 128. */
  requestsPerConnection: number;
  /** Searches and reads worked on at once; of writes a quarter as many, in a lane of their own. Default 64. */
  concurrentRequests: number;
  /** Waiting in each lane; more are refused. Default 1024. */
  queuedRequests: number;
  /** How long one waits in its lane. Default 5 s. */
  queueWaitMs: number;
  /** The time for a request that asks for none, from when its body is there. Default 60 s. */
  deadlineMs: number;
  /** The most that one may ask for. Default 10 min; it is the default for what is administration. */
  maxDeadlineMs: number;
  /** From the connection, or the end of the request before, until all headers are there. Default 15 s. */
  headerTimeoutMs: number;
  /** Without a byte of a body, or without a byte of an answer taken. Default 30 s. */
  idleTimeoutMs: number;
  /** For a whole request to arrive, unless its route streams. Default 5 min. */
  bodyTimeoutMs: number;
  /** How long a connection without requests stays open: HTTP/1, and ten times as long HTTP/2. Default 60 s. */
  keepAliveMs: number;
  /** For requests under way when the server stops. Default 10 s. */
  graceMs: number;
}

const mebibyte = 2 ** 20;

export const defaultLimits: Limits = {
  bodyBytes: 64 * mebibyte,
  heldBytes: 512 * mebibyte,
  replyBytes: 256 * mebibyte,
  headerBytes: 16 * 1024,
  connections: 4096,
  requestsPerConnection: 128,
  concurrentRequests: 64,
  queuedRequests: 1024,
  queueWaitMs: 5_000,
  deadlineMs: 60_000,
  maxDeadlineMs: 600_000,
  headerTimeoutMs: 15_000,
  idleTimeoutMs: 30_000,
  bodyTimeoutMs: 300_000,
  keepAliveMs: 60_000,
  graceMs: 10_000,
};

/** Setting a timer for longer than this fires it at once. */
const longestTimerMs = 2 ** 31 - 1;

/** @throws FrancaError invalid_argument */
export function limitsOf(given: Partial<Limits> = {}): Limits {
  const limits = { ...defaultLimits, ...given };
  for (const [name, value] of Object.entries(limits)) {
    const least = name === "queuedRequests" || name === "graceMs" || name === "queueWaitMs" ? 0 : 1;
    const most = name.endsWith("Ms") ? longestTimerMs : Number.MAX_SAFE_INTEGER;
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      const message = `limits.${name}: expected a whole number from ${least} to ${most}; got ${value}`;
      throw new FrancaError("invalid_argument", message);
    }
  }
  if (limits.deadlineMs > limits.maxDeadlineMs) {
    const message = `limits.deadlineMs: expected at most maxDeadlineMs, ${limits.maxDeadlineMs}; got ${limits.deadlineMs}`;
    throw new FrancaError("invalid_argument", message);
  }
  return limits;
}
