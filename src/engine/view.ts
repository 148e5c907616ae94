/**
 * The seam between the write path, which keeps a collection, and the query path, which reads it.
 * The write path (log/, write/, collection.ts) implements CollectionView and calls PayloadIndexes;
 * the query path (query/, index/) implements PayloadIndexes and reads a CollectionView.
 */
import type { PointId } from "../model/id.ts";
import type { PathSyntax } from "../model/path.ts";
import type { Payload } from "../model/payload.ts";
import type { Warning } from "../model/result.ts";
import type { MultiField, PayloadField, SparseField, VectorField } from "../model/schema.ts";
import type { Bitset } from "./bitset.ts";
import type { MultiIndex } from "./index/multi-index.ts";
import type { IndexedField } from "./index/payload-indexes.ts";
import type { SparseIndex } from "./index/sparse-index.ts";
import type { VectorIndex } from "./kernel.ts";
import type { EntryVectors } from "./log/entry-vectors.ts";

/**
 * Where a point lives: a small integer. As long as the point lives the slot's id and vectors never change (new vectors
 * mean a new slot); its payload may be replaced. When it is dead the slot is given to another point, but only after
 * every read that had begun before has ended.
 */
export type Slot = number;

/** What of a point lies in its entry. Fresh objects that the caller owns. */
export interface PointEntry {
  payload: Payload;
  vectors: EntryVectors;
}

export interface CollectionView {
  readonly name: string;
  readonly vectorFields: { readonly [name: string]: Required<Pick<VectorField, "dimension" | "metric">> };
  readonly sparseFields: { readonly [name: string]: Required<SparseField> };
  readonly multiFields: { readonly [name: string]: Required<MultiField> };
  readonly payloadFields: { readonly [path: string]: PayloadField };
  /** How paths are read; default "implicit". */
  readonly paths?: PathSyntax;
  /** One past the highest slot given out. */
  readonly slots: number;
  /** Live points. */
  readonly points: number;
  /**
   * A copy of the live slots as of now: what a query works under, whatever is written meanwhile. At least `slots` bits.
   * Without those whose payload is known to be damaged, or their vector in one of `fields`.
   */
  liveSnapshot(fields?: readonly string[]): Bitset;
  isLive(slot: Slot): boolean;
  /** The live slot of a normalised id. */
  slotOf(id: PointId): Slot | undefined;
  /** The id of a slot, live or deleted. */
  idOf(slot: Slot): PointId;
  /** Live ids in order (compareIds) with their slots, starting after `after`. Cached between writes, and walked on as it was when there are some. */
  idsInOrder(after?: PointId): Iterable<{ id: PointId; slot: Slot }>;
  /** Payloads of slots, in the order asked; read from the log, so asynchronous. Fresh objects that the caller owns. */
  payloads(slots: readonly Slot[], signal?: AbortSignal): Promise<Payload[]>;
  /** Payloads with the sparse and multi vectors of all fields. */
  entries(slots: readonly Slot[], signal?: AbortSignal): Promise<PointEntry[]>;
  /** Vectors of a dense field, as they were given (not normalised); undefined where the point lacks the field. */
  vectors(field: string, slots: readonly Slot[], signal?: AbortSignal): Promise<(Float32Array | undefined)[]>;
  /** Live slots that have a vector in the field, of any kind. May be shorter than the collection. Do not change it. */
  slotsWithVector(field: string): Bitset;
  /** Of a dense field. */
  vectorIndex(field: string): VectorIndex;
  sparseIndex(field: string): SparseIndex;
  multiIndex(field: string): MultiIndex;
  readonly indexes: PayloadIndexes;
  /** Grows when a read finds something of another point damaged; the snapshots taken after it lack the point. */
  readonly noticedDamage?: number;
  /** Warnings that every answer must carry (none as a rule). */
  readonly warnings: readonly Warning[];
}

/** All field indexes of one collection: keyword, number, bool, datetime, uuid, geo and text. Purely in memory. */
export interface PayloadIndexes {
  /** Grows with every change of any of them. */
  readonly changes: number;
  /** The index of a declared field, for the query path. */
  field(path: string): IndexedField | undefined;
  /** The slot is new. The payload has been validated against the declared fields. */
  insert(slot: Slot, payload: Payload): void;
  /** The payload of a live slot was replaced. */
  update(slot: Slot, before: Payload, after: Payload): void;
  /** The slot died; its payload is not at hand. */
  delete(slot: Slot): void;
  /** Declares a new field and indexes it over all live points, given as (slot, payload). */
  addField(path: string, field: PayloadField, points: Iterable<[Slot, Payload]>): void;
  dropField(path: string): void;
  /** Of the slots that indexes hold, the share that is live. */
  readonly liveShare: number;
  readonly sizeBytes: number;
  /** Everything, for a checkpoint; the caller adds magic, LSN and checksum. */
  save(): Uint8Array;
  /** The same, with `pause` awaited between fields. Nothing may be changed meanwhile. */
  saveInTurns(pause: () => Promise<void> | undefined): Promise<Uint8Array>;
  /**
   * Forgets the slots that are dead by now for good, so that they can be inserted again; with `pause` awaited between
   * fields. None of them may be inserted before it resolves.
   */
  vacuumInTurns(pause: () => Promise<void> | undefined): Promise<void>;
}
