/** Deleting a collection. An alias is no name for it here: as in Qdrant, what it points at stays. */
import type { Handler } from "../handler.ts";

/** False when there was none. */
export const deleteCollection: Handler<boolean> = async (store, { collection = "" }) => {
  if (Object.hasOwn(await store.aliases(), collection)) return false;
  return store.drop(collection);
};
