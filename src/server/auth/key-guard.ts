/** The Guard that asks for keys: who shows which, how often, and from where wrong ones come. */
import type { Dialect } from "../../dialect.ts";
import { FrancaError } from "../../errors.ts";
import type { Store } from "../../store.ts";
import type { Caller, Guard, GuardedRequest } from "../guard.ts";
import { addressGroup } from "./address-group.ts";
import type { Audit } from "./audit.ts";
import { auditedStore } from "./audited-store.ts";
import { Grant } from "./grant.ts";
import { guardedStore } from "./guarded-store.ts";
import type { Rate } from "./key.ts";
import type { Keyring } from "./keyring.ts";
import { type Clock, TokenBucket, TokenBuckets } from "./rate.ts";
import { wholeStore } from "./whole-store.ts";

export interface KeyGuardOptions {
  /** The whole of it; a promise while it is being opened. */
  store: Store | Promise<Store>;
  keyring: Keyring;
  /** Hears of refusals, and of what callers write. */
  audit?: Audit;
  /** Wrong keys from one address (of IPv6, one /64 network) before it must wait. Default 20, and one more each 3 s. */
  wrongKeys?: Rate;
  clock?: Clock;
}

/** What is known of the holder of a key. */
interface Holder {
  readonly store: Store;
  /** Where the key was shown from, newest last: these may go on when somebody beside them is guessing. */
  readonly addresses: Set<string>;
  bucket: { of: Rate; tokens: TokenBucket } | undefined;
}

const mostAddresses = 10_000;
const mostAddressesOfHolder = 100;

export function keyGuard(options: KeyGuardOptions): Guard {
  const { keyring, audit, clock, wrongKeys = { requestsPerSecond: 1 / 3, burst: 20 } } = options;
  const whole = wholeStore(options.store);
  const holders = new WeakMap<Grant, Holder>();
  const failures = new TokenBuckets(
    mostAddresses,
    () => new TokenBucket(wrongKeys.requestsPerSecond, wrongKeys.burst, clock),
  );
  const nobody: Caller = { name: "nobody", store: guardedStore(whole, Grant.none()) };

  const holderOf = (grant: Grant): Holder => {
    let holder = holders.get(grant);
    if (holder === undefined) {
      holder = { store: guardedStore(whole, grant), addresses: new Set(), bucket: undefined };
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
    const address = addressGroup(remoteAddress);
    const holder = grant === undefined ? undefined : holderOf(grant);
    const waitMs = holder?.addresses.has(address) ? 0 : failures.wait(address);
    // A right key has to wait, too, if it never came from there: else guessing would go on at full speed.
    if (waitMs > 0) throw tooManyWrong(waitMs);
    if (grant === undefined || holder === undefined) {
      if (shown === undefined || shown === "") throw unrecognised(dialect, "none came");
      failures.take(address);
      throw unrecognised(dialect, "the one that came is unknown, revoked or expired");
    }
    remember(holder.addresses, address);
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
function takeOf(holder: Holder, rate: Rate | undefined, clock: Clock | undefined): number {
  if (rate === undefined) return 0;
  const { bucket } = holder;
  const isOfRate = bucket?.of.requestsPerSecond === rate.requestsPerSecond && bucket.of.burst === rate.burst;
  if (bucket !== undefined && isOfRate) return bucket.tokens.take();
  const tokens = new TokenBucket(rate.requestsPerSecond, rate.burst, clock);
  holder.bucket = { of: rate, tokens };
  return tokens.take();
}

function remember(addresses: Set<string>, address: string): void {
  if (addresses.has(address)) return;
  addresses.add(address);
  if (addresses.size > mostAddressesOfHolder) addresses.delete(addresses.values().next().value!);
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

function tooManyWrong(retryAfterMs: number): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `too many wrong keys came from this address; the next may be tried in ${retryAfterMs} ms`,
    { details: { retryAfterMs } },
  );
}

function tooFast(name: string, { requestsPerSecond }: Rate, retryAfterMs: number): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `the key "${name}" may make ${requestsPerSecond} requests per second; try again in ${retryAfterMs} ms`,
    { details: { retryAfterMs, keyName: name } },
  );
}
