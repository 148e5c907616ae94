/**
 * Reads payloads and vectors of slots back from the log, each checked: a payload by its entry's checksum and id,
 * a vector by the checksum in the slot table. What is not as it was written is data_loss, never an answer.
 */
import { FrancaError, isFrancaError } from "../errors.ts";
import { compareIds, type PointId } from "../model/id.ts";
import type { Payload } from "../model/payload.ts";
import type { Kernel } from "./kernel.ts";
import { decodeEntry } from "./log/entry.ts";
import type { Log } from "./log/log.ts";
import { firstBadRow } from "./log/replay.ts";
import { type Run, runsOf, type Span } from "./log/spans.ts";
import { createPauser } from "./query/pause.ts";
import { noRow, type SlotTable } from "./slots.ts";
import type { Slot } from "./view.ts";

export interface PointSource {
  log: Log;
  slots: SlotTable;
  dimensions: readonly number[];
  crc32c: Kernel["crc32c"];
  /** Told of every damaged part that is read, before the read fails. @param field absent: the payload */
  onDamage(slot: Slot, error: FrancaError, field?: number): void;
}

/** Runs read at once: enough to keep the medium busy, few enough to bound memory. */
const concurrentRuns = 16;
/** The longest run that is read without leaving the thread. */
const longestNowBytes = 64 * 1024;
/** Entries and rows looked at between two looks at the clock. */
const membersPerStep = 256;

/**
 * What `read` makes of the payloads as they lie in the entries, in the order of `slots`, live or dead.
 * @param read may throw RangeError or TypeError for what it cannot read: that is damage
 * @throws FrancaError data_loss, cancelled, deadline_exceeded
 */
export async function readEntries<T>(
  source: PointSource,
  slots: readonly Slot[],
  read: (stored: Payload) => T,
  signal?: AbortSignal,
): Promise<T[]> {
  const { log, slots: table, crc32c } = source;
  const found: T[] = new Array(slots.length);
  const damaged = new Damaged(source);
  // Where entries lie is noted before anything is awaited: a payload replaced meanwhile is still at its old place.
  const places = slots.map((slot) => ({
    segment: table.entrySegment[slot]!,
    offset: table.entryOffset[slot]!,
    length: table.entryLength[slot]!,
  }));
  const ids = slots.map((slot) => table.ids[slot]!);
  await forEachRun(
    places,
    {
      now: (segment, run) => log.readLogNow(segment, run.offset, run.length),
      later: (segment, run) => log.readLog(segment, run.offset, run.length),
    },
    (index, bytes) => {
      const { segment, offset } = places[index]!;
      const damage = (how: string) => log.damage(segment, undefined, offset, how);
      damaged.noting(slots[index]!, undefined, () => {
        const entry = decodeEntry(bytes, table.fields, crc32c, damage);
        if (compareIds(entry.id, ids[index]!) !== 0) {
          throw damage("another point lies there than the slot table says");
        }
        found[index] = orDamage(() => read(entry.payload), damage);
      });
    },
    signal,
  );
  damaged.throwAny();
  return found;
}

function orDamage<T>(read: () => T, damage: (how: string) => FrancaError): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError) && !(cause instanceof TypeError)) throw cause;
    throw damage(`the vectors of the point there cannot be read (${cause.message})`);
  }
}

