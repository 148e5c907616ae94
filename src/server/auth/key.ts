/** What a key is: a secret that its holder shows, of which only a hash is kept, and what it allows. */
import { hash, randomBytes } from "node:crypto";
import { badInput } from "../../model/bad-input.ts";
import type { Scope } from "./scope.ts";

/** Each may do what those before it may. */
export const roles = ["read", "write", "admin"] as const;
export type Role = (typeof roles)[number];

export interface Key {
  /** For people, logs and metrics; unique. */
  readonly name: string;
  /**
   * SHA-256 of the secret, in hexadecimal. A slow hash (scrypt, argon2) makes guessing dear where secrets can be guessed;
   * ours have 256 random bits, and are looked at with every request. What a user chose himself is hashed in memory only.
   */
  readonly hash: string;
  readonly role: Role;
  readonly scope: Scope;
  /** By collection, where they differ; `role` is the most that one of them allows. */
  readonly roles?: ReadonlyMap<string, Role>;
  /** Milliseconds since 1970; absent: never. */
  readonly expiresMs?: number;
  /** Absent: no limit. */
  readonly rate?: Rate;
}

export interface Rate {
  readonly requestsPerSecond: number;
  /** Requests that may come at once after a pause. */
  readonly burst: number;
}

export function allows(held: Role, needed: Role): boolean {
  return roles.indexOf(held) >= roles.indexOf(needed);
}

/** "franca_" makes a leaked key findable by scanners; the rest are 256 random bits. */
export function newSecret(): string {
  return `franca_${randomBytes(32).toString("base64url")}`;
}

export function hashOf(secret: string): string {
  return hash("sha256", secret, "hex");
}

const leastCharacters = 16;

/**
 * A secret that a user chose himself.
 * @throws FrancaError invalid_argument, which does not quote it
 */
export function checkChosenSecret(secret: string, where: string): string {
  if (secret.length < leastCharacters) {
    throw badInput(
      where,
      `a key of at least ${leastCharacters} characters, such as \`openssl rand -hex 32\` makes; this one has ${secret.length}`,
    );
  }
  if (secret.length > 1024 || !/^[\x21-\x7e]+$/.test(secret)) {
    throw badInput(
      where,
      "a key of at most 1024 letters, digits and signs of ASCII without spaces, so that it fits a header",
    );
  }
  return secret;
}
