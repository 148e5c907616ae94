/**
 * The server's log: one JSON object a line. There is no way to write just anything: each event has its method, which names
 * every field that it tells, and none of them is a header, a body, a key, a payload, a text or a vector.
 */
import { pino } from "pino";
import type { FrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import type { Warning } from "../../model/result.ts";
import type { ObservedRequest, Outcome } from "../observer.ts";
import { humanLines } from "./human-lines.ts";
import { toldError } from "./told-error.ts";

export interface LogOptions {
  /** Default "info". */
  level?: LogLevel;
  /** At which level requests that went well, or failed by the client's fault, are told. Default "debug". */
  requests?: "debug" | "info";
  /** Default "stderr". */
  to?: "stderr" | "stdout" | LineSink;
  /** "text" is for people. Default "json". */
  format?: "json" | "text";
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Takes whole lines, each with its line feed. */
export interface LineSink {
  write(line: string): void;
}

export interface ServerLog {
  started(server: {
    version: string;
    addresses: { readonly [listener: string]: string };
    timeMs: number;
  }): void;
  /** A signal, a request of an operator. */
  stopping(reason: string): void;
  stopped(timeMs: number): void;
  request(request: ObservedRequest, ids: RequestIds, outcome: Outcome): void;
  slowQuery(query: SlowQuery): void;
  /** What is wrong, though the server goes on. */
  warning(warning: FrancaError): void;
  /** Once for each collection and code. */
  storeWarning(collection: string, warning: Warning): void;
  /** Hands over what is not written yet, and does not wait for a reader that takes nothing. */
  flush(): Promise<void>;
}

export interface RequestIds {
  requestId: string;
  traceId: string | undefined;
}

export interface SlowQuery extends Partial<RequestIds> {
  dialect: string;
  caller: string | undefined;
  collection: string;
  /** See query-shape.ts. */
  shape: string;
  timeMs: number;
  hits: number | undefined;
  shortfall: string | undefined;
  /** The error's code where there was one. */
  code: string | undefined;
  steps: readonly SlowStep[];
}

export interface SlowStep {
  step: string;
  choice?: string;
  estimate?: number;
  actual?: number;
  startMs?: number;
  timeMs: number;
}

const levels = ["debug", "info", "warn", "error", "silent"];
/** A reader that does not keep up loses lines rather than holding the server up. */
const mostWaitingBytes = 4 * 2 ** 20;
const longestFlushMs = 1000;
const mostRememberedWarnings = 1000;

export function createLog(options: LogOptions = {}): ServerLog {
  const { level = "info", requests = "debug" } = options;
  if (!levels.includes(level)) throw badInput("log: level", levels.join(", "), level);
  if (requests !== "debug" && requests !== "info") throw badInput("log: requests", "debug or info", requests);
  const { sink, flush } = sinkOf(options, (count) => log.warn({ event: "lines lost", count }));
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  const told = new Set<string>();
  return {
    started({ version, addresses, timeMs }) {
      log.info({
        event: "started",
        version,
        node: process.versions.node,
        pid: process.pid,
        addresses,
        timeMs: rounded(timeMs),
      });
    },
    stopping: (reason) => log.info({ event: "stopping", reason }),
    stopped: (timeMs) => log.info({ event: "stopped", timeMs: rounded(timeMs) }),
    request({ dialect, transport, route, kind, collection, remoteAddress }, { requestId, traceId }, outcome) {
      const { caller, status, error, bytesIn, bytesOut, ms } = outcome;
      // Probes and scrapes that went well would bury the rest.
      const isQuiet = kind === "health" && error === undefined;
      const failure = error === undefined ? undefined : toldError(error);
      const at = failure?.message !== undefined ? "error" : isQuiet ? "debug" : requests;
      if (!log.isLevelEnabled(at)) return;
      log[at]({
        event: "request",
        requestId,
        traceId,
        dialect,
        transport,
        route,
        collection: collection?.slice(0, 255),
        caller,
        remoteAddress,
        status,
        error: failure,
        bytesIn,
        bytesOut,
        ms: {
          receive: rounded(ms.receive),
          queue: rounded(ms.queue),
          handle: rounded(ms.handle),
          total: rounded(ms.total),
        },
      });
    },
    slowQuery({
      requestId,
      traceId,
      dialect,
      caller,
      collection,
      shape,
      timeMs,
      hits,
      shortfall,
      code,
      steps,
    }) {
      log.warn({
        event: "slow query",
        requestId,
        traceId,
        dialect,
        caller,
        collection,
        shape,
        timeMs: rounded(timeMs),
        hits,
        shortfall,
        code,
        steps: steps.map(({ step, choice, estimate, actual, startMs, timeMs }) => ({
          step,
          choice,
          estimate,
          actual,
          startMs: startMs === undefined ? undefined : rounded(startMs),
          timeMs: rounded(timeMs),
        })),
      });
    },
    warning: (warning) =>
      log.warn({ event: "warning", message: warning.message.slice(0, 500), error: toldError(warning) }),
    storeWarning(collection, { code, message }) {
      const key = `${code} ${collection}`;
      if (told.has(key) || told.size >= mostRememberedWarnings) return;
      told.add(key);
      log.warn({ event: "store warning", collection, code, message: message.slice(0, 500) });
    },
    flush,
  };
}

function sinkOf(
  { to = "stderr", format = "json" }: LogOptions,
  onLost: (count: number) => void,
): { sink: LineSink; flush(): Promise<void> } {
  if (format !== "json" && format !== "text") throw badInput("log: format", "json or text", format);
  if (typeof to === "object") {
    return { sink: format === "text" ? humanLines(to, false) : to, flush: async () => {} };
  }
  if (to !== "stderr" && to !== "stdout") throw badInput("log: to", "stderr or stdout", to);
  if (format === "text") return { sink: humanLines(process[to], process[to].isTTY), flush: async () => {} };
  const sink = pino.destination({
    dest: to === "stdout" ? 1 : 2,
    sync: false,
    maxLength: mostWaitingBytes,
  });
  let lost = 0;
  let isWritten = true;
  sink.on("drop", () => {
    lost += 1;
  });
  // The reader has caught up.
  sink.on("drain", () => {
    isWritten = true;
    if (lost === 0) return;
    const count = lost;
    lost = 0;
    onLost(count);
  });
  const write = (line: string): void => {
    isWritten = false;
    sink.write(line);
  };
  const flush = async (): Promise<void> => {
    if (isWritten) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longestFlushMs);
      sink.once("drain", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  };
  return { sink: { write }, flush };
}

/** To microseconds. */
function rounded(timeMs: number): number {
  return Math.round(timeMs * 1000) / 1000;
}
