/**
 * A Qdrant as a Store, over its official client: the same types, checks and errors as the engine's. What Qdrant cannot do as it is
 * promised is refused as `unimplemented`. How things are mapped, and what differs, is told in docs/qdrant-store.md.
 */
import { FrancaError, isFrancaError } from "../errors.ts";
import type { CollectionSchema } from "../model/schema.ts";
import { schemasEqual, validateName, validateSchema } from "../model/validate-schema.ts";
import type { Abilities, Collection, CollectionInfo, SchemaChange, Store } from "../store.ts";
import { alterCollection } from "./qdrant/alter.ts";
import { QdrantCollection } from "./qdrant/collection.ts";
import { countWhere } from "./qdrant/count.ts";
import { createBody } from "./qdrant/create-body.ts";
import { type Layout, layoutOf } from "./qdrant/layout.ts";
import { checkedOptions, type QdrantOptions } from "./qdrant/options.ts";
import { createIndexes } from "./qdrant/payload-indexes.ts";
import { type CollectionAnswer, layoutIn } from "./qdrant/read-info.ts";
import { Wire } from "./qdrant/wire.ts";

export type { CreationSettings, QdrantOptions, UpsertProgress } from "./qdrant/options.ts";

/**
 * Nothing is asked of it before the first call, which needs the package @qdrant/js-client-rest.
 * @throws FrancaError invalid_argument
 */
export function qdrant(options: QdrantOptions): Store {
  return new QdrantStore(new Wire(checkedOptions(options)));
}

const abilities: Abilities = {
  name: "qdrant",
  text: false,
  fusion: true,
  explain: false,
  aliases: true,
  limits: {
    texts: "analysis",
    names: {
      pattern: '^(?!\\.{1,2}$)[^<>:"/\\\\|?*\\u0000\\u001f]{1,255}$',
      expected: 'names without any of < > : " / \\ | ? *, other than "." and ".."',
    },
  },
};

