/**
 * Where compaction copied entries and vectors: from which place in the segments that it read, to which in the one that
 * it wrote. Columns, since there are as many as points in a few segments.
 */
import { noRow, type SlotTable } from "../slots.ts";

/** "whole" with its payload, "bare" without: that is elsewhere; or a payload alone. */
export type Moved = "whole put" | "bare put" | "payload";

export class Moves {
  slots: number[] = [];
  kinds: Moved[] = [];
  fromSegment: number[] = [];
  /** Of the entry, in its segment's log. */
  fromOffset: number[] = [];
  toOffset: number[] = [];
  /** Of the entry as it was written. */
  length: number[] = [];
  /** By ordinal, of puts: the row in the new vector file, or noRow. */
  rows: number[][];

  constructor(fields: number) {
    this.rows = Array.from({ length: fields }, () => []);
  }

  get size(): number {
    return this.slots.length;
  }

  /** Returns its index. */
  add(
    slot: number,
    kind: Moved,
    from: { segment: number; offset: number },
    to: { offset: number; length: number },
  ): number {
    this.kinds.push(kind);
    this.fromSegment.push(from.segment);
    this.fromOffset.push(from.offset);
    this.toOffset.push(to.offset);
    this.length.push(to.length);
    for (const rows of this.rows) rows.push(noRow);
    return this.slots.push(slot) - 1;
  }

  /** Whether the table has the slot's put where this one was copied from. */
  isPut(i: number, { bornIn, bornAt }: SlotTable): boolean {
    const slot = this.slots[i]!;
    if (this.kinds[i] === "payload") return false;
    return bornIn[slot] === this.fromSegment[i] && bornAt[slot] === this.fromOffset[i];
  }

  /** Whether the table has the slot's payload where this one was copied from. */
  isPayload(i: number, { entrySegment, entryOffset }: SlotTable): boolean {
    const slot = this.slots[i]!;
    if (this.kinds[i] === "bare put") return false;
    return entrySegment[slot] === this.fromSegment[i] && entryOffset[slot] === this.fromOffset[i];
  }
}
