/**
 * The log of one collection: the truth that all else is derived from. Appends groups of records in frames, with their
 * vectors beside them; replays them in order; reads points and vectors back, checked.
 * One call that changes it at a time: the writer sees to that. Reads may run beside it.
 */
import { FrancaError } from "../../errors.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { brokenError, mediumFailure } from "../medium-failure.ts";
import { frameToAppend } from "./append-frame.ts";
import { frameHeaderBytes, maxFrameBytes } from "./frame.ts";
import type { SegmentEnd } from "./manifest.ts";
import { NamedSegments } from "./named-segments.ts";
import { openSegments } from "./open-segments.ts";
import type { EncodedRecord } from "./record.ts";
import { type CutTail, type ReplayedRecord, replaySegment } from "./replay.ts";
import {
  closeSegment,
  copyEnd,
  createSegment,
  emptyEnd,
  type Segment,
  segmentDamage,
  segmentHeaderBytes,
  syncFiles,
  truncateTo,
} from "./segment.ts";

export interface LogOptions {
  /** By ordinal of the vector field. */
  dimensions: readonly number[];
  crc32c: Kernel["crc32c"];
  /** A segment is sealed when its log or one of its vector files is longer. */
  segmentBytes: { log: number; vectors: number };
}

/** A place in the log, as checkpoints remember it. */
export interface LogPosition extends SegmentEnd {
  segment: number;
}

export interface Appended {
  /** The records follow each other from here. */
  firstLsn: number;
  segment: number;
  /** Where each record's bytes begin in the segment's log file. */
  offsets: number[];
}

export class Log {
  readonly #directory: Directory;
  readonly #dimensions: readonly number[];
  readonly #crc32c: Kernel["crc32c"];
  readonly #segmentBytes: { log: number; vectors: number };
  readonly #segments: NamedSegments;
  #syncedLsn: number;
  #failure: FrancaError | undefined;
  /** Only replaying says where a log that was opened ends. */
  #mayAppend: boolean;

  private constructor(
    directory: Directory,
    options: LogOptions,
    segments: Segment[],
    nextSegment: number,
    isNew: boolean,
  ) {
    this.#directory = directory;
    this.#dimensions = options.dimensions;
    this.#crc32c = options.crc32c;
    this.#segmentBytes = options.segmentBytes;
    this.#segments = new NamedSegments(directory, options, segments, nextSegment);
    this.#syncedLsn = this.#segments.durableLsn;
    this.#mayAppend = isNew;
  }

  /** An empty log in an empty folder, durable when it resolves. */
  static async create(directory: Directory, options: LogOptions): Promise<Log> {
    const fields = options.dimensions.length;
    const segment = await createSegment(directory, { id: 1, firstLsn: 1 }, fields, options.crc32c);
    const log = new Log(directory, options, [segment], 2, true);
    try {
      await log.#segments.write();
      return log;
    } catch (error) {
      await closeSegment(segment);
      throw error;
    }
  }

  /** Opens what the manifest names. To be replayed before anything is appended. @throws FrancaError data_loss */
  static async open(directory: Directory, options: LogOptions): Promise<Log> {
    const { segments, nextSegment } = await openSegments(directory, options.dimensions, options.crc32c);
    return new Log(directory, options, segments, nextSegment, false);
  }

  /** By ordinal of the vector field. */
  get dimensions(): readonly number[] {
    return this.#dimensions;
  }

  get lsn(): number {
    return this.#last.end.lsn;
  }

