/** Keys of a server in a test: what a file of keys has, with the secrets themselves. */
import { hashOf, type Role } from "../server/auth/key.ts";
import { parseKeys } from "../server/auth/key-file.ts";
import { keyGuard } from "../server/auth/key-guard.ts";
import { Keyring } from "../server/auth/keyring.ts";
import type { Clock } from "../server/clock.ts";
import type { Guard } from "../server/guard.ts";
import type { Store } from "../store.ts";

export interface TestKey {
  /** What a client shows. */
  secret: string;
  name: string;
  role: Role;
  /** Names, or beginnings of names with a "*" after them. Default: all. */
  collections?: readonly string[];
  /** "2027-01-01", or with a time; by the server's clock. Default: never. */
  expires?: string;
  /** Default: as many as it likes. */
  requestsPerSecond?: number;
  burst?: number;
}

/** @throws FrancaError invalid_argument */
export function guardOfKeys(keys: readonly TestKey[], store: Store, clock: Clock): Guard {
  const entries = keys.map(({ secret, ...entry }) => ({ ...entry, hash: `sha256:${hashOf(secret)}` }));
  const keyring = new Keyring([], clock);
  keyring.replace(parseKeys(JSON.stringify({ keys: entries }), "startServer"));
  return keyGuard({ store, keyring, clock });
}
