/**
 * Web pages as clients. A page of another origin may neither read answers nor change anything, unless its origin is allowed:
 * a browser would otherwise let any page that somebody looks at write into a database on their machine.
 */
import type { IncomingMessage } from "node:http";
import type { Reply } from "../dialect.ts";
import { FrancaError } from "../errors.ts";
import type { Host } from "./host.ts";

/** @throws FrancaError permission_denied */
export function assertOwnOrigin({ method, headers }: IncomingMessage, { allowedOrigins }: Host): void {
  const { origin } = headers;
  if (origin === undefined || method === "GET" || method === "HEAD") return;
  if (allowedOrigins.includes(origin) || allowedOrigins.includes("*")) return;
  if (headers.host !== undefined && /^https?:\/\/(.*)$/.exec(origin)?.[1] === headers.host) return;
  throw new FrancaError(
    "permission_denied",
    `pages of ${JSON.stringify(origin)} may not write here; allow the origin when you start the server if they should`,
  );
}

export function headersForOrigin(
  { headers }: IncomingMessage,
  { allowedOrigins }: Host,
): { [name: string]: string } {
  const { origin = "" } = headers;
  if (!allowedOrigins.includes(origin) && !allowedOrigins.includes("*")) return { vary: "Origin" };
  return {
    vary: "Origin",
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "Retry-After",
  };
}

/** The answer to OPTIONS: the methods that a path has, and to a browser that asks for a page, whether the page may. */
export function preflight(message: IncomingMessage, allowed: readonly string[], host: Host): Reply {
  const methods = [...new Set([...allowed, "OPTIONS"])].join(", ");
  const { headers } = message;
  if (headers.origin === undefined) return { status: 204, headers: { allow: methods } };
  const forOrigin = headersForOrigin(message, host);
  const asked = headers["access-control-request-headers"];
  return {
    status: 204,
    headers: {
      allow: methods,
      ...forOrigin,
      ...("access-control-allow-origin" in forOrigin && {
        "access-control-allow-methods": methods,
        "access-control-max-age": "600",
        ...(asked !== undefined && { "access-control-allow-headers": asked }),
      }),
    },
  };
}
