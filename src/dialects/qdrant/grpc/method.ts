/** A handler as a gRPC method: its parameters and its request from one message, its result in another. */
import type { Access, GrpcRequest, Route, UnaryMethod } from "../../../dialect.ts";
import { FrancaError, isFrancaError } from "../../../errors.ts";
import { inQdrantsWords } from "../errors.ts";
import type { Handler, Params } from "../handler.ts";
import { messages } from "./messages.ts";

export interface MethodSpec {
  readonly handler: Handler;
  readonly access: Access;
  readonly kind: Route["kind"];
  readonly request: string;
  readonly reply: string;
  /** The reply's members, beside the time, from the result. Default: it is `result`. */
  readonly answer?: (result: never) => object;
}

/** What requests have beside what their handler reads. */
interface Common extends Omit<Params, "collection" | "timeout"> {
  readonly collection_name?: string;
  /** In seconds. */
  readonly timeout?: number | bigint;
}

export function methodOf(spec: MethodSpec): UnaryMethod {
  const { handler, access, kind, request: requestName, reply, answer = asResult } = spec;
  return {
    access,
    kind,
    async handle(bytes, call) {
      const startMs = performance.now();
      const limit = new TimeLimit(call);
      try {
        const request = messages.decode(requestName, bytes) as Common;
        limit.begin(request.timeout);
        const result = await handler(call.store, paramsOf(request), request, limit);
        const seconds = (performance.now() - startMs) / 1_000;
        return messages.encode(reply, { ...answer(result as never), time: seconds });
      } catch (error) {
        throw isFrancaError(error) ? inGrpcsWords(inQdrantsWords(error)) : error;
      } finally {
        limit.end();
      }
    },
  };
}

function asResult(result: unknown): object {
  return { result };
}

function paramsOf({ collection_name, wait, timeout, field_name, vector_name }: Common): Params {
  return {
    ...(collection_name !== undefined && { collection: collection_name }),
    ...(wait !== undefined && { wait }),
    ...(timeout !== undefined && { timeout: Number(timeout) }),
    ...(field_name !== undefined && { field_name }),
    ...(vector_name !== undefined && { vector_name }),
  };
}

/** There is no JSON here. */
function inGrpcsWords(error: FrancaError): FrancaError {
  const message = error.message
    .replace(/^Validation error in JSON body: /, "Validation error in body: ")
    .replace(/^Format error in JSON body: /, "");
  if (message === error.message) return error;
  return new FrancaError(error.code, message, { details: error.details, cause: error.cause });
}

/** The time that a request gives itself, beside that of the call. */
class TimeLimit {
  readonly #call: GrpcRequest;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #signal: AbortSignal | undefined;

  constructor(call: GrpcRequest) {
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#signal ?? this.#call.signal;
  }

  /** @throws FrancaError invalid_argument for no time at all */
  begin(timeout: number | bigint | undefined): void {
    if (timeout === undefined) return;
    const seconds = Number(timeout);
    if (seconds === 0)
      throw new FrancaError(
        "invalid_argument",
        "Validation error in body: [timeout: value 0 invalid, must be 1 or larger]",
      );
    const over = new AbortController();
    const message = `Timeout error: Operation timed out after ${seconds} seconds`;
    this.#timer = setTimeout(
      () => over.abort(new FrancaError("deadline_exceeded", message)),
      Math.min(longestTimerMs, seconds * 1_000),
    );
    this.#signal = AbortSignal.any([this.#call.signal, over.signal]);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** A longer one would end at once. */
const longestTimerMs = 2 ** 31 - 1;
