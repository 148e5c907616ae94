/** The Guard that asks for keys: who shows which, how often, and from where wrong ones come. */
import type { Dialect } from "../../dialect.ts";
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { Store } from "../../store.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Caller, Guard, GuardedRequest } from "../guard.ts";
import type { Audit } from "./audit.ts";
import { auditedStore } from "./audited-store.ts";
import { Grant } from "./grant.ts";
import { guardedStore } from "./guarded-store.ts";
import type { Rate } from "./key.ts";
import type { Keyring } from "./keyring.ts";
import { KnownAddresses } from "./known-addresses.ts";
import { TokenBucket } from "./rate.ts";
import { readToken, refused, type Token } from "./token.ts";
import { wholeStore } from "./whole-store.ts";
import { WrongKeys } from "./wrong-keys.ts";

export interface KeyGuardOptions {
  /** The whole of it; a promise while it is being opened. */
  store: Store | Promise<Store>;
  keyring: Keyring;
  /** Hears of refusals, and of what callers write. */
  audit?: Audit;
  /** With it access tokens are taken that are signed by it, see token.ts. */
  tokenSecret?: string;
  /** See WrongKeys. */
  wrongKeys?: Rate;
  clock?: Clock;
}

/** What is known of the holder of a key. */
interface Holder {
  readonly store: Store;
  readonly addresses: KnownAddresses;
  bucket: { of: Rate; tokens: TokenBucket } | undefined;
}

export function keyGuard(options: KeyGuardOptions): Guard {
  const { keyring, audit, clock = systemClock, tokenSecret } = options;
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
  }: GuardedRequest): { grant: Grant; holder: Holder; valueExists?: Token["valueExists"] } => {
    const shown = dialect.credentials(header);
    // The same work for whatever was shown.
    const grant = keyring.find(shown ?? "");
    const holder = grant === undefined ? undefined : holderOf(grant);
    if (holder?.addresses.has(remoteAddress) !== true) wrongKeys.assertMayTry(remoteAddress);
    if (grant === undefined || holder === undefined) {
      if (shown === undefined || shown === "") throw unrecognised(dialect, "none came");
      const token = tokenSecret === undefined ? undefined : tokenIn(shown, tokenSecret, remoteAddress);
      if (token !== undefined) {
        const ofToken = new Grant(token.key, clock);
        return { grant: ofToken, holder: holderOf(ofToken), valueExists: token.valueExists };
      }
      wrongKeys.wasWrong(remoteAddress);
      throw unrecognised(dialect, "the one that came is unknown, revoked or expired");
    }
    holder.addresses.add(remoteAddress);
    return { grant, holder };
  };

  /** @throws FrancaError unauthenticated */
  const tokenIn = (shown: string, secret: string, remoteAddress: string | undefined): Token | undefined => {
    try {
      return readToken(shown, secret, clock.wallMs());
    } catch (error) {
      wrongKeys.wasWrong(remoteAddress);
      throw error;
    }
  };

  return {
    admit(request) {
      const { access, kind, remoteAddress } = request;
      if (access === "open") return nobody;
      let name: string | undefined;
      try {
        const { grant, holder, valueExists } = recognise(request);
        name = grant.name;
        const key = grant.assertRole(access, "this request");
        if (kind === "health" && access === "admin" && !key.scope.isAll) throw aboutAll(name);
        const waitMs = takeOf(holder, key.rate, clock);
        if (waitMs > 0 && key.rate !== undefined) throw tooFast(name, key.rate, waitMs);
        const store =
          audit === undefined
            ? holder.store
            : auditedStore(holder.store, audit, { caller: name, remoteAddress });
        const caller: Caller = { name, store };
        return valueExists === undefined ? caller : expectValue(whole, valueExists).then(() => caller);
      } catch (error) {
        audit?.refused({ caller: name, remoteAddress, action: `admit ${access}` }, error);
        throw error;
      }
    },
  };
}

/** @throws FrancaError unauthenticated */
async function expectValue(
  store: () => Store,
  { collection, filter }: NonNullable<Token["valueExists"]>,
): Promise<void> {
  try {
    const { count } = await (await store().collection(collection)).count({ filter });
    if (count > 0) return;
  } catch (error) {
    if (!isFrancaError(error, "not_found")) throw error;
  }
  throw refused("the point that it asks for is not there");
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
