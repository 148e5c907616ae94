/**
 * Opening a collection's state: checkpoints, then the tail of the log, then the vectors of what is there.
 */
import type { Payload } from "../../model/payload.ts";
import type { Warning } from "../../model/result.ts";
import type { Directory } from "../file.ts";
import { EntryIndexes } from "../index/entry-indexes.ts";
import { createPayloadIndexes } from "../index/payload-indexes.ts";
import type { ReplayedRecord } from "../log/replay.ts";
import { worthSealing } from "../memory/collection-memory.ts";
import type { CollectionState } from "../state.ts";
import type { Slot } from "../view.ts";
import { loadGraph, loadSnapshot, readGraph } from "./checkpoint.ts";
import { putStoredVectors } from "./stored-vectors.ts";

const payloadsAtOnce = 4096;
/** More than a Map has room for ids (2^24), and dead and free slots beside; columns for so many can be allocated. */
const mostSlots = 2 ** 25;

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
    // Whoever put a whole file back has points that the indexes do not know.
    const found = await state.readablePayloads(snapshot.damaged.filter((slot) => state.isLive(slot)));
    if (snapshot.indexes === undefined || found.some((payload) => payload !== undefined))
      await rebuildIndexes(state);
    else {
      state.indexes = snapshot.indexes;
      state.checkpointLsn = snapshot.position.lsn;
    }
  }
  const apply = async ({ mutation, segment, offset }: ReplayedRecord) => {
    const place = { segment, offset };
    const slot = mutation.kind === "put" ? mutation.slots.find((each) => each >= mostSlots) : undefined;
    if (slot !== undefined)
      throw state.log.damage(segment, undefined, offset, `there can be no slot ${slot}`);
    if (mutation.kind !== "payload") return void state.replay(mutation, place, []);
    const living = state.ofTheLiving(mutation, place);
    state.replay(living, place, await state.readablePayloads(living.slots));
  };
  await state.log.replay(snapshot?.position, apply, ({ file, offset, length, how }) =>
    warn({
      code: "tail_cut",
      message: `the last write in ${file} was cut off at byte ${offset}, as if it had been interrupted (${how}); if it was acknowledged, its ${length} bytes were damaged since`,
      details: { file, offset, length },
    }),
  );
  if (state.indexesAreStale) {
    await rebuildIndexes(state);
    state.indexesAreStale = false;
    state.checkpointLsn = 0;
  }
  if (state.hasEntryVectors) await buildEntryIndexes(state);
  // What was the active segment may hold more than fits; only sealed ones are mapped.
  if (state.mapped.fromTheStart && state.mapped.activeBytes >= worthSealing) await state.log.seal();
  const graphs = state.fields.flatMap(({ index }, ordinal) => (index === "flat" ? [] : ordinal));
  // The medium is not idle while vectors are put, or a graph is looked at; one graph's file is read ahead.
  const read = (i: number) => (i < graphs.length ? readGraph(directory, state, graphs[i]!) : undefined);
  let reading = read(0);
  await putStoredVectors(state);
  // First: a graph that was built after a deletion does not know the slot, and is taken only by an index that knows it
  // to be dead.
  for (let slot = 0; slot < state.slots; slot++) if (state.table.isDead(slot)) state.markDead(slot);
  for (const [i, ordinal] of graphs.entries()) {
    const file = reading!;
    reading = read(i + 1);
    await loadGraph(directory, state, ordinal, warn, file);
  }
  return warnings;
}

/** Points whose payload is damaged are left out. */
async function rebuildIndexes(state: CollectionState): Promise<void> {
  const indexes = createPayloadIndexes(state.payloadFields, state.paths);
  for (const slots of liveSlots(state)) {
    const payloads = await state.readablePayloads(slots);
    for (const [i, payload] of payloads.entries()) {
      if (payload !== undefined) indexes.insert(slots[i]!, payload);
    }
  }
  state.indexes = indexes;
}

/** Sparse and multi vectors; points whose entry is damaged are left out. */
async function buildEntryIndexes(state: CollectionState): Promise<void> {
  const indexes = new EntryIndexes(state);
  for (const slots of liveSlots(state)) {
    const entries = await state.readableEntries(slots);
    for (const [i, entry] of entries.entries()) {
      if (entry !== undefined) indexes.insert(slots[i]!, entry.vectors);
    }
  }
  state.entryIndexes = indexes;
}

/** Payloads of all live slots, in the order of slots, a few thousand in memory at a time. */
export async function* livePayloads(state: CollectionState): AsyncGenerator<[Slot, Payload]> {
  for (const slots of liveSlots(state)) {
    const payloads = await state.payloads(slots);
    for (let i = 0; i < slots.length; i++) yield [slots[i]!, payloads[i]!];
  }
}

function* liveSlots(state: CollectionState): Generator<Slot[]> {
  for (let first = 0; first < state.slots; first += payloadsAtOnce) {
    const slots: Slot[] = [];
    for (let slot = first; slot < Math.min(first + payloadsAtOnce, state.slots); slot++) {
      if (state.isLive(slot)) slots.push(slot);
    }
    yield slots;
  }
}
