/**
 * A Franca server as a Store: the same types, checks, errors and answers as the engine's. What it promises beyond them is told
 * in docs/remote.md: which calls are repeated, and what is known of a write whose answer did not come.
 */
import { FrancaError } from "../errors.ts";
import { badInput } from "../model/bad-input.ts";
import type { CollectionSchema } from "../model/schema.ts";
import { schemasEqual, validateName, validateSchema } from "../model/validate-schema.ts";
import type { Abilities, Collection, CollectionInfo, SchemaChange, Store } from "../store.ts";
import { RemoteCollection } from "./remote/collection.ts";
import type { RemoteOptions } from "./remote/options.ts";
import { Transport } from "./remote/transport.ts";

export type { RemoteOptions } from "./remote/options.ts";

/**
 * Asks the server what it is and can do.
 * @throws FrancaError invalid_argument for no address; unavailable when it cannot be reached; unauthenticated,
 * permission_denied; failed_precondition when something else answers there
 */
export async function openRemote(address: string, options: RemoteOptions = {}): Promise<Store> {
  const transport = new Transport(address, options);
  const told = (await transport.call({ method: "GET", path: "", kind: "read" })) as {
    name?: unknown;
    abilities: Abilities;
  } | null;
  if (told?.name !== "franca") {
    throw new FrancaError("failed_precondition", `${transport.base} does not say that it is a Franca server`);
  }
  const names = {
    pattern: "^(?!\\.{1,2}$)",
    expected: 'other names than "." and "..", which have no address',
  };
  const limits = { names, ...told.abilities.limits };
  return new RemoteStore(transport, { ...told.abilities, name: "remote", limits });
}

class RemoteStore implements Store {
  readonly abilities: Abilities;
  readonly #transport: Transport;

  constructor(transport: Transport, abilities: Abilities) {
    this.#transport = transport;
    this.abilities = abilities;
  }

  async create<const S extends CollectionSchema>(
    name: string,
    schema: S,
    options: { ifExists?: "error" | "open" } = {},
  ): Promise<Collection<S>> {
    validateName(name, "the name of a collection");
    const info = (await this.#transport.call({
      method: "PUT",
      path: pathOf("collections", name),
      body: { schema: validateSchema(schema), ...options },
      kind: "write",
    })) as CollectionInfo;
    return new RemoteCollection(this.#transport, info.name, info.schema as S);
  }

  async collection<const S extends CollectionSchema = CollectionSchema>(
    name: string,
    schema?: S,
  ): Promise<Collection<S>> {
    const info = await this.describe(name);
    if (schema !== undefined && !schemasEqual(info.schema, validateSchema(schema))) {
      throw new FrancaError(
        "failed_precondition",
        `collection ${JSON.stringify(info.name)} has another schema than the one given: ${JSON.stringify(info.schema)}`,
        { details: { collection: info.name } },
      );
    }
    return new RemoteCollection(this.#transport, info.name, info.schema as S);
  }

  async drop(name: string): Promise<boolean> {
    return (await this.#drop("collections", name)).dropped;
  }

  async describe(name: string): Promise<CollectionInfo> {
    return this.#get(pathOf("collections", name)) as Promise<CollectionInfo>;
  }

  async list(): Promise<string[]> {
    return ((await this.#get("/collections")) as { collections: string[] }).collections;
  }

  async alter(name: string, change: SchemaChange): Promise<void> {
    await this.#transport.call({
      method: "PATCH",
      path: pathOf("collections", name),
      body: change,
      kind: "write",
    });
  }

  async setAlias(alias: string, collection: string): Promise<void> {
    validateName(alias, "an alias");
    await this.#transport.call({
      method: "PUT",
      path: pathOf("aliases", alias),
      body: { collection },
      kind: "write",
    });
  }

  async dropAlias(alias: string): Promise<boolean> {
    return (await this.#drop("aliases", alias)).dropped;
  }

  async aliases(): Promise<{ [alias: string]: string }> {
    return ((await this.#get("/aliases")) as { aliases: { [alias: string]: string } }).aliases;
  }

  /** Where `open` was given its place as a string that may be a folder, the answer has this; it is the server's own work. */
  async snapshot(): Promise<never> {
    throw new FrancaError(
      "unimplemented",
      "a server's database is copied where it lies: run `franca snapshot` there, or `franca export` here",
    );
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #get(path: string): Promise<unknown> {
    return this.#transport.call({ method: "GET", path, kind: "read" });
  }

  #drop(kind: string, name: string): Promise<{ dropped: boolean }> {
    return this.#transport.call({ method: "DELETE", path: pathOf(kind, name), kind: "write" }) as Promise<{
      dropped: boolean;
    }>;
  }
}

function pathOf(kind: string, name: string): string {
  if (typeof name !== "string" || name === "" || !name.isWellFormed())
    throw badInput(kind, "a name", name ?? String(name));
  if (name === "." || name === "..") {
    throw new FrancaError(
      "invalid_argument",
      `${JSON.stringify(name)} cannot be part of an address: give it another name, or an alias`,
    );
  }
  return `/${kind}/${encodeURIComponent(name)}`;
}
