/** Where a server is, and how it is spoken to. */
import { root } from "../../dialects/franca/wire.ts";
import { badInput, plainObject, rejectKeys } from "../../model/bad-input.ts";

export interface RemoteOptions {
  apiKey?: string;
  /** For a call, retries included. Default 60 s. */
  timeoutMs?: number;
  /** Sent with every request, beside Franca's own. */
  headers?: { readonly [name: string]: string };
  /** Times that a call is tried again where that is safe. Default 3. */
  retries?: number;
}

export interface CheckedRemoteOptions {
  /** "http://localhost:6333/franca/v1" */
  base: string;
  headers: { readonly [name: string]: string };
  timeoutMs: number;
  retries: number;
}

/** Timers know no longer time. */
const longestTimeoutMs = 2 ** 31 - 1;

/** Neither a key nor a password is repeated in what it throws. @throws FrancaError invalid_argument */
export function checkedOptions(address: string, options: unknown): CheckedRemoteOptions {
  const {
    apiKey,
    timeoutMs = 60_000,
    headers = {},
    retries = 3,
    ...rest
  } = plainObject(options, "open", "options for a server");
  rejectKeys(rest, "open", "apiKey, timeoutMs, headers and retries for a server");
  if (typeof timeoutMs !== "number" || !(timeoutMs > 0 && timeoutMs <= longestTimeoutMs))
    throw badInput("open: timeoutMs", `milliseconds, more than 0 and at most ${longestTimeoutMs}`, timeoutMs);
  if (!Number.isSafeInteger(retries) || (retries as number) < 0)
    throw badInput("open: retries", "a whole number, 0 or more", retries);
  const sent = Object.entries({
    ...plainObject(headers, "open: headers", "header values by name"),
    ...(apiKey !== undefined && { authorization: authorizationOf(apiKey) }),
  });
  for (const [name, value] of sent) {
    try {
      new Headers({ [name]: value as string });
    } catch {
      const what = name === "authorization" ? "the key" : `header ${JSON.stringify(name)}`;
      throw badInput("open", `${what} to be text that HTTP can carry`);
    }
  }
  return {
    base: baseOf(address),
    headers: Object.fromEntries(sent) as { [name: string]: string },
    timeoutMs,
    retries: retries as number,
  };
}

function authorizationOf(apiKey: unknown): string {
  if (typeof apiKey !== "string" || apiKey === "") throw badInput("open: apiKey", "a key that is not empty");
  return `Bearer ${apiKey}`;
}

function baseOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw badInput("open", "an address such as http://localhost:6333", address);
  if (url.username !== "" || url.password !== "")
    throw badInput("open", "no user and password in the address; give a key as {apiKey}");
  if (url.search !== "" || url.hash !== "")
    throw badInput("open", "an address without anything behind ? or #; give a key as {apiKey}");
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}${root}`;
}
