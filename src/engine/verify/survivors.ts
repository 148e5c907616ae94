/**
 * Which points live, by what of the log can be read: begun from the slots checkpoint where that is whole, and changed by
 * the records behind it, in their order.
 */
import type { PointId } from "../../model/id.ts";
import type { EntryPlace } from "../slots.ts";
import { noRow, type SlotTable } from "../slots.ts";

export interface VectorPlace {
  segment: number;
  row: number;
  checksum: number;
}

export interface Survivor {
  /** Undefined where the bytes that held it are damaged. */
  id: PointId | undefined;
  entry: EntryPlace;
  /** By ordinal; undefined where the point lacks the field, or nothing tells where its vector lies. */
  vectors: (VectorPlace | undefined)[];
}

export class Survivors {
  readonly #bySlot = new Map<number, Survivor>();
  readonly #slotById = new Map<PointId, number>();
  /** One past the highest slot seen. */
  nextSlot = 0;
  /** For points whose slot cannot be trusted. */
  #strangers = 2 ** 32;

  static from(table: SlotTable): Survivors {
    const survivors = new Survivors();
    for (let slot = 0; slot < table.slots; slot++) {
      if (!table.isLive(slot)) continue;
      const vectors = table.rows.map((rows, ordinal) => {
        const row = rows[slot]!;
        if (row === noRow) return undefined;
        return { segment: table.bornIn[slot]!, row, checksum: table.checksums[ordinal]![slot]! };
      });
      const entry = {
        segment: table.entrySegment[slot]!,
        offset: table.entryOffset[slot]!,
        length: table.entryLength[slot]!,
      };
      survivors.put(slot, { id: table.ids[slot]!, entry, vectors });
    }
    survivors.nextSlot = table.slots;
    return survivors;
  }

  get size(): number {
    return this.#bySlot.size;
  }

  has(id: PointId): boolean {
    return this.#slotById.has(id);
  }

  all(): Iterable<Survivor> {
    return this.#bySlot.values();
  }

  /** @param slot undefined where it cannot be trusted */
  put(slot: number | undefined, survivor: Survivor): void {
    const { id } = survivor;
    const before = id === undefined ? undefined : this.#slotById.get(id);
    if (before !== undefined) this.delete(before);
    const taken = slot ?? this.#strangers++;
    this.delete(taken);
    this.#bySlot.set(taken, survivor);
    if (slot !== undefined) this.nextSlot = Math.max(this.nextSlot, slot + 1);
    if (id !== undefined) this.#slotById.set(id, taken);
  }

  /**
   * @param slot undefined where it cannot be trusted
   * @param id as the entry says; undefined where that is damaged
   */
  movePayload(slot: number | undefined, id: PointId | undefined, entry: EntryPlace): void {
    const known = id === undefined ? undefined : this.#slotById.get(id);
    const isThere = slot !== undefined && this.#bySlot.has(slot);
    const found = isThere ? slot : known;
    const survivor = found === undefined ? undefined : this.#bySlot.get(found);
    if (survivor === undefined) return;
    survivor.entry = entry;
    if (survivor.id === undefined && id !== undefined) {
      survivor.id = id;
      this.#slotById.set(id, found!);
    }
    // A stranger whose slot this record tells.
    if (slot !== undefined && slot !== found && !this.#bySlot.has(slot)) {
      this.#bySlot.delete(found!);
      this.put(slot, survivor);
    }
  }

  delete(slot: number): void {
    const survivor = this.#bySlot.get(slot);
    if (survivor === undefined) return;
    this.#bySlot.delete(slot);
    if (survivor.id !== undefined && this.#slotById.get(survivor.id) === slot)
      this.#slotById.delete(survivor.id);
  }
}
