/**
 * Requests to a Franca server: frames there and back, deadlines, retries where they are safe, and errors as the engine throws
 * them.
 */
import { decodeFrame, encodeFrame } from "../../dialects/franca/frame.ts";
import { frameType, linesType, root, timeoutHeader } from "../../dialects/franca/wire.ts";
import { cancelledError, errorCodes, FrancaError, isFrancaError } from "../../errors.ts";
import { badInput, rejectKeys } from "../../model/bad-input.ts";
import { traceHeaders } from "../../telemetry.ts";

export interface RemoteOptions {
  apiKey?: string;
  /** For a call, retries included. Default 60 s. */
  timeoutMs?: number;
  /** Sent with every request, beside Franca's own. */
  headers?: { readonly [name: string]: string };
  /** Times that a call is tried again where that is safe. Default 3. */
  retries?: number;
}

export interface Call {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below /franca/v1. */
  path: string;
  body?: unknown;
  signal?: AbortSignal;
  /** A read may be repeated whatever happened to it; a write only when the server surely has not begun it. */
  kind: "read" | "write";
  /** Without a time limit: for what is told of while it goes on. */
  isLong?: boolean;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

export class Transport {
  readonly #base: string;
  readonly #options: Required<Omit<RemoteOptions, "apiKey">>;
  readonly #closed = new AbortController();

