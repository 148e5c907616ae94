/**
 * The segment that a compaction writes: entries and vectors as they are, gathered into frames of about 1 MiB, so that
 * no more is in memory at once, and many small records become few.
 */
import type { Kernel } from "../kernel.ts";
import { encodeDelete, encodePayloadEntries, encodePutAt, putAtHeaderBytes } from "../log/encode-record.ts";
import { encodeFrameHeader, frameHeaderBytes } from "../log/frame.ts";
import { recordHeaderBytes } from "../log/record.ts";
import { type Segment, syncFiles } from "../log/segment.ts";
import { type Moved, Moves } from "./moves.ts";

/** Where something was read. */
export interface Origin {
  segment: number;
  offset: number;
  /** Of the frame. */
  lsn: number;
}

interface Gathered {
  slots: number[];
  kinds: Moved[];
  entries: Uint8Array[];
  origins: Origin[];
}

const frameBytes = 2 ** 20;
const slotsPerDelete = 2 ** 18;

export class Output {
  readonly segment: Segment;
  readonly moves: Moves;
  /** Bytes of deletions. */
  deleteBytes = 0;
  readonly #strides: readonly number[];
  readonly #crc32c: Kernel["crc32c"];
  #puts: Gathered = gathered();
  #payloads: Gathered = gathered();
  /** By ordinal, of the gathered puts; and which of them each belongs to. */
  #rows: Uint8Array[][];
  #owners: number[][];
  #bytes = 0;

  constructor(segment: Segment, strides: readonly number[], crc32c: Kernel["crc32c"]) {
    this.segment = segment;
    this.moves = new Moves(strides.length);
    this.#strides = strides;
    this.#crc32c = crc32c;
    this.#rows = strides.map(() => []);
    this.#owners = strides.map(() => []);
  }

  /** Written at once. */
  async deletes(slots: readonly number[], lsn: number): Promise<void> {
    for (let first = 0; first < slots.length; first += slotsPerDelete) {
      const { bytes } = encodeDelete(slots.slice(first, first + slotsPerDelete));
      this.deleteBytes += bytes.length;
      await this.#write([bytes], lsn);
    }
  }

  /** @param rows by ordinal, undefined where the point has no vector; they are copied when the frame is written */
  put(
    slot: number,
    kind: "whole put" | "bare put",
    entry: Uint8Array,
    rows: readonly (Uint8Array | undefined)[],
    origin: Origin,
  ): void {
    const index = this.#puts.slots.length;
    this.#gather(this.#puts, slot, kind, entry, origin);
    rows.forEach((row, ordinal) => {
      if (row === undefined) return;
      this.#rows[ordinal]!.push(row);
      this.#owners[ordinal]!.push(index);
      this.#bytes += row.length;
    });
  }

  payload(slot: number, entry: Uint8Array, origin: Origin): void {
    this.#gather(this.#payloads, slot, "payload", entry, origin);
  }

  get isFull(): boolean {
    return this.#bytes >= frameBytes;
  }

  /** Writes what is gathered as one frame: puts before payloads, which may be of the same slots. */
  async flush(): Promise<void> {
    const puts = this.#puts;
    const payloads = this.#payloads;
    if (puts.slots.length === 0 && payloads.slots.length === 0) return;
    const { end } = this.segment;
    const records: Uint8Array[] = [];
    let at = end.logBytes + frameHeaderBytes;
    if (puts.slots.length > 0) {
      const rows = this.#rows.map((field, ordinal) => ({
        firstRow: end.rows[ordinal]!,
        count: field.length,
      }));
      const record = encodePutAt(puts.slots, rows, puts.entries);
      const first = this.#note(puts, at + putAtHeaderBytes(puts.slots.length, rows.length));
      this.#owners.forEach((owners, ordinal) => {
        owners.forEach((owner, row) => {
          this.moves.rows[ordinal]![first + owner] = end.rows[ordinal]! + row;
        });
      });
      records.push(record);
      at += record.length;
    }
    if (payloads.slots.length > 0) {
      records.push(encodePayloadEntries(payloads.slots, payloads.entries));
      this.#note(payloads, at + recordHeaderBytes + 4 + payloads.slots.length * 4);
    }
    const [first] = [...puts.origins, ...payloads.origins].sort((a, b) => a.lsn - b.lsn);
    const rows = this.#rows;
    this.#puts = gathered();
    this.#payloads = gathered();
    this.#rows = this.#strides.map(() => []);
    this.#owners = this.#strides.map(() => []);
    this.#bytes = 0;
    await this.#write(records, first!.lsn, rows);
  }

  /** Makes all of it durable. @param lsn of the last record that it stands for */
  async finish(lsn: number): Promise<void> {
    await this.flush();
    this.segment.end.lsn = lsn;
    await syncFiles(this.segment);
  }

  #gather(into: Gathered, slot: number, kind: Moved, entry: Uint8Array, origin: Origin): void {
    into.slots.push(slot);
    into.kinds.push(kind);
    into.entries.push(entry);
    into.origins.push(origin);
    this.#bytes += entry.length;
  }

  /** Notes where entries go that follow each other from `at`. Returns the index of the first. */
  #note({ slots, kinds, entries, origins }: Gathered, at: number): number {
    const first = this.moves.size;
    let offset = at;
    for (let i = 0; i < slots.length; i++) {
      const { length } = entries[i]!;
      this.moves.add(slots[i]!, kinds[i]!, origins[i]!, { offset, length });
      offset += length;
    }
    return first;
  }

  async #write(
    records: readonly Uint8Array[],
    lsn: number,
    rows: readonly Uint8Array[][] = [],
  ): Promise<void> {
    const { log, vectors, end } = this.segment;
    const header = encodeFrameHeader(records, { firstLsn: lsn, syncedLsn: 0 }, this.#crc32c);
    const writes = [log.write(end.logBytes, [header, ...records])];
    rows.forEach((pieces, ordinal) => {
      if (pieces.length === 0) return;
      writes.push(vectors[ordinal]!.write(end.rows[ordinal]! * this.#strides[ordinal]!, pieces));
      end.rows[ordinal]! += pieces.length;
    });
    end.logBytes += records.reduce((sum, record) => sum + record.length, header.length);
    // All have to end before a failure is handled: none may write into what is removed.
    const failed = (await Promise.allSettled(writes)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}

function gathered(): Gathered {
  return { slots: [], kinds: [], entries: [], origins: [] };
}
