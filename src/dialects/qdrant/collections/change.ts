/** Changing what a collection keeps of Qdrant's settings: one change after the other, each by what the one before left. */
import type { CollectionSchema } from "../../../model/schema.ts";
import type { SchemaChange, Store } from "../../../store.ts";
import type { Params } from "../handler.ts";
import { orNotFound } from "./opened.ts";
import { type QdrantSettings, settingsOf, withSettings } from "./settings.ts";

const changes = new Map<string, Promise<unknown>>();

export interface SettingsChange {
  readonly settings: QdrantSettings;
  /** With it, in one step. */
  readonly schema?: SchemaChange;
}

/** @throws FrancaError not_found, in Qdrant's words */
export async function changeSettings(
  store: Store,
  { collection: name = "" }: Params,
  change: (schema: CollectionSchema, settings: QdrantSettings) => SettingsChange,
): Promise<void> {
  const { name: own } = await orNotFound(name, store.collection(name));
  const before = changes.get(own) ?? Promise.resolve();
  const changing = before.then(async () => {
    const { schema } = await orNotFound(name, store.describe(own));
    const { settings, schema: also } = change(schema, settingsOf(schema));
    await store.alter(own, {
      ...also,
      settings: withSettings(schema.settings, settings),
    } as SchemaChange);
  });
  const done = changing.catch(() => {});
  changes.set(own, done);
  await changing.finally(() => {
    if (changes.get(own) === done) changes.delete(own);
  });
}
