/**
 * Requests to a Franca server: frames there and back, deadlines, retries where they are safe, and errors as the engine throws
 * them.
 */
import { encodeFrame } from "../../dialects/franca/frame.ts";
import { frameType, linesType, timeoutHeader } from "../../dialects/franca/wire.ts";
import { cancelledError, FrancaError, isFrancaError } from "../../errors.ts";
import { traceHeaders } from "../../telemetry.ts";
import { type Attempt, type Call, errorOf, failed, isWorthAnotherTry } from "../calls/attempt.ts";
import { Closing } from "../calls/closing.ts";
import { deadlineError, Stop } from "../calls/stop.ts";
import { answerOf, toldError, typeOf } from "./answer.ts";
import { type CheckedRemoteOptions, checkedOptions, type RemoteOptions } from "./options.ts";

const firstPauseMs = 100;
const longestPauseMs = 5_000;

export class Transport {
  readonly #options: CheckedRemoteOptions;
  readonly #closing = new Closing();
  readonly #writes = new Set<Promise<unknown>>();

  /** @throws FrancaError invalid_argument */
  constructor(address: string, options: RemoteOptions) {
    this.#options = checkedOptions(address, options);
  }

  get base(): string {
    return this.#options.base;
  }

  /** Later calls are refused, reads under way cancelled, writes under way waited for. */
  async close(): Promise<void> {
    this.#closing.close();
    await Promise.allSettled(this.#writes);
  }

  call(call: Call): Promise<unknown> {
    const run = this.#tried(call);
    if (call.kind === "read") return run;
    this.#writes.add(run);
    const done = (): void => void this.#writes.delete(run);
    run.then(done, done);
    return run;
  }

  /** Each line of an answer as it comes, for as long as it takes. */
  async *lines(call: Call): AsyncIterable<unknown> {
    this.#expectOpen(call);
    const stop = this.#stopOf(call).whenClosed(this.#closing, closedError);
    try {
      const response = await this.#fetch(call, bodyOf(call), stop.signal);
      if (!response.ok || typeOf(response) !== linesType) {
        const attempt = await answerOf(response, this.base);
        if ("failure" in attempt) throw errorOf(attempt.failure, call);
        throw new FrancaError(
          "unavailable",
          `${this.base} answered at once where it should tell its progress`,
        );
      }
      for await (const line of linesOf(response.body!)) {
        const error = toldError(line);
        if (error !== undefined) throw error;
        yield line;
      }
    } catch (error) {
      throw isFrancaError(error) ? error : this.#broken(error, stop).failure.error;
    } finally {
      stop.end();
    }
  }

  async #tried(call: Call): Promise<unknown> {
    this.#expectOpen(call);
    const { timeoutMs, retries } = this.#options;
    const until = performance.now() + timeoutMs;
    const body = bodyOf(call);
    for (let tries = 0; ; tries++) {
      const attempt = await this.#try(call, body, until - performance.now());
      if ("value" in attempt) return attempt.value;
      const { failure } = attempt;
      // Full jitter: many clients do not come back at once.
      const jitterMs = Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** tries);
      const pauseMs = jitterMs + (failure.leastPauseMs ?? 0);
      const isLast = tries >= retries || performance.now() + pauseMs >= until || this.#closing.isClosed;
      if (isLast || !isWorthAnotherTry(failure, call)) throw errorOf(failure, call);
      await this.#pause(pauseMs, call);
    }
  }

  async #try(call: Call, body: Frame | undefined, leftMs: number): Promise<Attempt<unknown>> {
    const stop = this.#stopOf(call).after(Math.max(1, leftMs), () => deadlineError(this.#options.timeoutMs));
    if (call.kind === "read") stop.whenClosed(this.#closing, closedError);
    try {
      const response = await this.#fetch(call, body, stop.signal, leftMs);
      const attempt = await answerOf(response, this.base);
      if (response.status === 413 && "failure" in attempt && body !== undefined)
        attempt.failure.error.details.sentBytes = body.byteLength;
      return attempt;
    } catch (error) {
      return this.#broken(error, stop);
    } finally {
      stop.end();
    }
  }

  #fetch(
    { method, path }: Call,
    body: Frame | undefined,
    signal: AbortSignal,
    leftMs?: number,
  ): Promise<Response> {
    return fetch(this.base + path, {
      method,
      headers: {
        ...traceHeaders(),
        ...this.#options.headers,
        accept: frameType,
        ...(leftMs !== undefined && { [timeoutHeader]: String(Math.max(1, Math.ceil(leftMs))) }),
        ...(body !== undefined && { "content-type": frameType }),
      },
      redirect: "manual",
      signal,
      ...(body !== undefined && { body }),
    });
  }

  #stopOf(call: Call): Stop {
    return new Stop().when(call.signal, () => cancelledError(nameOf(call), call.signal));
  }

  /** What fetch threw, as ours. */
  #broken(error: unknown, stop: Stop): ReturnType<typeof failed> {
    if (stop.error !== undefined) return failed(stop.error);
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    const code = cause?.code ?? "";
    const why = cause?.message || code || (error as Error).message;
    if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
      return failed(
        new FrancaError("deadline_exceeded", `${this.base} was silent too long: ${why}`, { cause: error }),
      );
    }
    const isUndone = unsent.has(code);
    const message = isUndone
      ? `${this.base} cannot be reached: ${why}`
      : `the connection to ${this.base} broke: ${why}`;
    return failed(new FrancaError("unavailable", message, { cause: error }), { isUndone, isPassing: true });
  }

  #expectOpen(call: Call): void {
    if (this.#closing.isClosed) throw closedError();
    if (call.signal?.aborted) throw cancelledError(nameOf(call), call.signal);
  }

  /** Cut short by whatever makes another try pointless. */
  async #pause(ms: number, call: Call): Promise<void> {
    const stop = this.#stopOf(call).whenClosed(this.#closing, closedError);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const cut = (): void => {
        clearTimeout(timer);
        resolve();
      };
      if (stop.signal.aborted) cut();
      else stop.signal.addEventListener("abort", cut, { once: true });
    });
    stop.end();
    this.#expectOpen(call);
  }
}

type Frame = Uint8Array<ArrayBuffer>;

/** With these there was no connection that a request could have gone through. */
const unsent: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function bodyOf(call: Call): Frame | undefined {
  if (call.body === undefined) return undefined;
  try {
    return encodeFrame(call.body) as Frame;
  } catch (cause) {
    // Of its own it throws nothing; cycles and endless depth are the engine of JavaScript's to find.
    throw new FrancaError(
      "invalid_argument",
      `${nameOf(call)}: expected what can be written as JSON: ${(cause as Error).message.split("\n", 1)[0]}`,
      { cause },
    );
  }
}

/** @throws SyntaxError for a line that is not JSON; Error when the last is not whole */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncIterable<unknown> {
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      const parts = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = parts.pop()!;
      for (const line of parts) yield JSON.parse(line);
    }
    if (rest !== "") throw new Error("the last line is not whole");
  } finally {
    // What was broken before has nothing left to cancel.
    await reader.cancel().catch(() => {});
  }
}

function nameOf({ method, path }: Call): string {
  return `${method} ${path}`;
}

function closedError(): FrancaError {
  return new FrancaError("failed_precondition", "the store is closed; open it again");
}
