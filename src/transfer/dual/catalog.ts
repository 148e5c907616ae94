/** What the secondary owes in collections, declarations and aliases, and paying it. */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { CollectionSchema, PayloadField } from "../../model/schema.ts";
import { schemasEqual } from "../../model/validate-schema.ts";
import type { CollectionInfo, SchemaChange, Store } from "../../store.ts";
import { unfitFor, withoutLosses } from "../copy/schema-losses.ts";

export class CatalogDebts {
  /** Collections to drop there: dropped on the primary, and perhaps made anew since. */
  readonly drops: Set<string> = new Set();
  readonly aliasDrops: Set<string> = new Set();
  /** Something may be missing there. */
  isDue = true;

  /**
   * Under the catalog's turn. A collection that was made here is told to `changed`: it has to be copied whole.
   * @throws FrancaError failed_precondition for a collection in the way; those of the stores
   */
  async pay(primary: Store, secondary: Store, changed: (name: string) => void): Promise<void> {
    for (const name of this.drops) {
      await secondary.drop(name);
      this.drops.delete(name);
    }
    for (const name of await primary.list()) {
      const info = await primary.describe(name);
      if (await broughtUp(secondary, info)) changed(name);
    }
    if (secondary.abilities.aliases && primary.abilities.aliases) {
      const [mine, theirs] = [await primary.aliases(), await secondary.aliases()];
      for (const alias of this.aliasDrops) {
        if (!Object.hasOwn(mine, alias)) await secondary.dropAlias(alias);
        this.aliasDrops.delete(alias);
      }
      for (const [alias, name] of Object.entries(mine)) {
        if (!Object.hasOwn(theirs, alias) || theirs[alias] !== name) await secondary.setAlias(alias, name);
      }
    }
    this.isDue = false;
  }
}

/** Whether the collection was made. */
async function broughtUp(secondary: Store, { name, schema: whole }: CollectionInfo): Promise<boolean> {
  const { schema, losses } = withoutLosses(whole, secondary.abilities, name);
  const lost = losses.find(({ kind }) => kind === "vector");
  if (lost !== undefined)
    throw new FrancaError("failed_precondition", `the secondary cannot be a mirror: ${lost.message}`);
  let there: CollectionInfo;
  try {
    there = await secondary.describe(name);
  } catch (error) {
    if (!isFrancaError(error, "not_found")) throw error;
    await secondary.create(name, schema);
    return true;
  }
  const late = lateFields(there.schema, schema);
  const withLate = {
    ...there.schema,
    sparse: { ...there.schema.sparse, ...late.addSparse },
    multi: { ...there.schema.multi, ...late.addMulti },
  };
  const unfit = there.name === name ? unfitFor(schema, withLate) : `it is an alias of ${there.name}`;
  if (unfit !== undefined)
    throw new FrancaError(
      "failed_precondition",
      `the secondary's collection ${name} does not fit the primary's: ${unfit}; drop it there`,
      { details: { collection: name } },
    );
  const change = declarations(there.schema.payload ?? {}, schema.payload ?? {});
  const hasOther = JSON.stringify(there.schema.settings) !== JSON.stringify(schema.settings);
  const settings = hasOther ? { settings: schema.settings ?? {} } : undefined;
  const changes = { ...change, ...late, ...settings };
  if (Object.keys(changes).length > 0) await secondary.alter(name, changes);
  return false;
}

/** Sparse and multi fields that joined the primary's collection: what was written to them is noted as diverged, or all is. */
function lateFields(
  there: CollectionSchema,
  wanted: CollectionSchema,
): Pick<SchemaChange, "addSparse" | "addMulti"> {
  const missing = <F>(own: { readonly [name: string]: F } = {}, theirs: object = {}) =>
    Object.fromEntries(Object.entries(own).filter(([name]) => !Object.hasOwn(theirs, name)));
  const [addSparse, addMulti] = [missing(wanted.sparse, there.sparse), missing(wanted.multi, there.multi)];
  return {
    ...(Object.keys(addSparse).length > 0 && { addSparse }),
    ...(Object.keys(addMulti).length > 0 && { addMulti }),
  };
}

type Fields = { readonly [path: string]: PayloadField };

function declarations(
  there: Fields,
  wanted: Fields,
): { addPayload: Fields; dropPayload: string[] } | undefined {
  const isSame = (path: string): boolean =>
    Object.hasOwn(there, path) &&
    Object.hasOwn(wanted, path) &&
    schemasEqual(
      { vectors: {}, payload: { x: there[path]! } },
      { vectors: {}, payload: { x: wanted[path]! } },
    );
  const addPayload = Object.fromEntries(Object.entries(wanted).filter(([path]) => !isSame(path)));
  const dropPayload = Object.keys(there).filter((path) => !isSame(path));
  if (Object.keys(addPayload).length === 0 && dropPayload.length === 0) return undefined;
  return { addPayload, dropPayload };
}
