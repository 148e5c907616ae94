/**
 * Which rows of a sealed segment's file are not what was written. Whoever moves rows from memory into the file has to
 * know before: from then on they are read without a look at their checksums.
 */
import type { Segment } from "../log/segment.ts";
import { noRow } from "../slots.ts";
import type { CollectionState } from "../state.ts";

const pieceBytes = 4 * 2 ** 20;
const noSlot = 0xffffffff;

/** Rows of a field; every one of a living point is noted as damaged. @throws what the medium throws */
export async function damagedRows(
  state: CollectionState,
  segment: Segment,
  ordinal: number,
): Promise<ReadonlySet<number>> {
  const stride = state.dimensions[ordinal]! * 4;
  const rowsAtOnce = Math.max(1, Math.floor(pieceBytes / stride));
  // As they are now: the tenant of a slot may change while a piece is read, a row of a sealed segment does not.
  const { slots, checksums } = writtenRows(state, segment, ordinal);
  const damaged = new Set<number>();
  for (let first = 0; first < slots.length; first += rowsAtOnce) {
    const end = Math.min(slots.length, first + rowsAtOnce);
    const bytes = await segment.vectors[ordinal]!.read(first * stride, (end - first) * stride);
    for (let row = first; row < end; row++) {
      if (slots[row] === noSlot) continue;
      let next = row + 1;
      while (next < end && slots[next] !== noSlot) next++;
      const run = bytes.subarray((row - first) * stride, (next - first) * stride);
      row += state.firstBadRow(run, stride, checksums.subarray(row, next));
      if (row < next) damaged.add(row);
    }
  }
  for (const row of damaged) note(state, segment, ordinal, slots[row]!, row);
  return damaged;
}

function writtenRows({ table }: CollectionState, { id, end }: Segment, ordinal: number) {
  const slots = new Uint32Array(end.rows[ordinal]!).fill(noSlot);
  const checksums = new Uint32Array(slots.length);
  for (let slot = 0; slot < table.slots; slot++) {
    const row = table.rows[ordinal]![slot]!;
    if (table.bornIn[slot] !== id || row === noRow) continue;
    slots[row] = slot;
    checksums[row] = table.checksums[ordinal]![slot]!;
  }
  return { slots, checksums };
}

function note(state: CollectionState, { id }: Segment, ordinal: number, slot: number, row: number): void {
  const { table, log, dimensions } = state;
  if (table.bornIn[slot] !== id || table.rows[ordinal]![slot] !== row) return;
  const how = "the vector is missing, or its checksum differs";
  state.noteVector(slot, ordinal, log.damage(id, ordinal, row * dimensions[ordinal]! * 4, how));
}
