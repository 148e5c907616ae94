/**
 * Runs a read again when it came to a point that was not known to be damaged: by then the view leaves the point out,
 * and says so in its warnings.
 */
import { isFrancaError } from "../../errors.ts";
import type { CollectionView } from "../view.ts";

export async function leavingOutDamaged<T>(view: CollectionView, read: () => Promise<T>): Promise<T> {
  for (;;) {
    const noticed = view.noticedDamage ?? 0;
    try {
      return await read();
    } catch (error) {
      // Nothing new was noticed: what was asked for by name is what is damaged.
      if (!isFrancaError(error, "data_loss") || (view.noticedDamage ?? 0) === noticed) throw error;
    }
  }
}
