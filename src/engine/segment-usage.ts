/**
 * Bytes of each segment that no live point needs: entries and vectors of dead points, payloads that were replaced, and
 * deletions. What of them compaction cannot drop yet is *held*: by slots that are not released, by puts further back.
 */

export interface DeadBytes {
  dead: number;
  /** Of those, what would be written again. */
  held: number;
  /** Of those, deletions that keep a put further back from coming back. */
  deletions: number;
}

export class SegmentUsage {
  readonly #bySegment = new Map<number, DeadBytes>();

  /** Nothing needs these bytes any more. */
  dropped(segment: number, bytes: number): void {
    this.of(segment).dead += bytes;
  }

  /** They are dead, and stay for now. */
  held(segment: number, bytes: number): void {
    const usage = this.of(segment);
    usage.dead += bytes;
    usage.held += bytes;
  }

  /** A deletion was written. */
  deleted(segment: number, bytes: number): void {
    this.held(segment, bytes);
    this.of(segment).deletions += bytes;
  }

  /** A part of a deletion is not needed any more. */
  forgotten(segment: number, bytes: number): void {
    const usage = this.of(segment);
    usage.deletions = Math.max(0, usage.deletions - bytes);
    this.released(segment, bytes);
  }

  /** What was held may be dropped. */
  released(segment: number, bytes: number): void {
    const usage = this.of(segment);
    usage.held = Math.max(0, usage.held - bytes);
  }

  of(segment: number): DeadBytes {
    let usage = this.#bySegment.get(segment);
    if (usage === undefined) {
      usage = { dead: 0, held: 0, deletions: 0 };
      this.#bySegment.set(segment, usage);
    }
    return usage;
  }

  set(segment: number, usage: DeadBytes): void {
    this.#bySegment.set(segment, usage);
  }

  forget(segment: number): void {
    this.#bySegment.delete(segment);
  }

  get total(): DeadBytes {
    const total = { dead: 0, held: 0, deletions: 0 };
    for (const { dead, held, deletions } of this.#bySegment.values()) {
      total.dead += dead;
      total.held += held;
      total.deletions += deletions;
    }
    return total;
  }

  /** For a checkpoint: [segment, dead, held, deletions]. */
  entries(): [number, number, number, number][] {
    return [...this.#bySegment].map(([segment, { dead, held, deletions }]) => [
      segment,
      dead,
      held,
      deletions,
    ]);
  }
}
