/** GET /metrics, and who may read it. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Access, DialectRequest, Route } from "../../dialect.ts";
import { FrancaError } from "../../errors.ts";
import { isLoopback } from "../auth/exposure.ts";
import { checkChosenSecret } from "../auth/key.ts";
import { KnownAddresses } from "../auth/known-addresses.ts";
import { WrongKeys } from "../auth/wrong-keys.ts";
import { type Metrics, metricsContentType } from "./metrics.ts";

export interface MetricsAccess {
  /**
   * What a key must allow; the page names every collection. Default "open" where the server listens on the loopback only,
   * else "admin".
   */
  access?: Access;
  /**
   * A key for this page alone, as "authorization: Bearer …", for a Prometheus that knows no other. Instead of `access`. At least
   * 16 characters.
   */
  bearer?: string;
  /** Where the server listens. */
  host: string;
}

export function metricsRoute(metrics: Metrics, { access, bearer, host }: MetricsAccess): Route {
  const expected = bearer === undefined ? undefined : digest(checkChosenSecret(bearer, "--metrics-key"));
  const wrongKeys = new WrongKeys();
  const rightFrom = new KnownAddresses();
  const assertShown = ({ header, remoteAddress }: DialectRequest, key: Buffer): void => {
    const given = shown(header("authorization"));
    if (!rightFrom.has(remoteAddress)) wrongKeys.assertMayTry(remoteAddress);
    if (timingSafeEqual(key, digest(given))) {
      rightFrom.add(remoteAddress);
      return;
    }
    if (given !== "") wrongKeys.wasWrong(remoteAddress);
    throw new FrancaError(
      "unauthenticated",
      `/metrics expects its own key as "authorization: Bearer …"; set it in the scrape config under authorization.credentials_file`,
    );
  };
  return {
    method: "GET",
    path: "/metrics",
    access: expected === undefined ? (access ?? (isLoopback(host) ? "open" : "admin")) : "open",
    kind: "health",
    async handle(request) {
      if (expected !== undefined) assertShown(request, expected);
      return { headers: { "content-type": metricsContentType }, body: await metrics.text() };
    },
  };
}

function shown(authorization: string | undefined): string {
  return /^Bearer +(.+)$/i.exec(authorization ?? "")?.[1] ?? "";
}

/** Of equal length, so that they can be compared in constant time. */
function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
