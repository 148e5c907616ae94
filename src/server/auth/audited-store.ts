/** A Store over a Store that tells the audit log what one caller does, and is refused. Reads that are answered are not told. */
import type { CollectionSchema } from "../../model/schema.ts";
import type { Abilities, Collection, CollectionInfo, SchemaChange, Store } from "../../store.ts";
import { type Actor, type Audit, type AuditedAction, isRefusal } from "./audit.ts";
import { AuditedCollection } from "./audited-collection.ts";

export function auditedStore(store: Store, audit: Audit, actor: Actor): Store {
  return new AuditedStore(store, audit, actor);
}

class AuditedStore implements Store {
  readonly #store: Store;
  readonly #audit: Audit;
  readonly #actor: Actor;

  constructor(store: Store, audit: Audit, actor: Actor) {
    this.#store = store;
    this.#audit = audit;
    this.#actor = actor;
  }

  get abilities(): Abilities {
    return this.#store.abilities;
  }

  async create<const S extends CollectionSchema>(
    name: string,
    schema: S,
    options?: { ifExists?: "error" | "open" },
  ): Promise<Collection<S>> {
    return this.#audited(
      await this.#change({ action: "create", collection: name }, () =>
        this.#store.create(name, schema, options),
      ),
    );
  }

  async collection<const S extends CollectionSchema = CollectionSchema>(
    name: string,
    schema?: S,
  ): Promise<Collection<S>> {
    return this.#audited(await this.#read("collection", this.#store.collection(name, schema), name));
  }

  drop(name: string): Promise<boolean> {
    return this.#change({ action: "drop", collection: name }, () => this.#store.drop(name));
  }

  describe(name: string): Promise<CollectionInfo> {
    return this.#read("describe", this.#store.describe(name), name);
  }

  list(): Promise<string[]> {
    return this.#read("list", this.#store.list());
  }

  alter(name: string, change: SchemaChange): Promise<void> {
    return this.#change({ action: "alter", collection: name }, () => this.#store.alter(name, change));
  }

  setAlias(alias: string, collection: string): Promise<void> {
    return this.#change({ action: "setAlias", alias, collection }, () =>
      this.#store.setAlias(alias, collection),
    );
  }

  dropAlias(alias: string): Promise<boolean> {
    return this.#change({ action: "dropAlias", alias }, () => this.#store.dropAlias(alias));
  }

  aliases(): Promise<{ [alias: string]: string }> {
    return this.#read("aliases", this.#store.aliases());
  }

  close(): Promise<void> {
    return this.#change({ action: "close" }, () => this.#store.close());
  }

  /** Told before and after. */
  async #change<T>(action: AuditedAction, work: () => Promise<T>): Promise<T> {
    await this.#audit.begins(this.#actor, action);
    try {
      const result = await work();
      this.#audit.ended(this.#actor, action);
      return result;
    } catch (error) {
      this.#audit.ended(this.#actor, action, error);
      throw error;
    }
  }

  async #read<T>(action: string, reading: Promise<T>, collection?: string): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      const told = { ...this.#actor, action, ...(collection !== undefined && { collection }) };
      if (isRefusal(error)) this.#audit.refused(told, error);
      throw error;
    }
  }

  #audited<S extends CollectionSchema>(collection: Collection<S>): Collection<S> {
    return new AuditedCollection(collection, this.#audit, this.#actor);
  }
}
