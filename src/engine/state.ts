/**
 * What a collection is right now, in memory: slot table, vector indexes, payload indexes. Changed only by applying
 * records that are durable, in the order of the log, whether they have just been written or are being replayed.
 */
import { FrancaError } from "../errors.ts";
import type { PointId } from "../model/id.ts";
import type { PathSyntax } from "../model/path.ts";
import type { Payload } from "../model/payload.ts";
import type { Warning } from "../model/result.ts";
import type { CollectionSchema, PayloadField } from "../model/schema.ts";
import { type Bitset, clearBit } from "./bitset.ts";
import { DamagedPoints } from "./damaged-points.ts";
import { type NumberedField, numberedFields } from "./fields.ts";
import { EntryIndexes } from "./index/entry-indexes.ts";
import type { MultiIndex } from "./index/multi-index.ts";
import { createPayloadIndexes } from "./index/payload-indexes.ts";
import type { SparseIndex } from "./index/sparse-index.ts";
import type { Kernel, VectorIndex } from "./kernel.ts";
import { deleteRecordBytes } from "./log/encode-record.ts";
import { decodeVectors, storedVectors, withoutVectors } from "./log/entry-vectors.ts";
import type { Log } from "./log/log.ts";
import type { DeleteMutation, Mutation, PayloadMutation, PutMutation } from "./log/record.ts";
import { MappedRows } from "./memory/mapped-rows.ts";
import { OrderedIds } from "./ordered-ids.ts";
import { readEntries, readVectors } from "./point-reader.ts";
import { putVectors } from "./put-vectors.ts";
import { readable } from "./readable.ts";
import { Readers } from "./readers.ts";
import { noRow, SlotTable } from "./slots.ts";
import type { CollectionView, PayloadIndexes, PointEntry, Slot } from "./view.ts";

/** Where a record's bytes begin. */
export interface RecordPlace {
  segment: number;
  offset: number;
}

export class CollectionState implements CollectionView {
  readonly name: string;
  readonly log: Log;
  readonly crc32c: Kernel["crc32c"];
  readonly firstBadRow: Kernel["firstBadRow"];
  /** By ordinal. */
  readonly fields: readonly NumberedField[];
  readonly dimensions: readonly number[];
  readonly vectorFields: CollectionView["vectorFields"];
  sparseFields: CollectionView["sparseFields"];
  multiFields: CollectionView["multiFields"];
  readonly vectorIndexes: readonly VectorIndex[];
  payloadFields: { readonly [path: string]: PayloadField };
  readonly paths: PathSyntax;
  indexes: PayloadIndexes;
  /** Of sparse and multi fields. Absent while the log is replayed: they are made when that is done. */
  entryIndexes: EntryIndexes | undefined;
  table: SlotTable;
  /** What of the log is known to be damaged, without hiding anything else. */
  readonly damage: DamagedPoints = new DamagedPoints();
  /** Payload indexes do not know what a replayed log says, since some of it could not be read. */
  indexesAreStale = false;
  /** LSN of the checkpoint that it was opened from; 0 when all was replayed. */
  checkpointLsn = 0;
  /** Who reads, so that what they may have noted is not given away. */
  readonly readers: Readers = new Readers();
  /** By ordinal: the least LSN of the graph's checkpoint, where there is one: an older one knows slots that were released. */
  readonly graphFiles: Map<number, number> = new Map();
  /** Which rows are read from files instead of memory. */
  readonly mapped: MappedRows;
  /** Points put and deleted by this process, replay included, and slots taken out of graphs. */
  changes = 0;
  readonly #ordered = new OrderedIds();

