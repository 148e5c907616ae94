/**
 * A Store over a Store that allows what a key allows, so that every dialect is right by construction.
 *
 *  - Reading needs the role read; upsert, update, delete and optimize need write; all that changes which collections there
 *    are, or what they are called, needs admin. `close` needs an admin of all collections.
 *  - A name that the key's scope does not hold is refused with permission_denied, whether there is such a collection or not:
 *    the answer depends on the name alone, so that it says plainly what is wrong and yet tells nothing of what is there.
 *  - An alias counts as the collection that it points at. One that points out of the scope is as if it were not there.
 *  - Messages name no collection that the key may not see.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import type { Abilities, Collection, CollectionInfo, SchemaChange, Store } from "../../store.ts";
import type { Grant } from "./grant.ts";
import { outOfScope } from "./grant.ts";
import { GuardedCollection } from "./guarded-collection.ts";
import type { Role } from "./key.ts";

/** @param whole gives the store, or throws while there is none */
export function guardedStore(whole: () => Store, grant: Grant): Store {
  return new GuardedStore(whole, grant);
}

class GuardedStore implements Store {
  readonly #whole: () => Store;
  readonly #grant: Grant;

  constructor(whole: () => Store, grant: Grant) {
    this.#whole = whole;
    this.#grant = grant;
  }

  get abilities(): Abilities {
    return this.#whole().abilities;
  }

  async create<const S extends CollectionSchema>(
    name: string,
    schema: S,
    options?: { ifExists?: "error" | "open" },
  ): Promise<Collection<S>> {
    this.#grant.assertScope("admin", "creating a collection", name);
    return this.#guarded(await this.#whole().create(name, schema, options));
  }

  async collection<const S extends CollectionSchema = CollectionSchema>(
    name: string,
    schema?: S,
  ): Promise<Collection<S>> {
    const action = "opening a collection";
    return this.#guarded(
      await this.#seen(
        name,
        action,
        async (real) => {
          const found = await this.#whole().collection(real);
          // Only now is it known to be visible: what differs in its schema may be told.
          if (schema === undefined || !this.#sees(found.name)) return found as unknown as Collection<S>;
          return this.#whole().collection(found.name, schema);
        },
        (found) => found.name,
      ),
    );
  }

  async drop(name: string): Promise<boolean> {
    this.#grant.assertScope("admin", "dropping a collection", name);
    return this.#whole().drop(name);
  }

  async describe(name: string): Promise<CollectionInfo> {
    return this.#seen(
      name,
      "describing a collection",
      (real) => this.#whole().describe(real),
      (info) => info.name,
    );
  }

  async list(): Promise<string[]> {
    this.#grant.assertRole("read", "listing collections");
    const names = await this.#whole().list();
    return names.filter((name) => this.#sees(name));
  }

  async alter(name: string, change: SchemaChange): Promise<void> {
    const { scope } = this.#grant.assertRole("admin", "altering a collection");
    if (scope.isAll) return this.#whole().alter(name, change);
    const real = await this.#resolved(name, "admin", "altering a collection");
    return this.#whole()
      .alter(real, change)
      .catch((error) => this.#rethrow(error, name));
  }

  /** Both names must be within the scope, and so must the collection that the alias points at until now. */
  async setAlias(alias: string, collection: string): Promise<void> {
    const action = "setting an alias";
    this.#grant.assertScope("admin", action, alias);
    this.#grant.assertScope("admin", action, collection);
    await this.#assertOwnAlias(alias);
    return this.#whole()
      .setAlias(alias, collection)
      .catch((error) => this.#rethrow(error, collection));
  }

  async dropAlias(alias: string): Promise<boolean> {
    this.#grant.assertScope("admin", "dropping an alias", alias);
    await this.#assertOwnAlias(alias);
    return this.#whole().dropAlias(alias);
  }

  async aliases(): Promise<{ [alias: string]: string }> {
    this.#grant.assertRole("read", "listing aliases");
    const all = Object.entries(await this.#whole().aliases());
    return Object.fromEntries(all.filter(([, target]) => this.#sees(target)));
  }

  async close(): Promise<void> {
    const key = this.#grant.assertRole("admin", "closing the store");
    if (!key.scope.isAll) {
      const message = `closing the store needs an admin of all collections; the key "${key.name}" is limited to ${key.scope}`;
      throw new FrancaError("permission_denied", message, { details: { keyName: key.name } });
    }
    return this.#whole().close();
  }

  /** What a call for one collection, by name or alias, answers, if that is about a collection within the scope. */
  async #seen<T>(
    name: string,
    action: string,
    call: (name: string) => Promise<T>,
    nameOf: (answer: T) => string,
  ): Promise<T> {
    const { scope } = this.#grant.assertRole("read", action);
    if (scope.isAll) return call(name);
    const asked = scope.has(name) ? name : await this.#resolved(name, "read", action);
    let answer: T;
    try {
      answer = await call(asked);
    } catch (error) {
      throw await this.#told(error, asked);
    }
    if (!this.#sees(nameOf(answer))) throw await this.#notFound(name);
    return answer;
  }

  /** The collection that is meant, which is within the scope. A name within the scope need not be that of one. */
  async #resolved(name: string, needed: Role, action: string): Promise<string> {
    const aliases = await this.#whole().aliases();
    const key = this.#grant.assertRole(needed, action);
    const target = Object.hasOwn(aliases, name) ? aliases[name]! : undefined;
    if (key.scope.has(target ?? name)) return target ?? name;
    throw key.scope.has(name) ? await this.#notFound(name) : outOfScope(key, name);
  }

  async #assertOwnAlias(alias: string): Promise<void> {
    if (this.#grant.key?.scope.isAll) return;
    const aliases = await this.#whole().aliases();
    if (!Object.hasOwn(aliases, alias) || this.#sees(aliases[alias]!)) return;
    throw new FrancaError(
      "permission_denied",
      `the alias ${JSON.stringify(alias)} points at a collection that the key "${this.#grant.name}" may not see`,
      { details: { keyName: this.#grant.name } },
    );
  }

  #sees(collection: string): boolean {
    return this.#grant.key?.scope.has(collection) ?? false;
  }

  #guarded<S extends CollectionSchema>(collection: Collection<S>): Collection<S> {
    return new GuardedCollection(collection, this.#grant);
  }

  async #rethrow(error: unknown, name: string): Promise<never> {
    throw await this.#told(error, name);
  }

  /** An error as the caller may hear it: stores name other collections where one is not found, or its alias's target. */
  async #told(error: unknown, name: string): Promise<unknown> {
    if (this.#grant.key?.scope.isAll) return error;
    if (isFrancaError(error, "not_found")) return this.#notFound(name);
    const aliases = await this.#whole().aliases();
    const isHidden = Object.hasOwn(aliases, name) && !this.#sees(aliases[name]!);
    return isHidden ? this.#notFound(name) : error;
  }

  async #notFound(name: string): Promise<FrancaError> {
    const names = (await this.list()).slice(0, 10).join(", ");
    const seen = names === "" ? "there are none that this key may see" : `this key may see ${names}`;
    return new FrancaError("not_found", `there is no collection ${JSON.stringify(name)}; ${seen}`, {
      details: { collection: name },
    });
  }
}
