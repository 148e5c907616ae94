/** The Guard that asks for keys: who shows which, how often, and from where wrong ones come. */
import type { Dialect } from "../../dialect.ts";
import { FrancaError } from "../../errors.ts";
import type { Store } from "../../store.ts";
import type { Clock } from "../clock.ts";
import type { Caller, Guard, GuardedRequest } from "../guard.ts";
import type { Audit } from "./audit.ts";
import { auditedStore } from "./audited-store.ts";
import { Grant } from "./grant.ts";
import { guardedStore } from "./guarded-store.ts";
import type { Rate } from "./key.ts";
import type { Keyring } from "./keyring.ts";
import { KnownAddresses } from "./known-addresses.ts";
import { TokenBucket } from "./rate.ts";
import { wholeStore } from "./whole-store.ts";
import { WrongKeys } from "./wrong-keys.ts";

export interface KeyGuardOptions {
  /** The whole of it; a promise while it is being opened. */
  store: Store | Promise<Store>;
  keyring: Keyring;
  /** Hears of refusals, and of what callers write. */
  audit?: Audit;
  /** See WrongKeys. */
  wrongKeys?: Rate;
  clock?: Pick<Clock, "nowMs">;
}

/** What is known of the holder of a key. */
interface Holder {
  readonly store: Store;
  readonly addresses: KnownAddresses;
  bucket: { of: Rate; tokens: TokenBucket } | undefined;
}

export function keyGuard(options: KeyGuardOptions): Guard {
  const { keyring, audit, clock } = options;
  const whole = wholeStore(options.store);
  const holders = new WeakMap<Grant, Holder>();
  const wrongKeys = new WrongKeys(options.wrongKeys, clock);
  const nobody: Caller = { name: "nobody", store: guardedStore(whole, Grant.none()) };

  const holderOf = (grant: Grant): Holder => {
    let holder = holders.get(grant);
    if (holder === undefined) {
      holder = { store: guardedStore(whole, grant), addresses: new KnownAddresses(), bucket: undefined };
      holders.set(grant, holder);
    }
    return holder;
  };

  /** @throws FrancaError unauthenticated, resource_exhausted */
  const recognise = ({
    dialect,
    header,
    remoteAddress,
  }: GuardedRequest): { grant: Grant; holder: Holder } => {
    const shown = dialect.credentials(header);
    // The same work for whatever was shown.
    const grant = keyring.find(shown ?? "");
    const holder = grant === undefined ? undefined : holderOf(grant);
    if (holder?.addresses.has(remoteAddress) !== true) wrongKeys.assertMayTry(remoteAddress);
    if (grant === undefined || holder === undefined) {
      if (shown === undefined || shown === "") throw unrecognised(dialect, "none came");
      wrongKeys.wasWrong(remoteAddress);
      throw unrecognised(dialect, "the one that came is unknown, revoked or expired");
    }
    holder.addresses.add(remoteAddress);
    return { grant, holder };
  };

  return {
    admit(request) {
      const { access, kind, remoteAddress } = request;
      if (access === "open") return nobody;
      let name: string | undefined;
      try {
        const { grant, holder } = recognise(request);
        name = grant.name;
        const key = grant.assertRole(access, "this request");
        if (kind === "health" && access === "admin" && !key.scope.isAll) throw aboutAll(name);
        const waitMs = takeOf(holder, key.rate, clock);
        if (waitMs > 0 && key.rate !== undefined) throw tooFast(name, key.rate, waitMs);
        if (audit === undefined) return { name, store: holder.store };
        return { name, store: auditedStore(holder.store, audit, { caller: name, remoteAddress }) };
      } catch (error) {
        audit?.refused({ caller: name, remoteAddress, action: `admit ${access}` }, error);
        throw error;
      }
    },
  };
}

/** 0, or how long to wait. */
function takeOf(holder: Holder, rate: Rate | undefined, clock: KeyGuardOptions["clock"]): number {
  if (rate === undefined) return 0;
  const { bucket } = holder;
  const isOfRate = bucket?.of.requestsPerSecond === rate.requestsPerSecond && bucket.of.burst === rate.burst;
  if (bucket !== undefined && isOfRate) return bucket.tokens.take();
  const tokens = new TokenBucket(rate.requestsPerSecond, rate.burst, clock);
  holder.bucket = { of: rate, tokens };
  return tokens.take();
}

function unrecognised({ name }: Dialect, came: string): FrancaError {
  return new FrancaError(
    "unauthenticated",
    `this server asks for an API key, and ${came}; show it as "authorization: Bearer <key>", or where ${name}'s clients take an API key`,
    { details: { expected: "an API key" } },
  );
}

/** What the server tells of itself names every collection. */
function aboutAll(name: string): FrancaError {
  return new FrancaError(
    "permission_denied",
    `this request is about the server as a whole, and needs an admin of all collections; the key "${name}" is limited to some`,
    { details: { keyName: name } },
  );
}

function tooFast(name: string, { requestsPerSecond }: Rate, retryAfterMs: number): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `the key "${name}" may make ${requestsPerSecond} requests per second; try again in ${retryAfterMs} ms`,
    { details: { retryAfterMs, keyName: name } },
  );
}
