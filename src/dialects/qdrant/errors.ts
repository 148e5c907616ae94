/**
 * Errors in Qdrant's words. Its server has kinds of errors, each with a prefix and a status that clients look at; here each is
 * a FrancaError whose message is the whole sentence, so that REST and gRPC say the same. `inQdrantsWords` does it for errors
 * that a Store threw.
 */
import { type ErrorCode, FrancaError } from "../../errors.ts";

/** Marks an error that is in Qdrant's words already. */
const spoken = "qdrant";

function error(code: ErrorCode, httpStatus: number, message: string, cause?: unknown): FrancaError {
  const details = { [spoken]: true, httpStatus };
  return new FrancaError(code, message, cause === undefined ? { details } : { details, cause });
}

/** 400: what was asked for makes no sense for this collection. */
export function wrongInput(description: string, cause?: unknown): FrancaError {
  return error("invalid_argument", 400, `Wrong input: ${description}`, cause);
}

/** 400: what was asked for is refused by a rule, such as strict mode. */
export function badRequest(description: string): FrancaError {
  return error("invalid_argument", 400, `Bad request: ${description}`);
}

/** 400: a body or parameters that are not of the shape that is documented. */
export function formatError(description: string, where = "JSON body"): FrancaError {
  return error("invalid_argument", 400, `Format error in ${where}: ${description}`);
}

/** 422: of the right shape, but out of its bounds. */
export function validationError(path: string, description: string, where = "JSON body"): FrancaError {
  return error("invalid_argument", 422, `Validation error in ${where}: [${path}: ${description}]`);
}

/** Of a gRPC message: said as it is, without a prefix. */
export function malformedMessage(description: string): FrancaError {
  return error("invalid_argument", 400, description);
}

export function notFound(description: string, cause?: unknown): FrancaError {
  return error("not_found", 404, `Not found: ${description}`, cause);
}

export function collectionNotFound(name: string, cause?: unknown): FrancaError {
  return notFound(`Collection \`${name}\` doesn't exist!`, cause);
}

export function alreadyExists(description: string): FrancaError {
  return error("already_exists", 409, `Wrong input: ${description}`);
}

export function forbidden(description: string): FrancaError {
  return error("permission_denied", 403, `Forbidden: ${description}`);
}

/** 429, of strict mode's rates. */
export function rateLimited(description: string, retryAfterMs: number): FrancaError {
  const message = `Rate limiting exceeded: ${description}`;
  return new FrancaError("resource_exhausted", message, {
    details: { [spoken]: true, httpStatus: 429, retryAfterMs },
  });
}

/** 500: what a cluster of one peer cannot do. */
export function serviceError(description: string): FrancaError {
  return error("internal", 500, `Service internal error: ${description}`);
}

/** 501: what Qdrant does and Franca does not yet; docs/qdrant.md lists it. */
export function notServed(what: string): FrancaError {
  return error("unimplemented", 501, `Not implemented: ${what} are not served by Franca yet`);
}

/** 405: what only a cluster has. */
export function standalone(description: string): FrancaError {
  return error("failed_precondition", 405, description);
}

/** By code: the prefix, and the status where it is not HTTP's usual one. */
const kinds: { readonly [code in ErrorCode]?: readonly [prefix: string, httpStatus?: number] } = {
  invalid_argument: ["Wrong input"],
  failed_precondition: ["Wrong input"],
  out_of_range: ["Wrong input"],
  already_exists: ["Wrong input"],
  not_found: ["Not found"],
  permission_denied: ["Forbidden"],
  deadline_exceeded: ["Timeout", 408],
  resource_exhausted: ["Rate limiting exceeded"],
  internal: ["Service internal error"],
  unknown: ["Service internal error"],
  data_loss: ["Service internal error"],
};

/** The same error, said as Qdrant says it. What has no like there (unauthenticated, unavailable) stays as it is. */
export function inQdrantsWords(given: FrancaError): FrancaError {
  if (given.details[spoken] === true) return given;
  const [prefix, httpStatus] = kinds[given.code] ?? [];
  if (prefix === undefined) return given;
  return new FrancaError(given.code, `${prefix}: ${given.message}`, {
    details: { ...given.details, [spoken]: true, ...(httpStatus !== undefined && { httpStatus }) },
    cause: given.cause,
  });
}
