/**
 * Reads all of a collection's truth, whatever is damaged in it: what lives, where it lies, and what could not be read.
 */
import { isFrancaError } from "../../errors.ts";
import type { PointId } from "../../model/id.ts";
import { readSlots } from "../checkpoint/checkpoint.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { frameHeaderBytes } from "../log/frame.ts";
import type { LogPosition } from "../log/log.ts";
import type { ReadRecord } from "../log/record.ts";
import { logFileName, segmentHeaderBytes, vectorFileName } from "../log/segment.ts";
import { Window } from "../log/window.ts";
import type { EntryPlace } from "../slots.ts";
import { findEntries } from "./find-entries.ts";
import { closeFound, type FoundSegment, findSegments } from "./list-segments.ts";
import { type FramePiece, type GapPiece, hasWitness, readSegment } from "./read-segment.ts";
import type { Leftover, LsnRange, UnreadableRegion } from "./report.ts";
import { lostRow, rowsOfPut } from "./rows-of-put.ts";
import { Survivors, type VectorPlace } from "./survivors.ts";

export interface Salvage {
  directory: Directory;
  dimensions: readonly number[];
  segments: Map<number, FoundSegment>;
  survivors: Survivors;
  unreadable: (UnreadableRegion & { /** Whose vector it is. */ point?: PointId })[];
  missingLsns: LsnRange[];
  leftovers: Leftover[];
  /** Entries that are whole though their checksum is not, as "segment:offset". */
  wholeAnyway: Set<string>;
  /** LSN of the checkpoint that it began from; 0: there is none that is whole. */
  checkpointLsn: number;
  close(): Promise<void>;
}

export interface SalvageOptions {
  crc32c: Kernel["crc32c"];
  /** Called with bytes read since the last call. @throws to stop */
  onBytes: (bytes: number) => void;
}

export async function salvage(
  directory: Directory,
  dimensions: readonly number[],
  { crc32c, onBytes }: SalvageOptions,
): Promise<Salvage> {
  const { segments, unreadable } = await findSegments(directory, dimensions.length, crc32c);
  const strides = dimensions.map((dimension) => dimension * 4);
  const base = await readBase(directory, strides, segments, crc32c);
  const found: Salvage = {
    directory,
    dimensions,
    segments: new Map(segments.map((segment) => [segment.id, segment])),
    survivors: base === undefined ? new Survivors() : Survivors.from(base.table),
    unreadable,
    missingLsns: [],
    leftovers: [],
    wholeAnyway: new Set(),
    checkpointLsn: base?.position.lsn ?? 0,
    async close() {
      for (const segment of segments) await closeFound(segment);
    },
  };
  try {
    let lsn = segments[0]?.firstLsn === undefined ? 0 : segments[0].firstLsn - 1;
    for (const [index, segment] of segments.entries()) {
      const scan = new SegmentScan(found, segment, base?.position, crc32c, onBytes);
      // What a lost segment held, its neighbours tell.
      if (segment.log === undefined) {
        const to = segment.isSealed
          ? (segment.end?.lsn ?? (segments[index + 1]?.firstLsn ?? lsn + 1) - 1)
          : segment.end?.lsn;
        if (to !== undefined) scan.noteMissing({ from: lsn + 1, to });
        lsn = Math.max(lsn, to ?? lsn);
        continue;
      }
      lsn = await scan.run(lsn);
    }
    return found;
  } catch (error) {
    await found.close();
    throw error;
  }
}

async function readBase(
  directory: Directory,
  strides: readonly number[],
  segments: readonly FoundSegment[],
  crc32c: Kernel["crc32c"],
) {
  try {
    const base = await readSlots(directory, strides, crc32c);
    const found = new Set(segments.map(({ id }) => id));
    return base.segments.every((id) => found.has(id)) ? base : undefined;
  } catch (error) {
    const isUnfit = isFrancaError(error) || error instanceof RangeError || error instanceof SyntaxError;
    if (!isUnfit) throw error;
    return undefined;
  }
}

