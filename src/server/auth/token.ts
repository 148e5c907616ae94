/**
 * Access tokens: JSON Web Tokens (RFC 7519) signed with HMAC SHA-256 by a secret that the server knows, with the claims of Qdrant:
 * `exp`, `access` ("r", "m", or a list of collections with "r" or "rw"), and `value_exists`, a point that must be there.
 * They are nobody's to keep: a server holds no list of them, and takes one away by changing the secret.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { FrancaError } from "../../errors.ts";
import type { Filter } from "../../model/filter.ts";
import type { Key, Role } from "./key.ts";
import { Scope } from "./scope.ts";

export interface Token {
  readonly key: Key;
  /** A point that has to be in the collection, or the token is worth nothing. */
  readonly valueExists?: { readonly collection: string; readonly filter: Filter };
}

/** Clocks of two machines differ a little. */
const leewaySeconds = 60;
const longest = 16_384;

/** Undefined for what is no such token at all, so that it is looked at as a key. */
export function readToken(shown: string, secret: string, nowMs: number): Token | undefined {
  if (shown.length > longest) return undefined;
  const parts = shown.split(".");
  if (parts.length !== 3) return undefined;
  const [head, body, signature] = parts as [string, string, string];
  const { alg } = jsonOf(head) ?? {};
  if (alg !== "HS256") return undefined;
  const expected = createHmac("sha256", secret).update(`${head}.${body}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw refused("its signature is not this server's");
  const claims = jsonOf(body);
  if (claims === undefined) throw refused("its claims are no JSON object");
  return tokenOf(claims, nowMs);
}

function tokenOf({ exp, access, value_exists, sub, subject }: Json, nowMs: number): Token {
  if (exp !== undefined && exp !== null) {
    if (typeof exp !== "number") throw refused("`exp` must be seconds since 1970");
    if ((exp + leewaySeconds) * 1_000 <= nowMs) throw refused("it has expired");
  }
  const who = typeof subject === "string" ? subject : typeof sub === "string" ? sub : "token";
  const exists = value_exists === undefined || value_exists === null ? undefined : existing(value_exists);
  return {
    key: {
      name: `token ${who.slice(0, 64)}`,
      hash: "",
      ...rightsOf(access ?? "m"),
      ...(typeof exp === "number" && { expiresMs: (exp + leewaySeconds) * 1_000 }),
    },
    ...(exists && { valueExists: exists }),
  };
}

const roleOf: { readonly [access: string]: Role } = { r: "read", rw: "write", m: "admin" };

function rightsOf(access: unknown): Pick<Key, "role" | "scope" | "roles"> {
  if (access === "r" || access === "m") return { role: roleOf[access]!, scope: Scope.all };
  if (!Array.isArray(access) || access.length === 0)
    throw refused('`access` must be "r", "m", or a list of collections');
  const roles = new Map<string, Role>();
  for (const one of access as unknown[]) {
    const { collection, access: level, payload } = (one ?? {}) as Json;
    const role = typeof level === "string" && level !== "m" ? roleOf[level] : undefined;
    if (typeof collection !== "string" || collection.endsWith("*") || role === undefined)
      throw refused('each `access` must be {collection, access: "r" | "rw"}');
    if (payload !== undefined && payload !== null) throw refused("`payload` in `access` is not served");
    roles.set(collection, role);
  }
  const role: Role = [...roles.values()].includes("write") ? "write" : "read";
  return { role, scope: Scope.of([...roles.keys()], "access"), roles };
}

function existing(given: unknown): NonNullable<Token["valueExists"]> {
  const { collection, matches } = given as Json;
  if (typeof collection !== "string" || !Array.isArray(matches))
    throw refused("`value_exists` must be {collection, matches}");
  const filters = (matches as Json[]).map(({ key, value }): Filter => {
    const isScalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (typeof key !== "string" || !isScalar) throw refused("`value_exists.matches` must be of {key, value}");
    return { field: key, eq: value };
  });
  return { collection, filter: { and: filters } };
}

type Json = { readonly [name: string]: unknown };

function jsonOf(part: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    // What is no JSON is no token.
    return undefined;
  }
}

export function refused(why: string): FrancaError {
  return new FrancaError("unauthenticated", `the access token is not taken: ${why}`);
}