class QdrantStore implements Store {
  readonly abilities: Abilities = abilities;
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async create<const S extends CollectionSchema>(
    name: string,
    schema: S,
    { ifExists = "error" }: { ifExists?: "error" | "open" } = {},
  ): Promise<Collection<S>> {
    expectName(name, "the name of a collection");
    const checked = validateSchema(schema);
    this.#wire.expectOpen("create", undefined);
    if (ifExists === "open" && (await this.list()).includes(name)) return this.collection(name, checked as S);
    await this.#expectFree(name);
    const layout = layoutOf(name, checked, { unnamed: undefined, hasForeignIds: false });
    const body = createBody(checked, this.#wire.options.collections);
    try {
      await this.#wire.call("createCollection", { collection_name: name, ...body });
    } catch (error) {
      // Another was faster.
      if (ifExists === "open" && isFrancaError(error, "already_exists"))
        return this.collection(name, checked as S);
      throw error;
    }
    try {
      await createIndexes(this.#wire, layout, checked.payload ?? {});
      await this.#expectKept(layout);
    } catch (error) {
      // What was made by half is nobody's yet.
      await this.#wire.call("deleteCollection", { collection_name: name });
      throw error;
    }
    return new QdrantCollection<S>(this.#wire, layout);
  }

  async collection<const S extends CollectionSchema = CollectionSchema>(
    name: string,
    schema?: S,
  ): Promise<Collection<S>> {
    const checked = schema === undefined ? undefined : validateSchema(schema);
    const layout = await this.#layout(name);
    if (checked !== undefined && !schemasEqual(layout.schema, checked)) {
      throw new FrancaError(
        "failed_precondition",
        `collection ${JSON.stringify(layout.name)} has another schema than the one given: ${JSON.stringify(layout.schema)}`,
        { details: { collection: layout.name } },
      );
    }
    return new QdrantCollection<S>(this.#wire, layout);
  }

  async drop(name: string): Promise<boolean> {
    if (!(await this.list()).includes(name)) return false;
    const isDropped = await this.#wire.call<boolean>("deleteCollection", { collection_name: name });
    this.#wire.forget(name);
    return isDropped;
  }

  async describe(name: string): Promise<CollectionInfo> {
    const layout = await this.#layout(name);
    const points = await countWhere({ wire: this.#wire, layout }, undefined, { signal: undefined });
    const aliases = Object.entries(await this.aliases()).flatMap(([alias, collection]) =>
      collection === layout.name ? [alias] : [],
    );
    return { name: layout.name, aliases: aliases.sort(), schema: structuredClone(layout.schema), points };
  }

  async list(): Promise<string[]> {
    const { collections } = await this.#wire.call<{ collections: { name: string }[] }>("getCollections", {});
    return collections.map(({ name }) => name).sort();
  }

  async alter(name: string, change: SchemaChange): Promise<void> {
    this.#wire.expectOpen("alter", undefined);
    const layout = await this.#layout(name);
    await this.#wire.whole(() => alterCollection(this.#wire, layout, change), undefined, "alter");
  }

  async setAlias(alias: string, collection: string): Promise<void> {
    expectName(alias, "an alias");
    const names = await this.list();
    if (names.includes(alias)) throw taken(alias, "a collection");
    const name = (await this.aliases())[collection] ?? collection;
    if (!names.includes(name)) throw notFound(collection);
    const create = { create_alias: { collection_name: name, alias_name: alias } };
    const isThere = Object.hasOwn(await this.aliases(), alias);
    const actions = isThere ? [{ delete_alias: { alias_name: alias } }, create] : [create];
    await this.#wire.call("updateAliases", { actions });
  }

  async dropAlias(alias: string): Promise<boolean> {
    if (!Object.hasOwn(await this.aliases(), alias)) return false;
    await this.#wire.call("updateAliases", { actions: [{ delete_alias: { alias_name: alias } }] });
    return true;
  }

  async aliases(): Promise<{ [alias: string]: string }> {
    const { aliases } = await this.#wire.call<{ aliases: { alias_name: string; collection_name: string }[] }>(
      "getCollectionsAliases",
      {},
    );
    return Object.fromEntries(
      aliases.map(({ alias_name, collection_name }) => [alias_name, collection_name]),
    );
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  /** By name or alias. @throws FrancaError not_found */
  async #layout(given: string): Promise<Layout> {
    expectName(given, "the name of a collection");
    const name = (await this.aliases())[given] ?? given;
    try {
      const answer = await this.#wire.call<CollectionAnswer>("getCollection", { collection_name: name });
      return layoutIn(name, answer);
    } catch (error) {
      throw isFrancaError(error, "not_found") ? notFound(given, error) : error;
    }
  }

  /** By the schema in its metadata a collection is opened again; a Qdrant before 1.16 keeps none. */
  async #expectKept({ name, schema }: Layout): Promise<void> {
    const answer = await this.#wire.call<CollectionAnswer>("getCollection", { collection_name: name });
    if (schemasEqual(layoutIn(name, answer).schema, schema)) return;
    const message = `the Qdrant does not keep the metadata of ${JSON.stringify(name)}, which Franca needs: it is older than 1.16`;
    throw new FrancaError("failed_precondition", message);
  }

  /** Qdrant has other words, and other codes from version to version, for the same. */
  async #expectFree(name: string): Promise<void> {
    if (Object.hasOwn(await this.aliases(), name)) throw taken(name, "an alias");
    if ((await this.list()).includes(name)) throw taken(name, "a collection");
  }
}

function expectName(name: unknown, what: string): void {
  const checked = validateName(name, what);
  const { pattern, expected } = abilities.limits!.names!;
  if (!new RegExp(pattern, "u").test(checked) || new TextEncoder().encode(checked).length > 255)
    throw new FrancaError(
      "invalid_argument",
      `${what}: Qdrant takes ${expected}; got ${JSON.stringify(checked)}`,
    );
}

function taken(name: string, by: string): FrancaError {
  return new FrancaError("already_exists", `there is ${by} named ${JSON.stringify(name)} already`, {
    details: { collection: name },
  });
}

function notFound(name: string, cause?: unknown): FrancaError {
  return new FrancaError("not_found", `there is no collection ${JSON.stringify(name)}`, {
    details: { collection: name },
    ...(cause !== undefined && { cause }),
  });
}
