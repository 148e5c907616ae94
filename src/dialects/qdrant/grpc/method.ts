/** A handler as a gRPC method: its parameters and its request from one message, its result in another. */
import type { Access, Route, UnaryMethod } from "../../../dialect.ts";
import type { Handler, Params } from "../handler.ts";
import type { Parts } from "../parts.ts";
import { messages } from "./messages.ts";
import { type Common, expectValid } from "./validate.ts";

export interface MethodSpec {
  readonly handler: Handler;
  readonly access: Access;
  readonly kind: Route["kind"];
  readonly request: string;
  readonly reply: string;
  /** The reply's members, beside the time, from the result. Default: it is `result`. */
  readonly answer?: (result: never) => object;
}

export function methodOf(spec: MethodSpec, parts: Parts): UnaryMethod {
  const { handler, access, kind, request: requestName, reply, answer = asResult } = spec;
  return {
    access,
    kind,
    async handle(bytes, call) {
      const startMs = performance.now();
      const request = messages.decode(requestName, bytes) as Common & Params;
      expectValid(requestName, request);
      if (request.timeout !== undefined) call.limitTime(Number(request.timeout) * 1_000);
      const result = await handler(call.store, paramsOf(request), request, { ...parts, signal: call.signal });
      const seconds = (performance.now() - startMs) / 1_000;
      return messages.encode(reply, { ...answer(result as never), time: seconds });
    },
  };
}

function asResult(result: unknown): object {
  return { result };
}

function paramsOf({ collection_name, wait, timeout, field_name, vector_name }: Common & Params): Params {
  return {
    ...(collection_name !== undefined && { collection: collection_name }),
    ...(wait !== undefined && { wait }),
    ...(timeout !== undefined && { timeout: Number(timeout) }),
    ...(field_name !== undefined && { field_name }),
    ...(vector_name !== undefined && { vector_name }),
  };
}
