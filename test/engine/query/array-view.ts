/**
 * A CollectionView over plain arrays and a real kernel: the write path in its simplest form, for tests of the query path alone.
 */
import {
  type Bitset,
  clearBit,
  emptyBitset,
  grownBitset,
  hasBit,
  setBit,
} from "../../../src/engine/bitset.ts";
import { createPayloadIndexes } from "../../../src/engine/index/payload-indexes.ts";
import type { Kernel, VectorIndex } from "../../../src/engine/kernel.ts";
import type { CollectionView, PayloadIndexes, Slot } from "../../../src/engine/view.ts";
import { compareIds, idKey, normalizeId, type PointId } from "../../../src/model/id.ts";
import type { Payload } from "../../../src/model/payload.ts";
import type { Warning } from "../../../src/model/result.ts";
import type { CollectionSchema, Metric, PayloadField } from "../../../src/model/schema.ts";

export interface PlainPoint {
  id: PointId;
  payload?: Payload;
  vectors?: { [field: string]: readonly number[] | Float32Array };
}

export class ArrayView implements CollectionView {
  readonly name = "test";
  readonly vectorFields: { [name: string]: { dimension: number; metric: Metric } } = {};
  readonly sparseFields = {};
  readonly multiFields = {};
  readonly payloadFields: { readonly [path: string]: PayloadField };
  readonly indexes: PayloadIndexes;
  readonly warnings: readonly Warning[] = [];
  slots = 0;
  points = 0;
  /** Called before payloads are given out, so that a test can write meanwhile. */
  onPayloads: (() => void) | undefined;
  readonly #live = { bits: emptyBitset(0) };
  readonly #ids: PointId[] = [];
  readonly #payloads: Payload[] = [];
  readonly #slotByKey: Map<string, Slot> = new Map();
  readonly #vectors: Map<string, { index: VectorIndex; rows: Map<Slot, Float32Array>; bits: Bitset }> =
    new Map();

  constructor(schema: CollectionSchema, kernel: Kernel) {
    this.payloadFields = schema.payload ?? {};
    this.indexes = createPayloadIndexes(this.payloadFields);
    for (const [name, { dimension, metric = "cosine" }] of Object.entries(schema.vectors)) {
      this.vectorFields[name] = { dimension, metric };
      const index = kernel.createIndex({ dimension, metric });
      this.#vectors.set(name, { index, rows: new Map(), bits: emptyBitset(0) });
    }
  }

  upsert({ id: given, payload = {}, vectors = {} }: PlainPoint): void {
    const id = normalizeId(given);
    this.delete(id);
    const slot = this.slots++;
    this.#ids[slot] = id;
    this.#payloads[slot] = structuredClone(payload);
    this.#slotByKey.set(idKey(id), slot);
    this.#live.bits = grownBitset(this.#live.bits, this.slots);
    setBit(this.#live.bits, slot);
    for (const [name, vector] of Object.entries(vectors)) {
      const field = this.#vectors.get(name)!;
      field.index.put(slot, Float32Array.from(vector));
      field.rows.set(slot, Float32Array.from(vector));
      field.bits = grownBitset(field.bits, this.slots);
      setBit(field.bits, slot);
    }
    this.points += 1;
    this.indexes.insert(slot, payload);
  }

  replacePayload(id: PointId, payload: Payload): void {
    const slot = this.slotOf(id)!;
    this.indexes.update(slot, this.#payloads[slot]!, payload);
    this.#payloads[slot] = structuredClone(payload);
  }

  delete(id: PointId): void {
    const slot = this.slotOf(id);
    if (slot === undefined) return;
    this.#slotByKey.delete(idKey(id));
    clearBit(this.#live.bits, slot);
    for (const { index, bits } of this.#vectors.values()) {
      if (!hasBit(bits, slot)) continue;
      index.markDeleted(slot);
      clearBit(bits, slot);
    }
    this.points -= 1;
    this.indexes.delete(slot);
  }

  liveSnapshot(): Bitset {
    const copy = emptyBitset(this.slots);
    copy.set(this.#live.bits.subarray(0, copy.length));
    return copy;
  }

  isLive(slot: Slot): boolean {
    return hasBit(this.#live.bits, slot);
  }

  slotOf(id: PointId): Slot | undefined {
    return this.#slotByKey.get(idKey(id));
  }

  idOf(slot: Slot): PointId {
    return this.#ids[slot]!;
  }

  *idsInOrder(after?: PointId): Iterable<{ id: PointId; slot: Slot }> {
    const entries = [...this.#slotByKey.values()].map((slot) => ({ id: this.#ids[slot]!, slot }));
    entries.sort((a, b) => compareIds(a.id, b.id));
    yield* after === undefined ? entries : entries.filter(({ id }) => compareIds(id, after) > 0);
  }

  async payloads(slots: readonly Slot[]): Promise<Payload[]> {
    this.onPayloads?.();
    return slots.map((slot) => structuredClone(this.#payloads[slot]!));
  }

  entries(): never {
    throw new Error("there are no sparse and multi fields");
  }

  sparseIndex(): never {
    throw new Error("there are no sparse fields");
  }

  multiIndex(): never {
    throw new Error("there are no multi fields");
  }

  async vectors(field: string, slots: readonly Slot[]): Promise<(Float32Array | undefined)[]> {
    return slots.map((slot) => this.#vectors.get(field)!.rows.get(slot)?.slice());
  }

  slotsWithVector(field: string): Bitset {
    return this.#vectors.get(field)!.bits;
  }

  vectorIndex(field: string): VectorIndex {
    return this.#vectors.get(field)!.index;
  }
}
