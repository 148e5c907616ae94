/**
 * The living power of a key: what it allows now. Stores and collections that were given out ask it before each call, so that a
 * key which is revoked, narrowed or expired loses its power over what its holder already has in hand.
 */
import { FrancaError } from "../../errors.ts";
import { type Clock, systemClock } from "../clock.ts";
import { allows, type Key, type Role } from "./key.ts";
import { Scope } from "./scope.ts";

export class Grant {
  readonly name: string;
  readonly #clock: Clock;
  #key: Key | undefined;

  constructor(key: Key, clock: Clock = systemClock) {
    this.name = key.name;
    this.#clock = clock;
    this.#key = key;
  }

  /** Of nobody: everything is refused. */
  static none(): Grant {
    const grant = new Grant({ name: "nobody", hash: "", role: "read", scope: Scope.all });
    grant.become(undefined);
    return grant;
  }

  /** The key was changed in its file, or undefined: it is not there any more. */
  become(key: Key | undefined): void {
    this.#key = key;
  }

  /** As it is now. Undefined when it was revoked or has expired. */
  get key(): Key | undefined {
    const key = this.#key;
    if (key?.expiresMs !== undefined && this.#clock.wallMs() >= key.expiresMs) return undefined;
    return key;
  }

  /** @throws FrancaError unauthenticated, permission_denied */
  assertRole(needed: Role, action: string): Key {
    const { key } = this;
    if (key === undefined) throw lost(this.name);
    if (allows(key.role, needed)) return key;
    throw tooLittle(key, needed, action);
  }

  /**
   * Decided by the name alone: whether there is such a collection is not told.
   * @throws FrancaError unauthenticated, permission_denied
   */
  assertScope(needed: Role, action: string, collection: string): Key {
    const key = this.assertRole(needed, action);
    if (!key.scope.has(collection)) throw outOfScope(key, collection);
    const role = key.roles?.get(collection) ?? key.role;
    if (allows(role, needed)) return key;
    throw tooLittle({ ...key, role }, needed, action);
  }
}

function tooLittle({ name, role }: Key, needed: Role, action: string): FrancaError {
  return new FrancaError(
    "permission_denied",
    `${action} needs a key with the role ${needed}; the key "${name}" has the role ${role}`,
    { details: { needed, held: role, keyName: name } },
  );
}

export function outOfScope(key: Key, collection: string): FrancaError {
  const { patterns = [] } = key.scope;
  return new FrancaError(
    "permission_denied",
    `the key "${key.name}" is limited to ${listed(patterns)}; ${JSON.stringify(collection)} is not among them`,
    { details: { collection, keyName: key.name } },
  );
}

function lost(name: string): FrancaError {
  return new FrancaError(
    "unauthenticated",
    `the key "${name}" has expired or was revoked; ask for a new one`,
    {
      details: { keyName: name },
    },
  );
}

function listed(patterns: readonly string[]): string {
  const shown = patterns.slice(0, 10).join(", ");
  return patterns.length > 10 ? `${shown} and ${patterns.length - 10} more` : shown;
}
