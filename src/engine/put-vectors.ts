/**
 * The vectors of a record into the index of their field.
 */
import type { VectorIndex } from "./kernel.ts";
import type { Slot } from "./view.ts";

/** Puts rows at the slots whose checksum is there: in one piece where slots follow each other and none lacks the field. */
export function putVectors(
  index: VectorIndex,
  slots: readonly Slot[],
  checksums: readonly (number | undefined)[],
  rows: Float32Array,
): void {
  const { dimension } = index;
  let row = 0;
  for (let i = 0; i < slots.length; i++) {
    if (checksums[i] === undefined) continue;
    let end = i + 1;
    while (end < slots.length && checksums[end] !== undefined && slots[end] === slots[i]! + end - i) end++;
    index.put(slots[i]!, rows.subarray(row * dimension, (row + end - i) * dimension));
    row += end - i;
    i = end - 1;
  }
}