/** One segment's part of a salvage. */
class SegmentScan {
  readonly #found: Salvage;
  readonly #segment: FoundSegment;
  readonly #from: LogPosition | undefined;
  readonly #crc32c: Kernel["crc32c"];
  readonly #onBytes: (bytes: number) => void;
  readonly #windows: (Window | undefined)[];
  /** By ordinal: where a vector with a checksum lies; made when it is needed. */
  readonly #byChecksum: Map<number, number>[] = [];

  constructor(
    found: Salvage,
    segment: FoundSegment,
    from: LogPosition | undefined,
    crc32c: Kernel["crc32c"],
    onBytes: (bytes: number) => void,
  ) {
    this.#found = found;
    this.#segment = segment;
    this.#from = from;
    this.#crc32c = crc32c;
    this.#onBytes = onBytes;
    this.#windows = segment.vectors.map((file) => file && new Window(file));
  }

  /** Returns the LSN that it ends with. */
  async run(before: number): Promise<number> {
    const { log, firstLsn, end, isSealed } = this.#segment;
    const expected = firstLsn ?? before + 1;
    if (expected > before + 1) this.noteMissing({ from: before + 1, to: expected - 1 });
    let lsn = expected - 1;
    const size = await log!.size();
    const limits = {
      firstLsn: expected,
      durableBytes: end?.logBytes ?? (isSealed ? size : segmentHeaderBytes),
      durableLsn: end?.lsn,
      isSealed,
      isCompacted: this.#segment.isCompacted,
    };
    this.#onBytes(segmentHeaderBytes);
    for await (const piece of readSegment(log!, limits, this.#found.dimensions.length, this.#crc32c)) {
      this.#onBytes(piece.length);
      if (piece.kind === "tail" || (await this.#isTornByVectors(piece, limits.durableBytes, lsn, size))) {
        this.#leave(piece.at, size - piece.at);
        return lsn;
      }
      if (piece.kind === "frame") {
        if (piece.firstLsn > lsn + 1 && !this.#segment.isCompacted)
          this.noteMissing({ from: lsn + 1, to: piece.firstLsn - 1 });
        lsn = this.#segment.isCompacted ? piece.firstLsn : piece.firstLsn + piece.count - 1;
        await this.#frame(piece);
      } else {
        if (piece.lsns !== undefined) {
          this.noteMissing(piece.lsns);
          lsn = piece.lsns.to;
        }
        await this.#gap(piece);
      }
    }
    return this.#segment.isCompacted ? Math.max(lsn, end?.lsn ?? lsn) : lsn;
  }

  /** What is lost and not told by the checkpoint. */
  noteMissing(lsns: LsnRange): void {
    const from = Math.max(lsns.from, this.#found.checkpointLsn + 1);
    if (from <= lsns.to) this.#found.missingLsns.push({ from, to: lsns.to });
  }

  #leave(offset: number, length: number): void {
    const what = "the torn end of a write that was never acknowledged; opening cuts it";
    this.#found.leftovers.push({ file: this.#path(), offset, length, what });
  }

  async #isTornByVectors(
    piece: FramePiece | GapPiece,
    durable: number,
    lsn: number,
    size: number,
  ): Promise<boolean> {
    if (piece.kind !== "frame" || piece.at < durable || this.#segment.isSealed) return false;
    for (const { record } of piece.records) {
      if (record.kind === "put" && (await this.#badRows(record)).length > 0)
        return !(await hasWitness(this.#segment.log!, piece.at, size, lsn, this.#crc32c));
    }
    return false;
  }

  async #frame(piece: FramePiece): Promise<void> {
    const isTold = this.#isBefore(piece.at);
    if (piece.how !== undefined)
      this.#tell(piece, piece.how, { from: piece.firstLsn, to: piece.firstLsn + piece.count - 1 });
    for (const [i, { record, offset }] of piece.records.entries()) {
      const at = piece.at + frameHeaderBytes + offset;
      const isUnnamed =
        record.kind === "put" && record.entries.damaged !== undefined && !piece.entriesAreWhole;
      // Whatever point it was, an older version of it lives on.
      if (isUnnamed && !isTold) this.noteMissing({ from: piece.firstLsn + i, to: piece.firstLsn + i });
      if (piece.entriesAreWhole) this.#noteWhole(record, at);
      if (record.kind === "put") await this.#vectorsOf(record);
      if (!isTold) this.#apply(record, at, piece.entriesAreWhole);
    }
  }

  #apply(record: ReadRecord, at: number, entriesAreWhole: boolean): void {
    const { survivors } = this.#found;
    if (record.kind === "delete") {
      for (const slot of record.slots) survivors.delete(slot);
      return;
    }
    const damaged = new Set(entriesAreWhole ? [] : record.entries.damaged);
    const places = this.#vectorPlaces(record);
    for (let i = 0; i < record.ids.length; i++) {
      const id = damaged.has(i) ? undefined : record.ids[i]!;
      const entry = this.#entryPlace(record, at, i);
      if (record.kind === "payload") survivors.movePayload(record.slots[i]!, id, entry);
      else survivors.put(record.slots[i]!, { id, entry, vectors: places.map((field) => field[i]) });
    }
  }

  /** Points that hold their own checksums are there, wherever their slots are; deletions cannot be vouched for. */
  async #gap(piece: GapPiece): Promise<void> {
    this.#tell(piece, piece.how, piece.lsns);
    if (this.#isBefore(piece.at)) return;
    if (piece.loose.length === 0) await this.#scattered(piece);
    for (const { record, offset } of piece.loose) {
      if (record.kind === "delete") continue;
      const at = piece.at + frameHeaderBytes + offset;
      const damaged = new Set(record.entries.damaged);
      const bad = record.kind === "put" ? new Set(await this.#badRows(record)) : undefined;
      const places = this.#vectorPlaces(record);
      // Slots are given out one after the other: a first slot that is the next one is hardly a damaged one.
      const isNext = record.kind === "put" && record.slots[0] === this.#found.survivors.nextSlot;
      for (let i = 0; i < record.ids.length; i++) {
        if (damaged.has(i)) continue;
        const entry = this.#entryPlace(record, at, i);
        if (record.kind === "payload") this.#found.survivors.movePayload(undefined, record.ids[i]!, entry);
        // Rows that match the checksums in their entries are theirs; where one does not, none is trusted.
        else {
          const vectors = places.map((field, ordinal) => (bad!.has(ordinal) ? lost(field[i]) : field[i]));
          this.#found.survivors.put(isNext ? record.slots[i] : undefined, {
            id: record.ids[i]!,
            entry,
            vectors,
          });
        }
      }
    }
  }

  /** Points of a region in which not even records can be told apart. Their vectors are found by their checksums. */
  async #scattered({ at, length }: GapPiece): Promise<void> {
    const { survivors, dimensions } = this.#found;
    const bytes = await this.#segment.log!.read(at, length);
    for (const { offset, length: own, entry } of findEntries(bytes, dimensions.length, this.#crc32c)) {
      const place = { segment: this.#segment.id, offset: at + offset, length: own };
      const checksums = entry.vectorChecksums;
      // Without vectors it is a new payload, or a point that never had any.
      const isPut = checksums.some((checksum) => checksum !== undefined) || !survivors.has(entry.id);
      if (!isPut) {
        survivors.movePayload(undefined, entry.id, place);
        continue;
      }
      const vectors: (VectorPlace | undefined)[] = [];
      for (const [ordinal, checksum] of checksums.entries()) {
        if (checksum === undefined) vectors.push(undefined);
        else {
          const row = (await this.#rowsByChecksum(ordinal)).get(checksum) ?? lostRow;
          vectors.push({ segment: this.#segment.id, row, checksum });
        }
      }
      survivors.put(undefined, { id: entry.id, entry: place, vectors });
    }
  }

  async #rowsByChecksum(ordinal: number): Promise<Map<number, number>> {
    const known = this.#byChecksum[ordinal];
    if (known !== undefined) return known;
    const rows = new Map<number, number>();
    this.#byChecksum[ordinal] = rows;
    const file = this.#segment.vectors[ordinal];
    const window = this.#windows[ordinal];
    if (file === undefined || window === undefined) return rows;
    const stride = this.#found.dimensions[ordinal]! * 4;
    const count = Math.floor((await file.size()) / stride);
    for (let row = 0; row < count; row++)
      rows.set(this.#crc32c(await window.read(row * stride, stride)), row);
    return rows;
  }

  #tell(piece: { at: number; length: number }, how: string, lsns: LsnRange | undefined): void {
    const { at: offset, length } = piece;
    this.#found.unreadable.push({ file: this.#path(), offset, length, how, ...(lsns && { lsns }) });
  }

  #noteWhole(record: ReadRecord, at: number): void {
    if (!("entries" in record)) return;
    for (const i of record.entries.damaged ?? [])
      this.#found.wholeAnyway.add(`${this.#segment.id}:${at + record.entries.offsets[i]!}`);
  }

  /** Vectors of points that live are looked at with them; those of others here, since every byte is to be read. */
  async #vectorsOf(record: PutRecord): Promise<void> {
    for (const [ordinal, { count }] of record.vectors.entries())
      this.#onBytes(count * this.#found.dimensions[ordinal]! * 4);
    for (const { ordinal, row, entry } of await this.#badVectors(record)) {
      const stride = this.#found.dimensions[ordinal]! * 4;
      this.#found.unreadable.push({
        file: `${this.#found.directory.location}/${vectorFileName(this.#segment.id, ordinal)}`,
        offset: row * stride,
        length: stride,
        how: "the vector is missing, or its checksum differs",
        point: record.ids[entry]!,
      });
    }
  }

  async #badRows(record: PutRecord): Promise<number[]> {
    return [...new Set((await this.#badVectors(record)).map(({ ordinal }) => ordinal))];
  }

  async #badVectors(record: PutRecord): Promise<{ ordinal: number; row: number; entry: number }[]> {
    const bad: { ordinal: number; row: number; entry: number }[] = [];
    for (const [ordinal, { firstRow, count, checksums }] of record.vectors.entries()) {
      const stride = this.#found.dimensions[ordinal]! * 4;
      const bytes =
        (await this.#windows[ordinal]?.read(firstRow * stride, count * stride)) ?? new Uint8Array(0);
      for (const [entry, row] of rowsOfPut(record, ordinal).entries()) {
        if (row === undefined || row === lostRow) continue;
        const own = bytes.subarray((row - firstRow) * stride, (row - firstRow + 1) * stride);
        if (own.length < stride || this.#crc32c(own) !== checksums[entry]) bad.push({ ordinal, row, entry });
      }
    }
    return bad;
  }

  #vectorPlaces(record: ReadRecord): (VectorPlace | undefined)[][] {
    if (record.kind !== "put") return [];
    const { id: segment } = this.#segment;
    return record.vectors.map(({ checksums }, ordinal) =>
      rowsOfPut(record, ordinal).map((row, i) =>
        row === undefined ? undefined : { segment, row, checksum: checksums[i]! },
      ),
    );
  }

  #entryPlace({ entries }: Exclude<ReadRecord, { kind: "delete" }>, at: number, i: number): EntryPlace {
    return { segment: this.#segment.id, offset: at + entries.offsets[i]!, length: entries.lengths[i]! };
  }

  /** Whether the checkpoint tells what came of it. */
  #isBefore(at: number): boolean {
    if (this.#from === undefined) return false;
    const order = [...this.#found.segments.keys()];
    const own = order.indexOf(this.#segment.id);
    const base = order.indexOf(this.#from.segment);
    return own < base || (own === base && at < this.#from.logBytes);
  }

  #path(): string {
    return `${this.#found.directory.location}/${logFileName(this.#segment.id)}`;
  }
}

type PutRecord = Extract<ReadRecord, { kind: "put" }>;

/** A place whose bytes will not match, so that it is told as damaged. */
function lost(place: VectorPlace | undefined): VectorPlace | undefined {
  return place && { ...place, row: lostRow };
}
