/**
 * Vector rows of sealed segments, read from their files instead of memory, segment by segment. Those of the active segment are
 * held, since its files may be cut. A row is moved into its file only when it is there as it was written: nobody looks at
 * checksums after that. A mapped file outlives its name, so that compaction may remove files at once; `follow` then moves
 * what still reads from them.
 */
import { isFrancaError } from "../../errors.ts";
import type { Kernel, MappedFile } from "../kernel.ts";
import type { Segment } from "../log/segment.ts";
import { noRow } from "../slots.ts";
import type { CollectionState } from "../state.ts";
import { damagedRows } from "./damaged-rows.ts";

export class MappedRows {
  readonly #state: CollectionState;
  readonly #mapFile: Kernel["mapFile"];
  /** By number of the segment, then ordinal; undefined where a field has no rows there. */
  readonly #files = new Map<number, (MappedFile | undefined)[]>();
  /** Segments whose files could not be mapped or read: they stay held. */
  readonly #unmappable = new Set<number>();
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** Whether opening leaves the rows of sealed segments in their files. */
  fromTheStart = false;

  constructor(state: CollectionState, kernel: Kernel) {
    this.#state = state;
    this.#mapFile = kernel.mapFile?.bind(kernel);
  }

  /** Whether this kernel and this medium can at all. */
  get isPossible(): boolean {
    return this.#mapFile !== undefined && this.#state.log.segments.every(({ log }) => log.path !== undefined);
  }

  /** Bytes of the rows that no segment's seal lets be mapped yet. */
  get activeBytes(): number {
    const { rows } = this.#state.log.segments.at(-1)!.end;
    return rows.reduce((sum, count, ordinal) => sum + count * this.#state.dimensions[ordinal]! * 4, 0);
  }

  /** Bytes of a field's rows that are read from files. */
  bytesOf(ordinal: number): number {
    let bytes = 0;
    for (const files of this.#files.values()) bytes += files[ordinal]?.sizeBytes ?? 0;
    return bytes;
  }

  get sizeBytes(): number {
    return this.#state.fields.reduce((sum, _, ordinal) => sum + this.bytesOf(ordinal), 0);
  }

  /** A sealed segment's rows of a field for `putMapped`; undefined when they are to be held. */
  fileAtOpening(segment: Segment, ordinal: number): MappedFile | undefined {
    if (!this.fromTheStart || segment === this.#state.log.segments.at(-1)) return undefined;
    return this.#mapped(segment)?.[ordinal];
  }

  /** Moves the oldest sealed segment that is held into its file. False: there is none. */
  mapNext(): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!this.isPossible) return false;
      await this.#followNow();
      for (const segment of this.#held()) if (await this.#moveIntoFiles(segment)) return true;
      return false;
    });
  }

  /** Takes note of segments that compaction has replaced: what was read from their files is read from the new ones. */
  follow(): Promise<void> {
    return this.#inTurn(() => this.#followNow());
  }

  /** Moves nothing more; to be awaited before the indexes are freed. */
  async stop(): Promise<void> {
    this.#isClosed = true;
    await this.#last.catch(() => {});
  }