/** Vectors of a field in the order of `slots`, undefined where the point has none. @throws like `readEntries` */
export async function readVectors(
  source: PointSource,
  ordinal: number,
  slots: readonly Slot[],
  signal?: AbortSignal,
): Promise<(Float32Array | undefined)[]> {
  const { log, slots: table, dimensions, crc32c } = source;
  const stride = dimensions[ordinal]! * 4;
  const vectors: (Float32Array | undefined)[] = new Array(slots.length).fill(undefined);
  const damaged = new Damaged(source);
  const wanted = slots.flatMap((slot, index) =>
    table.rows[ordinal]![slot] === noRow ? [] : [{ slot, index, row: table.rows[ordinal]![slot]! }],
  );
  const places = wanted.map(({ slot, row }) => ({
    segment: table.bornIn[slot]!,
    offset: row * stride,
    length: stride,
  }));
  const checksums = wanted.map(({ slot }) => table.checksums[ordinal]![slot]!);
  await forEachRun(
    places,
    {
      now: (segment, run) => log.readRowsNow(segment, ordinal, run.offset / stride, run.length / stride),
      later: (segment, run) => log.readRows(segment, ordinal, run.offset / stride, run.length / stride),
    },
    (position, bytes) => {
      const { slot, index } = wanted[position]!;
      damaged.noting(slot, ordinal, () => {
        if (firstBadRow(bytes, stride, [checksums[position]!], crc32c) >= 0) {
          const { segment, offset } = places[position]!;
          throw log.damage(segment, ordinal, offset, "the vector is missing, or its checksum differs");
        }
        vectors[index] = new Float32Array(bytes.slice().buffer);
      });
    },
    signal,
  );
  damaged.throwAny();
  return vectors;
}

/** Goes on past damaged points, so that all of them are told at once. */
class Damaged {
  readonly #source: PointSource;
  readonly #ids = new Set<PointId>();
  #first: FrancaError | undefined;

  constructor(source: PointSource) {
    this.#source = source;
  }

  noting(slot: Slot, field: number | undefined, read: () => void): void {
    const id = this.#source.slots.ids[slot]!;
    try {
      read();
    } catch (error) {
      if (!isFrancaError(error, "data_loss")) throw error;
      this.#first ??= error;
      this.#ids.add(id);
      this.#source.onDamage(slot, error, field);
    }
  }

  throwAny(): void {
    if (this.#first === undefined) return;
    const ids = [...this.#ids].slice(0, 100);
    const shown = ids.slice(0, 5).map((id) => (typeof id === "string" ? JSON.stringify(id) : String(id)));
    const which = `${this.#ids.size === 1 ? "point" : "points"} ${shown.join(", ")}${this.#ids.size > 5 ? ", …" : ""}`;
    throw new FrancaError("data_loss", `${which} cannot be read: ${this.#first.message}`, {
      details: { ...this.#first.details, ids, count: this.#ids.size },
      cause: this.#first,
    });
  }
}

interface SegmentRun {
  segment: number;
  /** Of the places in this segment. */
  indices: readonly number[];
  run: Run;
}

interface Reading {
  /** Undefined where the medium would have to be waited for. */
  now(segment: number, run: Run): Uint8Array | undefined;
  later(segment: number, run: Run): Promise<Uint8Array>;
}

async function forEachRun(
  places: readonly (Span & { segment: number })[],
  reading: Reading,
  use: (index: number, bytes: Uint8Array) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pause = createPauser("reading points", signal);
  const bySegment = new Map<number, number[]>();
  places.forEach(({ segment }, index) => {
    const indices = bySegment.get(segment);
    if (indices === undefined) bySegment.set(segment, [index]);
    else indices.push(index);
  });
  const runs: SegmentRun[] = [...bySegment].flatMap(([segment, indices]) =>
    runsOf(indices.map((index) => places[index]!)).map((run) => ({ segment, indices, run })),
  );
  const useMember = ({ indices, run }: SegmentRun, member: number, bytes: Uint8Array): void => {
    const { offset, length } = places[indices[member]!]!;
    use(indices[member]!, bytes.subarray(offset - run.offset, offset - run.offset + length));
  };
  const later: SegmentRun[] = [];
  for (const one of runs) {
    const turn = pause();
    if (turn !== undefined) await turn;
    // Short ones, so that what is read at one go takes no time worth speaking of.
    const bytes = one.run.length <= longestNowBytes ? reading.now(one.segment, one.run) : undefined;
    if (bytes === undefined) later.push(one);
    else for (const member of one.run.members) useMember(one, member, bytes);
  }
  for (let first = 0; first < later.length; first += concurrentRuns) {
    await pause();
    const reads = await Promise.allSettled(
      later.slice(first, first + concurrentRuns).map(async (one) => {
        const bytes = await reading.later(one.segment, one.run);
        for (const [i, member] of one.run.members.entries()) {
          if (i % membersPerStep === 0) await pause();
          useMember(one, member, bytes);
        }
      }),
    );
    const failed = reads.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}
