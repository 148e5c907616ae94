/**
 * The segments of a log, and the manifest that names them: the list changes on the medium first, then in memory. A
 * change that fails is taken back; when it is unknown whether it was, the log takes no more changes.
 */
import type { Directory } from "../file.ts";
import { isUndone, mediumFailure, takenBack } from "../medium-failure.ts";
import type { LogOptions } from "./log.ts";
import { type SegmentEnd, writeManifest } from "./manifest.ts";
import { closeSegment, copyEnd, createSegment, discardSegment, type Segment } from "./segment.ts";
import { Segments } from "./segments.ts";

export class NamedSegments extends Segments {
  readonly #directory: Directory;
  readonly #options: LogOptions;
  #nextSegment: number;
  /** How far the log is durable, as the manifest on the medium says. */
  #durableEnd: SegmentEnd;

  constructor(directory: Directory, options: LogOptions, list: readonly Segment[], nextSegment: number) {
    super(list);
    this.#directory = directory;
    this.#options = options;
    this.#nextSegment = nextSegment;
    this.#durableEnd = copyEnd(this.last.end);
  }

  get durableLsn(): number {
    return this.#durableEnd.lsn;
  }

  /** The files of a segment with a number of its own; in the log only when the manifest names it. */
  async create(named: { firstLsn: number; isCompacted?: boolean }): Promise<Segment> {
    const { dimensions, crc32c } = this.#options;
    const id = this.#nextSegment++;
    try {
      return await createSegment(this.#directory, { id, ...named }, dimensions.length, crc32c);
    } catch (error) {
      throw mediumFailure(error, "undone");
    }
  }

  /** Starts the next segment; everything appended has to be synced. @throws FrancaError, like `replaceRun` */
  async roll(): Promise<void> {
    const next = await this.create({ firstLsn: this.last.end.lsn + 1 });
    try {
      await this.#change([...this.list, next]);
    } catch (error) {
      if (isUndone(error)) await discardSegment(this.#directory, next);
      // The manifest may name it.
      else await closeSegment(next);
      throw error;
    }
  }

  /**
   * Puts a segment that is written and synced in the place of a run of sealed ones, which are then retired; everything
   * appended has to be synced.
   * @throws FrancaError with details.outcome "undone", or "unknown" when either manifest may be there
   */
  replaceRun(run: ReadonlySet<number>, by: Segment): Promise<void> {
    return this.#change(this.withReplaced(run, by));
  }

  /** Writes how far the last segment goes; that has to be durable. */
  write(): Promise<void> {
    return this.#write(this.list);
  }

  /** Removes the files of a segment that was replaced; nobody may read it any more. */
  discard(segment: Segment): Promise<void> {
    return this.discardFrom(this.#directory, segment);
  }

  async #change(list: readonly Segment[]): Promise<void> {
    try {
      await this.#write(list);
    } catch (error) {
      // It may be there after all. What was is put back, or nothing may build on the one or the other.
      if (!isUndone(error) && !(await this.#isPutBack())) throw mediumFailure(error, "unknown");
      throw takenBack(error);
    }
    this.adopt(list);
  }

  async #isPutBack(): Promise<boolean> {
    return this.#write(this.list).then(
      () => true,
      () => false,
    );
  }

  async #write(list: readonly Segment[]): Promise<void> {
    const { dimensions, crc32c } = this.#options;
    const segments = list.map(({ id, firstLsn, isCompacted, end }) =>
      isCompacted ? { id, firstLsn, isCompacted, end } : { id, firstLsn, end },
    );
    const end = copyEnd(list.at(-1)!.end);
    const manifest = { segments, nextSegment: this.#nextSegment, dimensions: [...dimensions] };
    await writeManifest(this.#directory, manifest, crc32c);
    this.#durableEnd = end;
  }
}