  /** After the indexes were freed. */
  close(): void {
    for (const files of this.#files.values()) for (const file of files) file?.unmap();
    this.#files.clear();
  }

  async #followNow(): Promise<void> {
    const there = new Map(this.#state.log.segments.map((segment) => [segment.id, segment]));
    const gone = [...this.#files].filter(([id]) => !there.has(id));
    if (gone.length === 0) return;
    // All that is sealed and not mapped: what replaced the gone ones is among them.
    for (const segment of this.#held()) {
      if (!(await this.#moveIntoFiles(segment))) await this.#hold(segment);
    }
    for (const [id, files] of gone) await this.#leave(id, files);
  }

  /** Sealed segments with rows in memory, oldest first. */
  #held(): Segment[] {
    return this.#state.log.segments
      .slice(0, -1)
      .filter(
        ({ id, end }) =>
          !this.#files.has(id) && !this.#unmappable.has(id) && end.rows.some((rows) => rows > 0),
      );
  }

  #mapped(segment: Segment): (MappedFile | undefined)[] | undefined {
    const known = this.#files.get(segment.id);
    if (known !== undefined) return known;
    const files: (MappedFile | undefined)[] = [];
    try {
      for (const [ordinal, { path }] of segment.vectors.entries()) {
        const bytes = segment.end.rows[ordinal]! * this.#state.dimensions[ordinal]! * 4;
        files.push(bytes === 0 ? undefined : this.#mapFile!(path!, bytes));
      }
    } catch (error) {
      for (const file of files) file?.unmap();
      // The system has no more mappings to give, or the file system has none at all: the rows stay in memory.
      if (!isFrancaError(error, "unavailable")) throw error;
      this.#unmappable.add(segment.id);
      return undefined;
    }
    this.#files.set(segment.id, files);
    return files;
  }

  /** False: they stay where they are. */
  async #moveIntoFiles(segment: Segment): Promise<boolean> {
    const damaged = await this.#damagedIn(segment);
    if (damaged === undefined || this.#isClosed) return false;
    const files = this.#mapped(segment);
    if (files === undefined) return false;
    await Promise.all(
      files.map((file, ordinal) => file && this.#borrow(segment, ordinal, file, damaged[ordinal]!)),
    );
    return true;
  }

  /** By ordinal; undefined where the medium cannot tell. */
  async #damagedIn(segment: Segment): Promise<ReadonlySet<number>[] | undefined> {
    const damaged: ReadonlySet<number>[] = [];
    try {
      for (const ordinal of segment.vectors.keys())
        damaged.push(await damagedRows(this.#state, segment, ordinal));
      return damaged;
    } catch {
      // Whatever keeps the file from being read, nothing is lost: its rows are in memory, and there they stay.
      this.#unmappable.add(segment.id);
      return undefined;
    }
  }

  /** Without a pause up to the hand-over, so that no write comes between looking and moving. */
  async #borrow(
    segment: Segment,
    ordinal: number,
    file: MappedFile,
    damaged: ReadonlySet<number>,
  ): Promise<void> {
    const { slots, rows } = this.#places(segment, ordinal);
    const index = this.#state.vectorIndexes[ordinal]!;
    if (damaged.size === 0) return index.borrow(slots, file, rows);
    const isSound = (_: number, i: number) => !damaged.has(rows[i]!);
    await index.borrow(
      slots.filter(isSound),
      file,
      rows.filter((row) => !damaged.has(row)),
    );
    await index.hold(slots.filter((_, i) => damaged.has(rows[i]!)));
  }

  async #hold(segment: Segment): Promise<void> {
    for (const [ordinal, index] of this.#state.vectorIndexes.entries()) {
      await index.hold(this.#places(segment, ordinal).slots);
    }
  }

  async #leave(id: number, files: readonly (MappedFile | undefined)[]): Promise<void> {
    try {
      for (const [ordinal, file] of files.entries()) {
        if (file !== undefined) await this.#state.vectorIndexes[ordinal]!.leave(file);
      }
    } catch (error) {
      // Rows of slots that are on their way out; the next time they are gone.
      if (!isFrancaError(error, "failed_precondition") || this.#isClosed) throw error;
      return;
    }
    for (const file of files) file?.unmap();
    this.#files.delete(id);
  }

  #places({ id, end }: Segment, ordinal: number): { slots: Uint32Array; rows: Uint32Array } {
    const { table } = this.#state;
    const slots = new Uint32Array(end.rows[ordinal]!);
    const rows = new Uint32Array(end.rows[ordinal]!);
    const column = table.rows[ordinal]!;
    let count = 0;
    for (let slot = 0; slot < table.slots; slot++) {
      if (table.bornIn[slot] !== id || column[slot] === noRow) continue;
      slots[count] = slot;
      rows[count++] = column[slot]!;
    }
    return { slots: slots.subarray(0, count), rows: rows.subarray(0, count) };
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const run = this.#last
      .catch(() => {})
      .then(() => {
        if (this.#isClosed) return false as T;
        return act();
      });
    this.#last = run;
    return run;
  }
}
