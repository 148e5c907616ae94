/** Keys, exposure and audit log of a server as one: what `serve` takes as its guard. */
import { FrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import type { Store } from "../../store.ts";
import type { Guard } from "../guard.ts";
import { Audit } from "./audit.ts";
import { openAuditFile } from "./audit-file.ts";
import { auditedStore } from "./audited-store.ts";
import { checkExposure } from "./exposure.ts";
import { Grant } from "./grant.ts";
import { guardedStore } from "./guarded-store.ts";
import { keyGuard } from "./key-guard.ts";
import { openKeyring } from "./keyring.ts";
import { Scope } from "./scope.ts";
import { wholeStore } from "./whole-store.ts";

export interface AuthOptions {
  /** The address that is listened on. */
  host: string;
  tls: boolean;
  /** File of keys, read again when it changes. */
  keysFile?: string;
  /** May do everything. */
  apiKey?: string;
  readOnlyApiKey?: string;
  /** Takes access tokens that are signed by `apiKey` as well. */
  tokens?: boolean;
  /** Listens beyond this machine without any key. */
  insecure?: boolean;
  /** Absent: nothing is audited. */
  auditFile?: string;
  /** Files of keys and audit logs that cannot be read or written, and so on: never a key. */
  onWarning: (warning: FrancaError) => void;
}

export interface Auth {
  /**
   * Undefined where there are no keys and no audit log: everybody may do everything.
   * @param store the whole of it; a promise while it is being opened
   */
  guardOf(store: Store | Promise<Store>): Guard | undefined;
  /** Looks at the file of keys at once, which happens by itself each second. */
  reload(): Promise<void>;
  /** When the server has stopped: writes what is left of the audit log. */
  stop(): Promise<void>;
}

/**
 * Before the database is opened, since what is wrong here is found at once.
 * @throws FrancaError failed_precondition, invalid_argument
 */
export async function startAuth(options: AuthOptions): Promise<Auth> {
  const { host, tls, keysFile, apiKey, readOnlyApiKey, tokens = false, insecure = false } = options;
  const { auditFile, onWarning } = options;
  if (tokens && apiKey === undefined)
    throw badInput("--jwt-rbac", "an --api-key, by which tokens are signed");
  const hasKeys = keysFile !== undefined || apiKey !== undefined || readOnlyApiKey !== undefined;
  for (const notice of checkExposure({ host, hasKeys, insecure, tls })) {
    onWarning(new FrancaError("failed_precondition", notice));
  }
  const keyring = hasKeys
    ? await openKeyring({
        ...(keysFile !== undefined && { file: keysFile }),
        ...(apiKey !== undefined && { apiKey }),
        ...(readOnlyApiKey !== undefined && { readOnlyApiKey }),
        onWarning,
      })
    : undefined;
  let audit: Audit | undefined;
  try {
    if (auditFile !== undefined) audit = new Audit({ sink: await openAuditFile(auditFile), onWarning });
  } catch (error) {
    keyring?.stop();
    throw error;
  }
  return {
    guardOf(store) {
      if (keyring !== undefined)
        return keyGuard({
          store,
          keyring,
          ...(audit !== undefined && { audit }),
          ...(tokens && apiKey !== undefined && { tokenSecret: apiKey }),
        });
      return audit === undefined ? undefined : openGuard(store, audit);
    },
    reload: async () => keyring?.reload(),
    async stop() {
      keyring?.stop();
      await audit?.close();
    },
  };
}

/** For a server without keys, whose callers are not known. */
function openGuard(store: Store | Promise<Store>, audit: Audit): Guard {
  const grant = new Grant({ name: "anyone", hash: "", role: "admin", scope: Scope.all });
  const whole = guardedStore(wholeStore(store), grant);
  return {
    letsAnybodyIn: true,
    admit({ remoteAddress }) {
      const { name } = grant;
      return { name, store: auditedStore(whole, audit, { caller: name, remoteAddress }) };
    },
  };
}
