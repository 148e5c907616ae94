/**
 * Whether a collection that is about to be opened fits the budget, and whether its rows have to stay in their files for that.
 * Told from the sizes of its files, before any of them is read.
 */

import { isFrancaError } from "../../errors.ts";
import { indexesName, slotsName } from "../checkpoint/checkpoint.ts";
import type { Directory } from "../file.ts";
import type { CollectionState } from "../state.ts";
import type { MemoryBudget } from "./budget.ts";
import { CollectionMemory, worthSealing } from "./collection-memory.ts";
import { besideRowBytes, graphBytes, rowBytes } from "./footprint.ts";

/** Of a slots checkpoint in memory: columns with room to grow, ids as objects and in a map, and the copy that a checkpoint takes. */
const perSlotsByte = 3;
/** Of payload indexes: themselves, and the copy that a checkpoint takes. */
const perIndexByte = 2.2;

/** @throws FrancaError resource_exhausted when it would not fit even with its rows mapped */
export async function prepareOpening(
  name: string,
  state: CollectionState,
  directory: Directory,
  budget: MemoryBudget,
): Promise<void> {
  if (budget.limitBytes === undefined) return;
  const canMap = state.mapped.isPossible;
  const rest =
    (await sizeOf(directory, slotsName)) * perSlotsByte +
    (await sizeOf(directory, indexesName)) * perIndexByte;
  let held = rest;
  let mapped = rest;
  state.fields.forEach((field, ordinal) => {
    const inSegments = state.log.segments.map(({ end }) => end.rows[ordinal]!);
    const rows = inSegments.reduce((sum, count) => sum + count, 0);
    const kept = rows * graphBytes(field);
    held += kept + rows * (rowBytes(field) + besideRowBytes(field, false));
    mapped +=
      kept +
      rows * besideRowBytes(field, true) +
      Math.min(inSegments.at(-1)! * rowBytes(field), worthSealing);
  });
  if (directory.isInMemory === true && held > 0) held += state.log.sizeBytes;
  if (held === 0 || budget.fits(held * 1.1)) return;
  state.mapped.fromTheStart = canMap;
  const needed = canMap ? mapped : held;
  while (!budget.fits(needed)) {
    const gave = await budget.relieveOne();
    if (!gave && !budget.fits(needed)) throw budget.refusal(`opening collection ${name}`, needed);
  }
}

/** What was counted since is a little more than what was admitted when it was written. */
const slack = 0.9;

/**
 * Sparse and multi vectors, of which the sizes of files tell nothing: once they are there.
 * @throws FrancaError resource_exhausted
 */
export async function expectEntryVectorsFit(
  name: string,
  state: CollectionState,
  directory: Directory,
  budget: MemoryBudget,
): Promise<void> {
  if (budget.limitBytes === undefined || state.entryIndexes === undefined) return;
  const memory = new CollectionMemory(state, budget, directory.isInMemory === true);
  for (let needed = memory.heldBytes(); !budget.fits(needed * slack); needed = memory.heldBytes()) {
    if ((await memory.relieve()) || (await budget.relieveOne())) continue;
    throw budget.refusal(`opening collection ${name}`, needed);
  }
}

async function sizeOf(directory: Directory, name: string): Promise<number> {
  try {
    const file = await directory.open(name);
    try {
      return await file.size();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isFrancaError(error, "not_found")) return 0;
    throw error;
  }
}
