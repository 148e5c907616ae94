/**
 * Putting the vectors that the log holds into the vector indexes, when the slot table says where they lie: file by file
 * from front to back, each checked.
 */
import type { Segment } from "../log/segment.ts";
import { noRow } from "../slots.ts";
import type { CollectionState } from "../state.ts";

const pieceBytes = 4 * 2 ** 20;
const noSlot = 0xffffffff;

/**
 * Of every slot that a graph may know, dead ones too: a graph leads through them. A vector that is damaged has a
 * stand-in, which is marked as dead, so that graphs can lead through it all the same.
 */
export async function putStoredVectors(state: CollectionState): Promise<void> {
  for (let ordinal = 0; ordinal < state.fields.length; ordinal++) {
    const slotsByRow = slotsOfRows(state, ordinal);
    for (const segment of state.log.segments) {
      await putSegment(state, ordinal, segment, slotsByRow.get(segment.id)!);
    }
  }
}

/** By segment: which slot each row belongs to. */
function slotsOfRows({ table, log }: CollectionState, ordinal: number): Map<number, Uint32Array> {
  const bySegment = new Map<number, Uint32Array>();
  for (const { id, end } of log.segments) bySegment.set(id, new Uint32Array(end.rows[ordinal]!).fill(noSlot));
  const rows = table.rows[ordinal]!;
  for (let slot = 0; slot < table.slots; slot++) {
    if (rows[slot] !== noRow) bySegment.get(table.bornIn[slot]!)![rows[slot]!] = slot;
  }
  return bySegment;
}

async function putSegment(
  state: CollectionState,
  ordinal: number,
  segment: Segment,
  slots: Uint32Array,
): Promise<void> {
  const { log, dimensions, table } = state;
  const index = state.vectorIndexes[ordinal]!;
  const stride = dimensions[ordinal]! * 4;
  // Checked on the bytes that were read, so that damage is told, and a medium that fails is an error and no signal.
  const file = state.mapped.fileAtOpening(segment, ordinal);
  const rowsAtOnce = Math.max(1, Math.floor(pieceBytes / stride));
  const endOf = (first: number) => Math.min(slots.length, first + rowsAtOnce);
  const read = (first: number) => {
    if (first >= slots.length) return undefined;
    const reading = log.readRows(segment.id, ordinal, first, endOf(first) - first);
    // Told when its turn comes.
    reading.catch(() => {});
    return reading;
  };
  let first = nextUsed(slots, 0);
  let reading = read(first);
  while (reading !== undefined) {
    const end = endOf(first);
    const bytes = await reading;
    const following = nextUsed(slots, end);
    // The medium works on the next piece while this one is looked at.
    reading = read(following);
    const vectors = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    for (let row = first; row < end; ) {
      let next = row + 1;
      // Rows of slots that follow each other are put at once.
      while (next < end && slots[row] !== noSlot && slots[next] === slots[row]! + next - row) next++;
      if (slots[row] !== noSlot) {
        const slot = slots[row]!;
        const checksums = table.checksums[ordinal]!.subarray(slot, slot + next - row);
        const good = state.firstBadRow(bytes.subarray((row - first) * stride), stride, checksums);
        const isDamaged = good < checksums.length;
        next = row + good;
        if (good > 0) {
          const { dimension } = index;
          const run = vectors.subarray((row - first) * dimension, (next - first) * dimension);
          if (file === undefined) index.put(slot, run);
          else index.putMapped(slot, run, file, row);
        }
        if (isDamaged) {
          putStandIn(state, ordinal, segment.id, slot + good, next);
          next++;
        }
      }
      row = next;
    }
    first = following;
  }
}

function putStandIn(
  state: CollectionState,
  ordinal: number,
  segment: number,
  slot: number,
  row: number,
): void {
  const index = state.vectorIndexes[ordinal]!;
  const standIn = new Float32Array(index.dimension);
  standIn[0] = 1;
  index.put(slot, standIn);
  index.markDeleted(slot);
  const how = "the vector is missing, or its checksum differs";
  const error = state.log.damage(segment, ordinal, row * index.dimension * 4, how);
  state.noteVector(slot, ordinal, error);
}

function nextUsed(slots: Uint32Array, from: number): number {
  let row = from;
  while (row < slots.length && slots[row] === noSlot) row++;
  return row;
}