  constructor(name: string, schema: CollectionSchema, log: Log, kernel: Kernel) {
    this.name = name;
    this.log = log;
    this.crc32c = (bytes, seed) => kernel.crc32c(bytes, seed);
    this.firstBadRow = (bytes, rowBytes, checksums) => kernel.firstBadRow(bytes, rowBytes, checksums);
    this.fields = numberedFields(schema);
    this.dimensions = this.fields.map((field) => field.dimension);
    this.vectorFields = Object.fromEntries(this.fields.map((field) => [field.name, field]));
    this.sparseFields = withDefaults(schema.sparse, { modifier: "none" });
    this.multiFields = withDefaults(schema.multi, { metric: "cosine" });
    this.vectorIndexes = this.fields.map(({ dimension, metric, hnsw }) =>
      kernel.createIndex({ dimension, metric, ...hnsw }),
    );
    this.payloadFields = schema.payload ?? {};
    this.paths = schema.paths ?? "implicit";
    this.indexes = createPayloadIndexes(this.payloadFields, this.paths);
    this.table = new SlotTable(this.strides);
    this.mapped = new MappedRows(this, kernel);
  }

  /** By ordinal: bytes of a vector in the log. */
  get strides(): number[] {
    return this.dimensions.map((dimension) => dimension * 4);
  }

  /** Takes changed sparse and multi fields into use: new ones hold nothing yet. Whether any changed. */
  adoptEntryFields(schema: CollectionSchema): boolean {
    const sparse = withDefaults(schema.sparse, { modifier: "none" as const });
    const multi = withDefaults(schema.multi, { metric: "cosine" as const });
    const before = JSON.stringify([this.sparseFields, this.multiFields]);
    if (JSON.stringify([sparse, multi]) === before) return false;
    this.sparseFields = sparse;
    this.multiFields = multi;
    this.entryIndexes = new EntryIndexes(this, this.entryIndexes);
    return true;
  }

  /** Whether there are sparse or multi fields, whose vectors lie in the entries. */
  get hasEntryVectors(): boolean {
    return Object.keys(this.sparseFields).length + Object.keys(this.multiFields).length > 0;
  }

  get slots(): number {
    return this.table.slots;
  }

  get points(): number {
    return this.table.points;
  }

  liveSnapshot(fields?: readonly string[]): Bitset {
    const live = this.table.live.slice();
    for (const slot of this.damage.slots(fields)) clearBit(live, slot);
    return live;
  }

  get noticedDamage(): number {
    return this.damage.noticed;
  }

  get warnings(): readonly Warning[] {
    return this.damage.warnings((slot) => this.idOf(slot));
  }

  isLive(slot: Slot): boolean {
    return this.table.isLive(slot);
  }

  slotOf(id: PointId): Slot | undefined {
    return this.table.slotOf(id);
  }

  idOf(slot: Slot): PointId {
    return this.table.ids[slot]!;
  }

  *idsInOrder(after?: PointId): Generator<{ id: PointId; slot: Slot }> {
    const all = () => this.table.ids.filter((_, slot) => this.table.isLive(slot));
    for (const id of this.#ordered.after(after, all)) {
      const slot = this.table.slotOf(id);
      if (slot !== undefined) yield { id, slot };
    }
  }

