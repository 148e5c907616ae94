/** A store that may still be being opened. */
import { FrancaError } from "../../errors.ts";
import type { Store } from "../../store.ts";

/** The function throws "unavailable" while there is no store, or if it could not be opened. */
export function wholeStore(store: Store | Promise<Store>): () => Store {
  if (!(store instanceof Promise)) return () => store;
  let opened: Store | undefined;
  store.then(
    (whole) => {
      opened = whole;
    },
    // Told to whoever opens it.
    () => {},
  );
  return () => {
    if (opened !== undefined) return opened;
    throw new FrancaError("unavailable", "the database is not open", { details: { retryAfterMs: 1_000 } });
  };
}
