/** A handler as a REST route: its parameters from the URL, its request from the body, its result in Qdrant's envelope. */
import type { DialectRequest, JsonShape, Reply, Route } from "../../../dialect.ts";
import { FrancaError, isFrancaError } from "../../../errors.ts";
import { formatError, inQdrantsWords, validationError } from "../errors.ts";
import type { Handler, Params } from "../handler.ts";
import type { Parts } from "../parts.ts";
import { resultJson } from "./json.ts";

export interface RestRoute {
  readonly method: Route["method"];
  /** Its parameters are members of Params. */
  readonly path: string;
  readonly access: Route["access"];
  readonly kind: Route["kind"];
  readonly handler: Handler;
  /** Absent: there is no body. */
  readonly body?: JsonShape;
  /** In its stead, for what is no JSON. */
  readonly readBody?: (request: DialectRequest) => Promise<unknown>;
  /** With `wait=false` it is done all the same before it is answered, and said to be accepted. */
  readonly mayNotWait?: boolean;
  /** How the result is answered. Default: in the envelope. */
  readonly answer?: (result: unknown, startMs: number) => Reply;
}

export function routeOf(spec: RestRoute, parts: Parts): Route {
  const { method, path, access, kind, handler, body, readBody, mayNotWait, answer = enveloped } = spec;
  return {
    method,
    path,
    access,
    kind,
    async handle(request) {
      const startMs = performance.now();
      try {
        const params = { ...request.params, ...queryOf(request) };
        const given = body === undefined ? await readBody?.(request) : await bodyOf(request, body);
        const result = await handler(request.store, params, given, { ...parts, signal: request.signal });
        return mayNotWait && params.wait === false ? accepted(startMs) : answer(result, startMs);
      } catch (error) {
        throw isFrancaError(error) ? inQdrantsWords(error) : error;
      }
    },
  };
}

export function enveloped(result: unknown, startMs: number): Reply {
  const seconds = (performance.now() - startMs) / 1_000;
  return { body: `{"result":${resultJson(result)},"status":"ok","time":${seconds}}` };
}

function accepted(startMs: number): Reply {
  const seconds = (performance.now() - startMs) / 1_000;
  return { status: 202, body: `{"status":"accepted","time":${seconds}}` };
}

/** In Qdrant's words, whatever it is. */
export function failed(error: FrancaError, httpStatus: number): Reply {
  const told = inQdrantsWords(error);
  const { httpStatus: own } = told.details;
  return {
    status: typeof own === "number" ? own : httpStatus,
    body: JSON.stringify({ status: { error: told.message }, time: 0 }),
  };
}

async function bodyOf({ body }: DialectRequest, shape: JsonShape): Promise<unknown> {
  try {
    return await body.json(shape);
  } catch (error) {
    if (!isFrancaError(error, "invalid_argument")) throw error;
    throw new FrancaError(error.code, formatError(error.message).message, {
      details: formatError("").details,
      cause: error,
    });
  }
}

function queryOf({ query }: DialectRequest): Params {
  if (query.size === 0) return {};
  const wait = query.get("wait");
  const ordering = query.get("ordering");
  const timeout = query.get("timeout");
  const level = query.get("details_level");
  const more = query.get("with");
  if (wait !== null && wait !== "true" && wait !== "false")
    throw formatError(
      `wait: invalid value: string ${JSON.stringify(wait)}, expected a boolean`,
      "query parameters",
    );
  if (ordering !== null && !["weak", "medium", "strong"].includes(ordering))
    throw formatError(
      `ordering: unknown variant \`${ordering}\`, expected one of \`weak\`, \`medium\`, \`strong\``,
      "query parameters",
    );
  if (timeout !== null && !/^\d{1,10}$/.test(timeout))
    throw formatError(
      `timeout: invalid digit found in string ${JSON.stringify(timeout)}`,
      "query parameters",
    );
  if (timeout !== null && Number(timeout) < 1)
    throw validationError("timeout", `value ${timeout} invalid, must be 1 or larger`, "query parameters");
  return {
    ...(wait !== null && { wait: wait === "true" }),
    ...(timeout !== null && { timeout: Number(timeout) }),
    ...(level !== null && { details_level: Number(level) }),
    ...(more !== null && { with: more.split(",") }),
  };
}
