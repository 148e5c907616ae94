/** A collection as the client names it, with what this dialect keeps about it. */
import { isFrancaError } from "../../../errors.ts";
import type { Collection, Store } from "../../../store.ts";
import { collectionNotFound } from "../errors.ts";
import type { Params } from "../handler.ts";
import { expectWithin, strictModeOf } from "../strict/strict-mode.ts";
import { type QdrantSettings, settingsOf } from "./settings.ts";

export interface Opened {
  readonly collection: Collection;
  readonly settings: QdrantSettings;
}

/** By name or alias. @throws FrancaError not_found, in Qdrant's words; invalid_argument for a time that strict mode does not allow */
export async function opened(store: Store, { collection: name = "", timeout }: Params): Promise<Opened> {
  const collection = await orNotFound(name, store.collection(name));
  const found = { collection, settings: settingsOf(collection.schema) };
  expectWithin(timeout, strictModeOf(found)?.max_timeout, "timeout");
  return found;
}

export async function orNotFound<T>(name: string, found: Promise<T>): Promise<T> {
  try {
    return await found;
  } catch (error) {
    throw isFrancaError(error, "not_found") ? collectionNotFound(name, error) : error;
  }
}
