/**
 * Opening a collection's state: checkpoints, then the tail of the log, then the vectors of what is there.
 */
import type { Payload } from "../../model/payload.ts";
import type { Warning } from "../../model/result.ts";
import type { Directory } from "../file.ts";
import { createPayloadIndexes } from "../index/payload-indexes.ts";
import type { CollectionState } from "../state.ts";
import type { Slot } from "../view.ts";
import { loadGraph, loadSnapshot } from "./checkpoint.ts";
import { putStoredVectors } from "./stored-vectors.ts";

const payloadsAtOnce = 4096;

/**
 * Fills an empty state. What had to be rebuilt is in the warnings returned.
 * @throws FrancaError data_loss when the log itself is damaged
 */
export async function recover(directory: Directory, state: CollectionState): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const warn = (warning: Warning) => warnings.push(warning);
  const snapshot = await loadSnapshot(directory, state, warn);
  if (snapshot !== undefined) {
    state.table = snapshot.table;
    for (const [ordinal, lsn] of snapshot.graphs) state.graphFiles.set(ordinal, lsn);
    if (snapshot.indexes === undefined) await rebuildIndexes(state);
    else {
      state.indexes = snapshot.indexes;
      state.checkpointLsn = snapshot.position.lsn;
    }
  }
  await state.log.replay(snapshot?.position, async ({ mutation, segment, offset }) => {
    const place = { segment, offset };
    if (mutation.kind !== "payload") return void state.replay(mutation, place, []);
    const living = state.ofTheLiving(mutation, place);
    state.replay(living, place, await state.payloads(living.slots));
  });
  await putStoredVectors(state);
  // First: a graph that was built after a deletion does not know the slot, and is taken only by an index that knows it
  // to be dead.
  for (let slot = 0; slot < state.slots; slot++) if (state.table.isDead(slot)) state.markDead(slot);
  for (let ordinal = 0; ordinal < state.fields.length; ordinal++) {
    if (state.fields[ordinal]!.index !== "flat") await loadGraph(directory, state, ordinal, warn);
  }
  return warnings;
}

async function rebuildIndexes(state: CollectionState): Promise<void> {
  const indexes = createPayloadIndexes(state.payloadFields);
  for await (const [slot, payload] of livePayloads(state)) indexes.insert(slot, payload);
  state.indexes = indexes;
}

/** Payloads of all live slots, in the order of slots, a few thousand in memory at a time. */
export async function* livePayloads(state: CollectionState): AsyncGenerator<[Slot, Payload]> {
  for (let first = 0; first < state.slots; first += payloadsAtOnce) {
    const slots: Slot[] = [];
    for (let slot = first; slot < Math.min(first + payloadsAtOnce, state.slots); slot++) {
      if (state.isLive(slot)) slots.push(slot);
    }
    const payloads = await state.payloads(slots);
    for (let i = 0; i < slots.length; i++) yield [slots[i]!, payloads[i]!];
  }
}