  /** The end of what is written. */
  get position(): LogPosition {
    return { segment: this.#last.id, ...copyEnd(this.#last.end) };
  }

  /** Set once the medium failed in a way that leaves it unknown what is durable; appends reject with it. */
  get failure(): FrancaError | undefined {
    return this.#failure;
  }

  get sizeBytes(): number {
    return this.#segments.sizeBytes(this.#dimensions);
  }

  /** In the order of LSNs; the last one is written to, the others are sealed. */
  get segments(): readonly Segment[] {
    return this.#segments.list;
  }

  /** Whether a checkpoint taken at this position, of segments with these numbers, belongs to this log. */
  holds(position: LogPosition, segments: readonly number[]): boolean {
    const { ids, list } = this.#segments;
    const index = ids.indexOf(position.segment);
    if (index < 0 || segments.join() !== ids.slice(0, index + 1).join()) return false;
    const { end } = list[index]!;
    return position.logBytes <= end.logBytes && position.lsn <= end.lsn;
  }

  /**
   * Hands the records after `from` (default: all) to `apply`, in order, and cuts a torn tail. Entries that are damaged,
   * where all else around them is proven whole, are noted in the records; damaged vectors are left to who reads them.
   * @param onCut told of a tail that was as long as what was to be written, and not what was to be written
   * @throws FrancaError data_loss when something durable is damaged that may hide what was acknowledged
   */
  async replay(
    from: LogPosition | undefined,
    apply: (record: ReplayedRecord) => void | Promise<void>,
    onCut: (tail: CutTail) => void = () => {},
  ): Promise<void> {
    const context = { directory: this.#directory, dimensions: this.#dimensions, crc32c: this.#crc32c, onCut };
    const { list, ids } = this.#segments;
    for (const segment of from === undefined ? list : list.slice(ids.indexOf(from.segment))) {
      const start =
        from?.segment === segment.id ? copyEnd(from) : emptyEnd(segment.firstLsn, this.#dimensions.length);
      const isSealed = segment !== this.#last;
      const end = await replaySegment(context, segment, start, copyEnd(segment.end), isSealed, apply);
      if (!isSealed) await this.#cutAfter(segment, end);
      else if (end.lsn !== segment.end.lsn) {
        throw segmentDamage(
          this.#directory,
          segment.log,
          end.logBytes,
          `it ends with LSN ${end.lsn}, not ${segment.end.lsn}`,
        );
      }
    }
    this.#syncedLsn = this.#last.end.lsn;
    this.#mayAppend = true;
  }

  /** What was found whole becomes durable before anything builds on it; what was not is gone for good. */
  async #cutAfter(segment: Segment, end: SegmentEnd): Promise<void> {
    segment.end = end;
    await truncateTo(segment, this.#dimensions);
    await syncFiles(segment);
  }

  /**
   * Writes the records as one frame; puts have their first slot set, and get their rows here. Resolves when it is
   * durable, or, without `sync`, when the operating system has it. When it rejects nothing of it counts.
   * @throws FrancaError resource_exhausted (no room: nothing changed, try again), unavailable (the medium failed:
   * read-only until reopened), failed_precondition (it failed before)
   */
  async append(records: readonly EncodedRecord[], sync: boolean): Promise<Appended> {
    if (this.#failure !== undefined) throw brokenError(this.#failure);
    if (!this.#mayAppend) throw new FrancaError("internal", "the log was appended to before it was replayed");
    const bytes = records.reduce((sum, record) => sum + record.bytes.length, frameHeaderBytes);
    if (bytes > maxFrameBytes) {
      throw new FrancaError(
        "resource_exhausted",
        `one write has at most ${maxFrameBytes} bytes; got ${bytes}: split it`,
      );
    }
    if (this.#isFull(this.#last)) await this.#roll();
    const segment = this.#last;
    const frame = frameToAppend(segment, records, this.#dimensions, this.#syncedLsn, this.#crc32c);
    const files = [
      { file: segment.log, offset: segment.end.logBytes, pieces: frame.pieces },
      ...segment.vectors.map((file, ordinal) => ({
        file,
        offset: segment.end.rows[ordinal]! * this.#dimensions[ordinal]! * 4,
        pieces: frame.vectors[ordinal]!,
      })),
    ].filter(({ pieces }) => pieces.length > 0);
    // Side by side, not one after the other: checksums, not order, decide what counts. All have to end before a
    // failure is handled, so that none writes into what was truncated.
    const written = await Promise.allSettled(
      files.map(({ file, offset, pieces }) => file.write(offset, pieces)),
    );
    const failed = written.find((result) => result.status === "rejected");
    if (failed !== undefined) throw await this.#undoAppend(segment, failed.reason);
    // In a mixture of durabilities other files may hold writes that are not synced yet.
    if (sync)
      await this.#sync(this.#syncedLsn === segment.end.lsn ? files.map(({ file }) => file) : undefined);
    segment.end = frame.end;
    if (sync) this.#syncedLsn = frame.end.lsn;
    return { firstLsn: frame.firstLsn, segment: segment.id, offsets: frame.offsets };
  }

  /** Makes everything appended durable. */
  async sync(): Promise<void> {
    if (this.#failure !== undefined) throw brokenError(this.#failure);
    const { lsn } = this.#last.end;
    if (lsn === this.#syncedLsn) return;
    await this.#sync(undefined);
    this.#syncedLsn = Math.max(this.#syncedLsn, lsn);
  }

  /** Writes into the manifest how far the log is durable, so that damage before is never taken for a torn tail. */
  async markDurable(): Promise<void> {
    await this.sync();
    if (this.#segments.durableLsn < this.#syncedLsn) await this.#segments.write();
  }

  /** Starts a new segment if the last one has records, or in any case, so that all there is so far is sealed. */
  async seal({ evenEmpty = false }: { evenEmpty?: boolean } = {}): Promise<void> {
    if (this.#failure !== undefined) throw brokenError(this.#failure);
    if (evenEmpty || this.#last.end.logBytes > segmentHeaderBytes) await this.#roll();
  }

  /** The files of a segment with a number of its own; in the log only when a manifest names it. */
  createSegment(named: { firstLsn: number; isCompacted?: boolean }): Promise<Segment> {
    return this.#segments.create(named);
  }

  /**
   * Puts a segment that is written and synced in the place of a run of sealed ones, which are then retired. When it
   * rejects the log is as it was; when nobody can tell, it is closed to changes, as after any unknown outcome.
   */
  async replaceRun(run: ReadonlySet<number>, by: Segment): Promise<void> {
    // What was dropped died by records that have to be durable first.
    await this.sync();
    await this.#orFail(() => this.#segments.replaceRun(run, by));
  }

  get retired(): readonly Segment[] {
    return this.#segments.retired;
  }

  /** Removes the files of a segment that was replaced; nobody may read it any more. */
  discard(segment: Segment): Promise<void> {
    return this.#segments.discard(segment);
  }

  /** Bytes of a segment's log file. */
  readLog(segment: number, offset: number, length: number): Promise<Uint8Array> {
    return this.#segments.get(segment).log.read(offset, length);
  }

  /** The same where nothing has to be waited for; else undefined. */
  readLogNow(segment: number, offset: number, length: number): Uint8Array | undefined {
    return this.#segments.get(segment).log.readNow?.(offset, length);
  }

  readRowsNow(segment: number, ordinal: number, row: number, count: number): Uint8Array | undefined {
    const stride = this.#dimensions[ordinal]! * 4;
    return this.#segments.get(segment).vectors[ordinal]!.readNow?.(row * stride, count * stride);
  }

  /** Vectors of a field, not yet checked. */
  async readRows(segment: number, ordinal: number, row: number, count: number): Promise<Uint8Array> {
    const stride = this.#dimensions[ordinal]! * 4;
    return this.#segments.get(segment).vectors[ordinal]!.read(row * stride, count * stride);
  }

  /** The error for bytes of a segment that are not what was written. */
  damage(segment: number, ordinal: number | undefined, offset: number, how: string): FrancaError {
    const { log, vectors } = this.#segments.get(segment);
    return segmentDamage(this.#directory, ordinal === undefined ? log : vectors[ordinal]!, offset, how);
  }

  async close(): Promise<void> {
    await this.#segments.close();
  }

  get #last(): Segment {
    return this.#segments.last;
  }

  #isFull({ end }: Segment): boolean {
    return (
      end.logBytes > this.#segmentBytes.log ||
      end.rows.some((rows, ordinal) => rows * this.#dimensions[ordinal]! * 4 > this.#segmentBytes.vectors)
    );
  }

  /** Seals the last segment and starts the next. When it fails, the log stays as it was. */
  async #roll(): Promise<void> {
    await this.sync();
    await this.#orFail(() => this.#segments.roll());
  }

  /** Of a change of the manifest. */
  async #orFail(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (error instanceof FrancaError && error.details.outcome === "unknown") this.#failure = error;
      throw error;
    }
  }

  /** After a write that failed: back to the last good end, or, where that fails too, read-only. */
  async #undoAppend(segment: Segment, cause: unknown): Promise<FrancaError> {
    try {
      await truncateTo(segment, this.#dimensions);
      return mediumFailure(cause, "undone");
    } catch {
      // The first failure is the one to tell; this one only means that its traces are still there.
      this.#failure = mediumFailure(cause, "unknown");
      return this.#failure;
    }
  }

  /**
   * After a sync that failed nobody knows which pages are on the medium, and a later sync may succeed without them
   * (Rebello et al., Can Applications Recover from fsync Failures?, USENIX ATC 2020): read-only from here on.
   */
  async #sync(files: Segment["vectors"] | undefined): Promise<void> {
    const segment = this.#last;
    try {
      await Promise.all((files ?? [segment.log, ...segment.vectors]).map((file) => file.sync()));
    } catch (error) {
      this.#failure = mediumFailure(error, "unknown");
      throw this.#failure;
    }
  }
}
