/**
 * Opening a collection's state: checkpoints, then the vectors they speak of, then the tail of the log.
 */
import type { Payload } from "../../model/payload.ts";
import type { Warning } from "../../model/result.ts";
import type { Directory } from "../file.ts";
import { createPayloadIndexes } from "../index/payload-indexes.ts";
import { firstBadRow } from "../log/replay.ts";
import { noRow } from "../slots.ts";
import type { CollectionState } from "../state.ts";
import type { Slot } from "../view.ts";
import { loadGraph, loadSnapshot } from "./checkpoint.ts";

const pieceBytes = 4 * 2 ** 20;
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
    await putStoredVectors(state);
    if (snapshot.indexes === undefined) await rebuildIndexes(state);
    else {
      state.indexes = snapshot.indexes;
      state.checkpointLsn = snapshot.position.lsn;
    }
  }
  await state.log.replay(snapshot?.position, async ({ mutation, segment, offset }) => {
    const before = mutation.kind === "payload" ? await state.payloads(mutation.slots) : [];
    state.apply(mutation, { segment, offset }, before);
  });
  for (let ordinal = 0; ordinal < state.fields.length; ordinal++) {
    // First: a graph that was built after a deletion does not know the slot, and is taken only by an index that
    // knows it to be dead.
    markDead(state, ordinal);
    if (state.fields[ordinal]!.index !== "flat") await loadGraph(directory, state, ordinal, warn);
  }
  return warnings;
}

/** Every slot that a graph may know, dead ones too: a graph leads through them. */
async function putStoredVectors(state: CollectionState): Promise<void> {
  for (let ordinal = 0; ordinal < state.fields.length; ordinal++) {
    const slotsAtOnce = Math.max(1, Math.floor(pieceBytes / (state.dimensions[ordinal]! * 4)));
    let first = nextWithVector(state, ordinal, 0);
    while (first < state.slots) {
      const end = endOfRun(state, ordinal, first, slotsAtOnce);
      await putRun(state, ordinal, first, end);
      first = nextWithVector(state, ordinal, end);
    }
  }
}

function nextWithVector({ table }: CollectionState, ordinal: number, from: Slot): Slot {
  let slot = from;
  while (slot < table.slots && table.rows[ordinal]![slot] === noRow) slot++;
  return slot;
}

/** One past the last slot of those whose rows follow each other in one segment. */
function endOfRun({ table }: CollectionState, ordinal: number, first: Slot, atMost: number): Slot {
  const rows = table.rows[ordinal]!;
  let end = first + 1;
  while (
    end < table.slots &&
    end - first < atMost &&
    rows[end] === rows[first]! + end - first &&
    table.bornIn[end] === table.bornIn[first]
  ) {
    end++;
  }
  return end;
}

async function putRun(
  { table, log, dimensions, crc32c, vectorIndexes }: CollectionState,
  ordinal: number,
  first: Slot,
  end: Slot,
): Promise<void> {
  const segment = table.bornIn[first]!;
  const row = table.rows[ordinal]![first]!;
  const stride = dimensions[ordinal]! * 4;
  const bytes = await log.readRows(segment, ordinal, row, end - first);
  const checksums = Array.from(table.checksums[ordinal]!.subarray(first, end));
  const bad = firstBadRow(bytes, stride, checksums, crc32c);
  if (bad >= 0) {
    throw log.damage(
      segment,
      ordinal,
      (row + bad) * stride,
      "the vector is missing, or its checksum differs",
    );
  }
  vectorIndexes[ordinal]!.put(first, new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
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

function markDead({ table, vectorIndexes }: CollectionState, ordinal: number): void {
  for (let slot = 0; slot < table.slots; slot++) {
    if (!table.isLive(slot) && table.rows[ordinal]![slot] !== noRow)
      vectorIndexes[ordinal]!.markDeleted(slot);
  }
}