  payloads(slots: readonly Slot[], signal?: AbortSignal): Promise<Payload[]> {
    const read = this.hasEntryVectors ? withoutVectors : asStored;
    return this.readers.during(() => readEntries(this.#source, slots, read, signal));
  }

  /** As they lie in the entries, with the sparse and multi vectors. */
  storedPayloads(slots: readonly Slot[], signal?: AbortSignal): Promise<Payload[]> {
    return this.readers.during(() => readEntries(this.#source, slots, asStored, signal));
  }

  entries(slots: readonly Slot[], signal?: AbortSignal): Promise<PointEntry[]> {
    const read = (stored: Payload): PointEntry => ({
      payload: withoutVectors(stored),
      vectors: decodeVectors(storedVectors(stored), this),
    });
    return this.readers.during(() => readEntries(this.#source, slots, read, signal));
  }

  vectors(
    field: string,
    slots: readonly Slot[],
    signal?: AbortSignal,
  ): Promise<(Float32Array | undefined)[]> {
    const ordinal = this.#ordinalOf(field);
    return this.readers.during(() => readVectors(this.#source, ordinal, slots, signal));
  }

  slotsWithVector(field: string): Bitset {
    if (Object.hasOwn(this.sparseFields, field)) return this.sparseIndex(field).has;
    if (Object.hasOwn(this.multiFields, field)) return this.multiIndex(field).has;
    return this.table.withVector[this.#ordinalOf(field)]!;
  }

  vectorIndex(field: string): VectorIndex {
    return this.vectorIndexes[this.#ordinalOf(field)]!;
  }

  sparseIndex(field: string): SparseIndex {
    return this.entryIndexes!.sparseIndex(field);
  }

  multiIndex(field: string): MultiIndex {
    return this.entryIndexes!.multiIndex(field);
  }

  /** @param before of a payload mutation: the payloads that it replaces */
  apply(mutation: Mutation, place: RecordPlace, before: readonly Payload[]): void {
    if (mutation.kind === "put") {
      mutation.vectors.forEach((field, ordinal) => {
        putVectors(this.vectorIndexes[ordinal]!, mutation.slots, field.checksums, field.rows);
      });
    }
    for (const slot of this.replay(mutation, place, before)) this.markDead(slot);
  }

  /** The same without the vector indexes, which are filled when the log has been replayed. Returns slots that died. */
  replay(mutation: Mutation, place: RecordPlace, before: readonly (Payload | undefined)[]): Slot[] {
    if (mutation.kind === "put") return this.#put(mutation, place);
    if (mutation.kind === "delete") return this.#delete(mutation, place);
    this.#replacePayloads(mutation, place, before);
    return [];
  }

  /** A payload mutation as far as it is about points that live: the puts of others may have been compacted away. */
  ofTheLiving(mutation: PayloadMutation, { segment }: RecordPlace): PayloadMutation {
    if (mutation.slots.every((slot) => this.isLive(slot))) return mutation;
    const kept: PayloadMutation = {
      kind: "payload",
      slots: [],
      ids: [],
      payloads: [],
      entries: { offsets: [], lengths: [] },
    };
    mutation.slots.forEach((slot, i) => {
      if (!this.isLive(slot)) {
        this.table.usage.dropped(segment, mutation.entries.lengths[i]!);
        return;
      }
      if (mutation.entries.damaged?.includes(i)) {
        kept.entries.damaged ??= [];
        kept.entries.damaged.push(kept.slots.length);
      }
      kept.slots.push(slot);
      kept.ids.push(mutation.ids[i]!);
      kept.payloads.push(mutation.payloads[i]!);
      kept.entries.offsets.push(mutation.entries.offsets[i]!);
      kept.entries.lengths.push(mutation.entries.lengths[i]!);
    });
    return kept;
  }

  /** Tells vector indexes that hold a slot that it is dead. */
  markDead(slot: Slot): void {
    this.vectorIndexes.forEach((index, ordinal) => {
      if (this.table.rows[ordinal]![slot] !== noRow) index.markDeleted(slot);
    });
  }

  async free(): Promise<void> {
    await this.mapped.stop();
    for (const index of this.vectorIndexes) await index.free();
    this.mapped.close();
  }

  #put(mutation: PutMutation, place: RecordPlace): Slot[] {
    const { slots, ids, payloads, entries } = mutation;
    const died: Slot[] = [];
    this.changes += ids.length;
    const nextRows = mutation.vectors.map((field) => field.firstRow);
    for (let i = 0; i < ids.length; i++) {
      const slot = slots[i]!;
      const rows = mutation.vectors.map(({ checksums }, ordinal) => {
        const checksum = checksums[i];
        return checksum === undefined ? { row: noRow, checksum: 0 } : { row: nextRows[ordinal]!++, checksum };
      });
      // A slot is put again only when its tenant is dead; the log may no longer have the record by which it died.
      if (this.isLive(slot)) this.#kill(slot, place.segment, died);
      const replaced = this.table.add(slot, ids[i]!, entryPlace(place, entries, i), rows);
      if (replaced === undefined) this.#ordered.add(ids[i]!);
      else {
        this.damage.heal(replaced);
        this.indexes.delete(replaced);
        this.entryIndexes?.delete(replaced);
        died.push(replaced);
      }
      this.indexes.insert(slot, payloads[i]!);
      this.entryIndexes?.insert(slot, decodeVectors(storedVectors(payloads[i]!)));
    }
    this.#noteEntries(mutation, place);
    return died;
  }

  #replacePayloads(
    mutation: PayloadMutation,
    place: RecordPlace,
    before: readonly (Payload | undefined)[],
  ): void {
    mutation.slots.forEach((slot, i) => {
      this.table.moveEntry(slot, entryPlace(place, mutation.entries, i));
      this.damage.heal(slot, "payload");
      if (before[i] === undefined) this.indexesAreStale = true;
      else if (!this.indexesAreStale) this.indexes.update(slot, before[i], mutation.payloads[i]!);
    });
    this.#noteEntries(mutation, place);
  }

  /** Entries of a replayed record that are damaged. */
  #noteEntries({ slots, entries }: PutMutation | PayloadMutation, place: RecordPlace): void {
    for (const i of entries.damaged ?? []) {
      const { segment, offset } = entryPlace(place, entries, i);
      this.#noteDamage(slots[i]!, this.log.damage(segment, undefined, offset, "its checksum differs"));
      this.indexesAreStale = true;
    }
  }

  /** @param ordinal of the vector field; absent: the payload. Dead slots are nobody's loss. */
  #noteDamage(slot: Slot, error: FrancaError, ordinal?: number): void {
    if (!this.isLive(slot)) return;
    // Its payload was replaced while the old one was read.
    if (ordinal === undefined && error.details.offset !== this.table.entryOffset[slot]) return;
    const file = String(error.details.file);
    if (ordinal === undefined) this.damage.note(slot, { file });
    else {
      this.damage.note(slot, { field: this.fields[ordinal]!.name, file });
      clearBit(this.table.withVector[ordinal]!, slot);
    }
  }

  /** A vector that opening could not read. */
  noteVector(slot: Slot, ordinal: number, error: FrancaError): void {
    this.#noteDamage(slot, error, ordinal);
  }

  /** Payloads as they lie in the entries, undefined where they are damaged, which is noted. */
  readablePayloads(slots: readonly Slot[]): Promise<(Payload | undefined)[]> {
    return readable(slots, this.damage, (whole) => this.storedPayloads(whole));
  }

  /** The same of entries. */
  readableEntries(slots: readonly Slot[]): Promise<(PointEntry | undefined)[]> {
    return readable(slots, this.damage, (whole) => this.entries(whole));
  }

  #delete(mutation: DeleteMutation, { segment }: RecordPlace): Slot[] {
    const died: Slot[] = [];
    this.changes += mutation.slots.length;
    for (const slot of mutation.slots) if (this.isLive(slot)) this.#kill(slot, segment, died);
    this.table.usage.deleted(segment, deleteRecordBytes(mutation.slots.length));
    return died;
  }

  #kill(slot: Slot, segment: number, died: Slot[]): void {
    this.table.kill(slot, segment);
    this.damage.heal(slot);
    this.#ordered.remove();
    this.indexes.delete(slot);
    this.entryIndexes?.delete(slot);
    died.push(slot);
  }

  get #source() {
    return {
      log: this.log,
      slots: this.table,
      dimensions: this.dimensions,
      crc32c: this.crc32c,
      onDamage: (slot: Slot, error: FrancaError, ordinal?: number) => this.#noteDamage(slot, error, ordinal),
    };
  }

  #ordinalOf(field: string): number {
    const ordinal = this.fields.findIndex(({ name }) => name === field);
    if (ordinal >= 0) return ordinal;
    const names = this.fields.map(({ name }) => name).join(", ") || "none";
    throw new FrancaError(
      "invalid_argument",
      `collection ${this.name} has no vector field ${JSON.stringify(field)}; it has ${names}`,
    );
  }
}

function asStored(stored: Payload): Payload {
  return stored;
}

function withDefaults<T extends object, D extends object>(
  fields: { readonly [name: string]: T } | undefined,
  defaults: D,
): { [name: string]: T & D } {
  return Object.fromEntries(
    Object.entries(fields ?? {}).map(([name, field]) => [name, { ...defaults, ...field }]),
  );
}

function entryPlace(place: RecordPlace, entries: PutMutation["entries"], i: number) {
  return { segment: place.segment, offset: place.offset + entries.offsets[i]!, length: entries.lengths[i]! };
}
