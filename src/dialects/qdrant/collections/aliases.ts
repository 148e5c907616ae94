/** Other names of collections. */
import type { Store } from "../../../store.ts";
import { alreadyExists, collectionNotFound, notFound } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { either, list, object, string } from "../requests/shape.ts";
import { validateName } from "./create.ts";
import { opened } from "./opened.ts";

export interface AliasList {
  aliases: { alias_name: string; collection_name: string }[];
}

export const listAliases: Handler<AliasList> = async (store) => ({ aliases: await aliases(store) });

export const listCollectionAliases: Handler<AliasList> = async (store, params) => {
  const { collection } = await opened(store, params);
  const all = await aliases(store);
  return { aliases: all.filter(({ collection_name }) => collection_name === collection.name) };
};

async function aliases(store: Store): Promise<AliasList["aliases"]> {
  return Object.entries(await store.aliases()).map(([alias_name, collection_name]) => ({
    alias_name,
    collection_name,
  }));
}

const aliasChange = object({
  actions: list(
    either(
      "AliasOperations",
      object({ create_alias: object({ collection_name: string, alias_name: string }) }),
      object({ delete_alias: object({ alias_name: string }) }),
      object({ rename_alias: object({ old_alias_name: string, new_alias_name: string }) }),
    ),
  ),
});

/** All are looked at before the first is done: what makes no sense changes nothing. */
export const updateAliases: Handler<boolean> = async (store, _, given) => {
  const { actions } = aliasChange(given, "");
  const before = await store.aliases();
  const after = new Map(Object.entries(before));
  const collections = new Set(await store.list());
  for (const action of actions) {
    if ("create_alias" in action) {
      const { collection_name, alias_name } = action.create_alias;
      validateName(alias_name);
      const real = after.get(collection_name) ?? collection_name;
      if (!collections.has(real)) throw collectionNotFound(collection_name);
      if (collections.has(alias_name)) throw alreadyExists(`Collection \`${alias_name}\` already exists!`);
      after.set(alias_name, real);
    } else if ("delete_alias" in action) after.delete(action.delete_alias.alias_name);
    else {
      const { old_alias_name, new_alias_name } = action.rename_alias;
      validateName(new_alias_name);
      const real = after.get(old_alias_name);
      if (real === undefined) throw notFound(`Alias ${old_alias_name} does not exists!`);
      if (collections.has(new_alias_name))
        throw alreadyExists(`Collection \`${new_alias_name}\` already exists!`);
      after.delete(old_alias_name);
      after.set(new_alias_name, real);
    }
  }
  // New names first, so that a collection that changes its name is never without one.
  for (const [alias, collection] of after)
    if (before[alias] !== collection) await store.setAlias(alias, collection);
  for (const alias of Object.keys(before)) if (!after.has(alias)) await store.dropAlias(alias);
  return true;
};
