/** A database without keys is for its own machine only, unless somebody says otherwise in so many words. */
import { FrancaError } from "../../errors.ts";

export interface Exposure {
  /** The address to listen on. */
  host: string;
  /** Whether any key is set, or a file of keys. */
  hasKeys: boolean;
  /** --insecure-no-auth. */
  insecure: boolean;
  tls: boolean;
}

/**
 * @returns what is to be warned about
 * @throws FrancaError failed_precondition
 */
export function checkExposure({ host, hasKeys, insecure, tls }: Exposure): string[] {
  if (isLoopback(host)) return [];
  const shown = JSON.stringify(host);
  if (!hasKeys && !insecure) {
    throw new FrancaError(
      "failed_precondition",
      `listening on ${shown} without any key would let everyone who reaches this machine read, change and delete everything. ` +
        "Either set keys (--keys-file, which `franca key create` writes, or --api-key), or say --insecure-no-auth if that is what you want",
      { details: { host } },
    );
  }
  if (!hasKeys)
    return [`everyone who reaches ${shown} may read, change and delete everything (--insecure-no-auth)`];
  if (tls) return [];
  return [
    `keys and data go over the network to ${shown} as plain text, for everybody on the way to read: set --tls-cert and --tls-key, or let a proxy on this machine do TLS and listen on 127.0.0.1`,
  ];
}

/** An address by which only this machine can be reached. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (bare === "localhost" || bare === "::1") return true;
  const [, octets] = /^(?:::ffff:)?127\.(\d{1,3}\.\d{1,3}\.\d{1,3})$/.exec(bare) ?? [];
  return octets?.split(".").every((octet) => Number(octet) <= 255) ?? false;
}