  /** @throws FrancaError invalid_argument */
  constructor(address: string, options: RemoteOptions) {
    const { apiKey, timeoutMs = 60_000, headers = {}, retries = 3, ...rest } = options;
    rejectKeys(rest, "open", "apiKey, timeoutMs, headers and retries for a server");
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw badInput("open", "an address such as http://localhost:6333", address);
    }
    if (url.username !== "" || url.password !== "") {
      throw badInput("open", "no user and password in the address; give a key as {apiKey}");
    }
    if (!(timeoutMs > 0 && timeoutMs < 2 ** 31))
      throw badInput("open: timeoutMs", "a number of milliseconds", timeoutMs);
    if (!(Number.isSafeInteger(retries) && retries >= 0))
      throw badInput("open: retries", "a whole number", retries);
    this.#base = `${url.origin}${url.pathname.replace(/\/+$/, "")}${root}`;
    this.#options = {
      timeoutMs,
      retries,
      headers: { ...headers, ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) },
    };
  }

  /** Calls under way are cancelled, later ones refused. */
  close(): void {
    this.#closed.abort(closedError());
  }

  async call(call: Call): Promise<unknown> {
    return (await this.#tried(call, async (response) => this.#value(response, call))) as unknown;
  }

  /** Each line of the answer as it comes. */
  async *lines(call: Call): AsyncIterable<unknown> {
    const response = await this.#tried({ ...call, isLong: true }, async (response) => {
      if (response.ok && typeOf(response) === linesType) return response;
      return this.#value(response, call) as never;
    });
    let rest = "";
    const decoder = new TextDecoder("utf-8", { fatal: true });
    try {
      for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
        const parts = (rest + decoder.decode(piece, { stream: true })).split("\n");
        rest = parts.pop()!;
        for (const line of parts) yield JSON.parse(line);
      }
    } catch (error) {
      throw this.#broken(error, call, true);
    }
    if (rest !== "") throw this.#broken(new Error("the last line is not whole"), call, true);
  }

  async #tried<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T> {
    if (this.#closed.signal.aborted) throw closedError();
    const { timeoutMs, retries } = this.#options;
    const until = Date.now() + timeoutMs;
    const body = call.body === undefined ? undefined : (encodeFrame(call.body) as Uint8Array<ArrayBuffer>);
    for (let tries = 0; ; tries++) {
      const leftMs = Math.max(1, until - Date.now());
      let retryMs: number | undefined;
      try {
        const response = await this.#fetch(call, body, leftMs);
        retryMs = mayRetry(response, call);
        if (retryMs === undefined || tries >= retries) return await read(response);
        await response.body?.cancel();
      } catch (error) {
        if (isFrancaError(error)) throw error;
        const failure = this.#broken(error, call, false);
        if (failure.code !== "unavailable" || failure.details.outcome === "unknown" || tries >= retries)
          throw failure;
        retryMs = 0;
      }
      // Full jitter: many clients do not come back at once.
      const pauseMs = Math.max(retryMs, Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** tries));
      if (Date.now() + pauseMs >= until) throw deadlineError(timeoutMs);
      await pause(pauseMs, this.#signalOf(call));
    }
  }

  #fetch(call: Call, body: Uint8Array<ArrayBuffer> | undefined, leftMs: number): Promise<Response> {
    const { headers } = this.#options;
    const signals = [this.#signalOf(call), ...(call.isLong ? [] : [AbortSignal.timeout(leftMs)])];
    return fetch(this.#base + call.path, {
      method: call.method,
      headers: {
        ...traceHeaders(),
        ...headers,
        accept: frameType,
        ...(!call.isLong && { [timeoutHeader]: String(Math.ceil(leftMs)) }),
        ...(body !== undefined && { "content-type": frameType }),
      },
      redirect: "error",
      signal: AbortSignal.any(signals),
      ...(body !== undefined && { body }),
    });
  }

  #signalOf({ signal }: Call): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([this.#closed.signal, signal]);
  }

  async #value(response: Response, call: Call): Promise<unknown> {
    const bytes = new Uint8Array(await response.arrayBuffer());
    const type = typeOf(response);
    try {
      if (response.ok && type === frameType) return decodeFrame(bytes);
      if (type === "application/json") {
        const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
        if (!response.ok) throw errorOf(value) ?? strange(this.#base, response, call);
      }
    } catch (error) {
      if (isFrancaError(error) && !error.message.startsWith("the frame")) throw error;
      throw new FrancaError("unavailable", `${this.#base} gave an answer that cannot be read`, {
        cause: error,
        details: outcomeOf(call),
      });
    }
    throw strange(this.#base, response, call);
  }

  /** What fetch threw, as ours. @param isBegun whether the server has surely had the request */
  #broken(error: unknown, call: Call, isBegun: boolean): FrancaError {
    if (this.#closed.signal.aborted) return closedError();
    if (call.signal?.aborted) return cancelledError(`${call.method} ${call.path}`, call.signal);
    if ((error as Error).name === "TimeoutError") return deadlineError(this.#options.timeoutMs);
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    const why = cause?.message || cause?.code || (error as Error).message;
    const isUnsent = !isBegun && unsent.has(cause?.code ?? "");
    return new FrancaError(
      "unavailable",
      isUnsent ? `${this.#base} cannot be reached: ${why}` : `the connection to ${this.#base} broke: ${why}`,
      { cause: error, details: isUnsent ? {} : outcomeOf(call) },
    );
  }
}

/** With these there was no connection that a request could have gone through. */
const unsent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * The least pause before another try; undefined: there is none. The server names a pause only where it has refused a
 * request before it began.
 */
function mayRetry(response: Response, { kind }: Call): number | undefined {
  if (response.status === 413 || ![429, 502, 503, 504].includes(response.status)) return undefined;
  const given = response.headers.get("retry-after");
  const isRefused = given !== null && (response.status === 429 || response.status === 503);
  if (kind === "write" && !isRefused) return undefined;
  if (response.status === 504) return undefined;
  return given === null ? 0 : Math.min(longestPauseMs, Number(given) * 1000 || 0);
}

/** Of a write whose answer never came it is not known whether it was done. */
function outcomeOf({ kind }: Call): { outcome?: "unknown" } {
  return kind === "write" ? { outcome: "unknown" } : {};
}

function errorOf(value: unknown): FrancaError | undefined {
  const { code, message, details } =
    (value as { error?: { code?: unknown; message?: unknown; details?: unknown } })?.error ?? {};
  if (typeof code !== "string" || !Object.hasOwn(errorCodes, code) || typeof message !== "string")
    return undefined;
  const known = typeof details === "object" && details !== null ? (details as Record<string, unknown>) : {};
  return new FrancaError(code as FrancaError["code"], message, { details: known });
}

function strange(base: string, response: Response, call: Call): FrancaError {
  const what = `HTTP ${response.status}, ${typeOf(response) || "without a content-type"}`;
  if (response.status >= 500) {
    return new FrancaError(
      "unavailable",
      `${base} answered with ${what}, which is no answer of Franca's: something between is failing`,
      {
        details: outcomeOf(call),
      },
    );
  }
  return new FrancaError(
    "failed_precondition",
    `${base} answered with ${what}: is there a Franca server with the dialect "franca"?`,
  );
}

function typeOf(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

function closedError(): FrancaError {
  return new FrancaError("failed_precondition", "the store is closed; open it again");
}

function deadlineError(timeoutMs: number): FrancaError {
  return new FrancaError("deadline_exceeded", `there was no answer within ${timeoutMs} ms`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      if (!signal.aborted) resolve();
      else reject(isFrancaError(signal.reason) ? signal.reason : cancelledError("the call", signal));
    }
  });
}
