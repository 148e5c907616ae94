/**
 * Giving dead slots back: graphs let go of them, payload indexes forget them, the graphs' checkpoints are written without
 * them, readers from before end; then they are free. In this order no checkpoint of a graph ever holds a slot that was
 * put again after it was written, and no reader sees a slot's next point. When it fails on the way, they stay dead.
 */

import { cancelledError } from "../../errors.ts";
import type { Checkpointer } from "../checkpoint/checkpointer.ts";
import type { BuildOptions } from "../kernel.ts";
import { createPauser } from "../query/pause.ts";
import { noRow } from "../slots.ts";
import type { CollectionState } from "../state.ts";
import type { Slot } from "../view.ts";
import type { Writer } from "../write/writer.ts";

export interface ReclaimOptions {
  signal: AbortSignal;
  threads?: BuildOptions["threads"];
  onProgress?: (progress: { field: string; done: number; total: number }) => void;
}

/** Returns how many slots are free again. @throws FrancaError cancelled; the kernel's; the medium's */
export async function reclaim(
  state: CollectionState,
  writer: Writer,
  checkpointer: Checkpointer,
  { signal, threads, onProgress }: ReclaimOptions,
): Promise<number> {
  const { table } = state;
  const dead: Slot[] = [];
  for (let slot = 0; slot < table.slots; slot++) if (table.isDead(slot)) dead.push(slot);
  if (dead.length === 0) return 0;
  for (const [ordinal, index] of state.vectorIndexes.entries()) {
    const { name } = state.fields[ordinal]!;
    if (index.deletedInGraph === 0) continue;
    await index.repair({
      signal,
      ...(threads && { threads }),
      ...(onProgress && { onProgress: (progress) => onProgress({ field: name, ...progress }) }),
    });
  }
  // Their neighbours were linked anew, so that recall is measured the sooner.
  state.changes += dead.length;
  await state.indexes.vacuumInTurns(createPauser());
  await state.entryIndexes?.vacuumInTurns(createPauser());
  await checkpointer.saveGraphs();
  await orAbort(state.readers.ended(), signal);
  for (const [ordinal, index] of state.vectorIndexes.entries()) {
    const rows = table.rows[ordinal]!;
    const put = Uint32Array.from(dead.filter((slot) => rows[slot] !== noRow));
    if (put.length > 0) await index.release(put);
  }
  await writer.exclusive(async () => table.release(dead));
  return dead.length;
}

/** Readers may take long; closing does not wait for them here. */
function orAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelledError("the reclaim", signal));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
