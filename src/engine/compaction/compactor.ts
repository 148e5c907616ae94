/**
 * One compaction: a run of sealed segments is rewritten beside everything else, then takes its place between two writes;
 * the files that it replaces go when nobody reads them any more. When it fails, all is as it was.
 */
import type { Directory } from "../file.ts";
import { discardSegment, type Segment, segmentBytes } from "../log/segment.ts";
import type { CollectionState } from "../state.ts";
import type { Writer } from "../write/writer.ts";
import type { SegmentFigures } from "./choose.ts";
import { Output } from "./output.ts";
import { type Breathe, rewriteRun } from "./rewrite.ts";
import { adoptMoves, expectComplete } from "./swap.ts";

export class Compactor {
  readonly #directory: Directory;
  readonly #state: CollectionState;
  readonly #writer: Writer;
  readonly #discarding = new Set<Promise<void>>();

  constructor(directory: Directory, state: CollectionState, writer: Writer) {
    this.#directory = directory;
    this.#state = state;
    this.#writer = writer;
  }

  /** What the log consists of, the last segment too. */
  get figures(): SegmentFigures[] {
    const { log, table, dimensions } = this.#state;
    return log.segments.map((segment) => {
      const { dead, held } = table.usage.of(segment.id);
      const { logBytes } = segment.end;
      const vectorBytes = segmentBytes(segment, dimensions) - logBytes;
      return { id: segment.id, logBytes, vectorBytes, gain: dead - held };
    });
  }

  /**
   * @param breathe awaited in between; stops the compaction by rejecting
   * @throws FrancaError data_loss when a segment is damaged; resource_exhausted, unavailable of the medium
   */
  async compact(ids: readonly number[], breathe: Breathe): Promise<void> {
    const { log, table, strides, crc32c } = this.#state;
    const run = log.segments.filter(({ id }) => ids.includes(id));
    const replaced = new Set(ids);
    const { firstLsn } = run[0]!;
    const output = new Output(await log.createSegment({ firstLsn, isCompacted: true }), strides, crc32c);
    try {
      await rewriteRun(this.#state, run, output, breathe);
      await this.#writer.exclusive(async () => {
        expectComplete(table, replaced, output);
        await log.replaceRun(replaced, output.segment);
        adoptMoves(table, replaced, output);
      });
    } catch (error) {
      // When it is unknown what the manifest names, both have to stay.
      const isTaken = log.segments.includes(output.segment);
      if (!isTaken && log.failure === undefined) await discardSegment(this.#directory, output.segment);
      throw error;
    }
    for (const segment of run) this.#discardLater(segment);
    await this.#state.mapped.follow();
  }

  /** Makes all that is in the log so far fit to be compacted. */
  async seal(): Promise<void> {
    await this.#writer.exclusive(() => this.#state.log.seal());
  }

  /** Resolves when all files that were replaced are gone: readers have to end. */
  async discarded(): Promise<void> {
    while (this.#discarding.size > 0) await Promise.all(this.#discarding);
  }

  #discardLater(segment: Segment): void {
    const { readers, mapped, log } = this.#state;
    const done = readers
      .ended()
      // Rows that are read from the old files move to the new ones. Where that fails, mapped files outlive their names.
      .then(() => mapped.follow().catch(() => {}))
      .then(() => log.discard(segment));
    this.#discarding.add(done);
    void done.then(() => this.#discarding.delete(done));
  }
}
