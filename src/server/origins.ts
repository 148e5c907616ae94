/**
 * Web pages as clients. A page of another origin may neither read answers nor change anything, unless its origin is allowed:
 * a browser would otherwise let any page that somebody looks at write into a database on their machine.
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { Reply } from "../dialect.ts";
import { FrancaError } from "../errors.ts";
import type { Host } from "./host.ts";

/**
 * A server that anybody on this machine may use must not be used by pages that were loaded under a name which somebody has let
 * point here since (DNS rebinding): to their browser they are its own pages. So it answers by addresses and names of this
 * machine only. With a key, or a certificate, such a page gets nowhere.
 * @throws FrancaError permission_denied
 */
export function assertOwnName({ headers }: IncomingMessage, host: Host): void {
  if (host.ownNames === undefined || headers.host === undefined) return;
  const name = headers.host
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();
  if (isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost")) return;
  if (host.ownNames.has(name) || host.allowedOrigins.includes("*")) return;
  throw new FrancaError(
    "permission_denied",
    `without keys this server answers to addresses and names of its own machine, and was asked as ${JSON.stringify(headers.host)}; ask it as 127.0.0.1 or localhost, give it keys, or name the origin to it (--allowed-origins http://${name})`,
  );
}

/** Of a server without keys on the loopback: all names but addresses and localhost. */
export function ownNamesOf(address: string, allowedOrigins: readonly string[]): ReadonlySet<string> {
  const named = allowedOrigins
    .filter((origin) => URL.canParse(origin))
    .map((origin) => new URL(origin).hostname);
  return new Set([address.toLowerCase(), ...named]);
}

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
