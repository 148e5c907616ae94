/** A handler as a gRPC method: its parameters and its request from one message, its result in another. */
import type { Access, GrpcRequest, Route, UnaryMethod } from "../../../dialect.ts";
import { validationError } from "../errors.ts";
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
      const request = messages.decode(requestName, bytes) as Common;
      limitTime(call, request);
      const result = await handler(call.store, paramsOf(request), request, call);
      const seconds = (performance.now() - startMs) / 1_000;
      return messages.encode(reply, { ...answer(result as never), time: seconds });
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

/** @throws FrancaError invalid_argument for no time at all */
function limitTime(call: GrpcRequest, { timeout }: Common): void {
  if (timeout === undefined) return;
  if (timeout === 0) throw validationError("timeout", "value 0 invalid, must be 1 or larger");
  call.limitTime(Number(timeout) * 1_000);
}
