/**
 * Former tenants of slots that have been put again, as long as their put still lies in the log: replaying would bring
 * them back to life if compaction dropped the record by which they died. Columns, since there may be many.
 */
export class Ghosts {
  slots: number[] = [];
  /** Segment in which the put lies. */
  bornIn: number[] = [];
  /** Segment of the record by which it died. */
  diedIn: number[] = [];

  get size(): number {
    return this.slots.length;
  }

  add(slot: number, bornIn: number, diedIn: number): void {
    this.slots.push(slot);
    this.bornIn.push(bornIn);
    this.diedIn.push(diedIn);
  }

  /** Segments were rewritten as one: puts that lay there are gone, and deaths that lay there lie in the new one. */
  rewritten(old: ReadonlySet<number>, into: number): void {
    let kept = 0;
    for (let i = 0; i < this.slots.length; i++) {
      if (old.has(this.bornIn[i]!)) continue;
      this.slots[kept] = this.slots[i]!;
      this.bornIn[kept] = this.bornIn[i]!;
      this.diedIn[kept++] = old.has(this.diedIn[i]!) ? into : this.diedIn[i]!;
    }
    this.slots.length = kept;
    this.bornIn.length = kept;
    this.diedIn.length = kept;
  }
}
