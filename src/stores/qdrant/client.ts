/**
 * The official client, an optional peer: looked for when the first request is made. Where it cannot carry a request exactly
 * (ids beyond 2^53 before Node 21, large doubles), or does not tell all that was answered (how long to wait after 429), the same operation
 * is sent by fetch.
 */
import { FrancaError } from "../../errors.ts";
import { needsOwnJson, readJson, writeJson } from "./big-integers.ts";
import { type Operation, type OperationName, operations } from "./operations.ts";
import type { CheckedQdrantOptions } from "./options.ts";

export type Payload = { readonly [name: string]: unknown };

/** As much of the official client as is used. */
interface OfficialClient {
  api(): {
    readonly [operation in OperationName]: (
      payload: Payload,
      init: RequestInit,
    ) => Promise<{ data: unknown }>;
  };
}

/** An answer that is no success, whoever read it. */
export interface Refusal {
  readonly status: number;
  readonly data: unknown;
  readonly headers: Headers;
}

export class Client {
  readonly #options: CheckedQdrantOptions;
  readonly #url: { origin: string; port: number; prefix: string };
  #official: Promise<OfficialClient> | undefined;

  constructor(options: CheckedQdrantOptions) {
    this.#options = options;
    this.#url = placeOf(options.url);
  }

  /** "http://localhost:6333" */
  get base(): string {
    const { origin, port, prefix } = this.#url;
    return `${origin}:${port}${prefix}`;
  }

  /** @throws Refusal, and whatever fetch throws */
  async send(
    name: OperationName,
    payload: Payload,
    signal: AbortSignal,
    isRepeated: boolean,
  ): Promise<unknown> {
    const official = await this.#loaded();
    // A second try reads the whole answer, to know how long to wait for the third.
    if (isRepeated || needsOwnJson(payload, carriesBigIntegers)) return this.#own(name, payload, signal);
    const { data } = await official.api()[name](payload, { signal, redirect: "error" });
    const { result } = data as { result: unknown };
    return !carriesBigIntegers && holdsRoundedId(result) ? this.#own(name, payload, signal) : result;
  }

  #loaded(): Promise<OfficialClient> {
    this.#official ??= this.#load();
    return this.#official;
  }

  async #load(): Promise<OfficialClient> {
    let module: { QdrantClient: new (options: object) => OfficialClient };
    try {
      module = (await import("@qdrant/js-client-rest")) as unknown as typeof module;
    } catch (cause) {
      this.#official = undefined;
      throw new FrancaError(
        "failed_precondition",
        "a Qdrant is spoken to by its official client, which is not installed: npm install @qdrant/js-client-rest@^1.18",
        { cause },
      );
    }
    const { apiKey, headers } = this.#options;
    const { origin, port, prefix } = this.#url;
    return new module.QdrantClient({
      url: origin,
      port,
      ...(prefix !== "" && { prefix }),
      ...(apiKey !== undefined && { apiKey }),
      headers,
      // Deadlines are kept here, for all tries of a call together.
      timeout: Number.POSITIVE_INFINITY,
      checkCompatibility: false,
    });
  }

  async #own(name: OperationName, payload: Payload, signal: AbortSignal): Promise<unknown> {
    const { path, body, method } = requestOf(operations[name], payload);
    const { apiKey, headers } = this.#options;
    const response = await fetch(this.base + path, {
      method,
      headers: {
        accept: "application/json",
        ...headers,
        ...(apiKey !== undefined && { "api-key": apiKey }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      redirect: "error",
      signal,
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const data = jsonIn(text);
    if (!response.ok || data === undefined) {
      const { status, headers: told } = response;
      throw { status, data: data ?? text, headers: told } satisfies Refusal;
    }
    return (data as { result: unknown }).result;
  }
}

/** Whether the official client writes and reads integers beyond 2^53 as they are. */
const carriesBigIntegers = "rawJSON" in JSON;

function requestOf({ method, path, query }: Operation, payload: Payload) {
  const rest: { [name: string]: unknown } = { ...payload };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = encodeURIComponent(String(rest[name]));
    delete rest[name];
    return value;
  });
  const asked = new URLSearchParams();
  for (const name of query) {
    if (rest[name] !== undefined) asked.set(name, String(rest[name]));
    delete rest[name];
  }
  const search = asked.size === 0 ? "" : `?${asked}`;
  const body = method === "GET" || method === "DELETE" ? undefined : writeJson(rest);
  return { method, path: filled + search, body };
}

function jsonIn(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

/** Ids beyond 2^53 that JSON.parse has read: their last digits are lost. */
function holdsRoundedId(result: unknown): boolean {
  if (typeof result !== "object" || result === null) return false;
  if (Array.isArray(result)) return result.some(holdsRoundedId);
  const { id, points, next_page_offset: next } = result as { [name: string]: unknown };
  return isRounded(id) || isRounded(next) || holdsRoundedId(points);
}

function isRounded(id: unknown): boolean {
  return typeof id === "number" && !Number.isSafeInteger(id);
}

/** As the official client, which takes 6333 where an address names no port. URL knows no port that is its scheme's usual one. */
function placeOf(url: string): { origin: string; port: number; prefix: string } {
  const { protocol, hostname, port, pathname } = new URL(url);
  const named = /^https?:\/\/[^/]*?:(\d+)(?:\/|$)/i.exec(url)?.[1] ?? port;
  return {
    origin: `${protocol}//${hostname}`,
    port: named === "" ? 6333 : Number(named),
    prefix: pathname.replace(/\/+$/, ""),
  };
}
