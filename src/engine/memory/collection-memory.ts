/**
 * What one collection holds in memory, and what a write will add to it. Part of the store's budget.
 */
import type { PointId } from "../../model/id.ts";
import type { EncodedRecord } from "../log/record.ts";
import type { SlotTable } from "../slots.ts";
import type { CollectionState } from "../state.ts";
import type { Holder, MemoryBudget } from "./budget.ts";
import { besideRowBytes, bytesOfId, graphBytes, rowBytes, slotBytes } from "./footprint.ts";

/** Rows of the active segment are mapped, by sealing it, when there are at least so many bytes of them. */
export const worthSealing: number = 256 * 1024;
const idsLookedAt = 64;

/** Bytes by what they are for. */
export interface HeldParts {
  /** Rows in memory, codes, graphs, and what goes with them; sparse and multi vectors. */
  vectors: number;
  /** What the graphs of slots that are not built yet will take. */
  unbuiltGraphs: number;
  slotTable: number;
  ids: number;
  payloadIndexes: number;
  /** Copies while a checkpoint is written. */
  checkpoint: number;
  /** The log itself, where it is in memory. */
  files: number;
}

export class CollectionMemory implements Holder {
  readonly #state: CollectionState;
  readonly #budget: MemoryBudget;
  readonly #isInMemory: boolean;

  constructor(state: CollectionState, budget: MemoryBudget, isInMemory: boolean) {
    this.#state = state;
    this.#budget = budget;
    this.#isInMemory = isInMemory;
  }

  get name(): string {
    return `collection ${this.#state.name}`;
  }

  parts(): HeldParts {
    const { fields, vectorIndexes, table, indexes, entryIndexes, log, mapped } = this.#state;
    let vectors = entryIndexes?.sizeBytes ?? 0;
    let unbuiltGraphs = 0;
    vectorIndexes.forEach((index, ordinal) => {
      const field = fields[ordinal]!;
      const { sizeBytes } = index;
      const perSlot = rowBytes(field) + besideRowBytes(field, false) + graphBytes(field);
      vectors += sizeBytes;
      // Room for graphs is made when a build begins, so it is the sum that tells what is still to come.
      // Free slots hold nothing yet; what is put there is admitted then.
      const taken = Math.max(0, index.slots - table.freeSlots);
      unbuiltGraphs += Math.max(0, taken * perSlot - mapped.bytesOf(ordinal) - sizeBytes);
    });
    const slotTable = tableBytes(table);
    const payloadIndexes = indexes.sizeBytes;
    return {
      vectors,
      unbuiltGraphs,
      slotTable,
      ids: table.slots * meanIdBytes(table),
      payloadIndexes,
      checkpoint: slotTable + payloadIndexes,
      files: this.#isInMemory ? log.sizeBytes : 0,
    };
  }

  heldBytes(): number {
    return Object.values(this.parts()).reduce((sum, bytes) => sum + bytes, 0);
  }

  relieve(): Promise<boolean> {
    return this.#state.mapped.mapNext();
  }

  /** Sets memory aside for a write that the writer is about to append. @throws FrancaError resource_exhausted */
  async admit(record: EncodedRecord): Promise<void> {
    if (this.#budget.limitBytes === undefined) return;
    const bytes = this.#neededFor(record);
    if (bytes > 0) await this.#budget.admit(this, bytes, () => this.#sealAndMap());
  }

  /** Something was written, built or given back. */
  changed(): void {
    if (this.#budget.limitBytes !== undefined) this.#budget.changed(this);
  }

  /** Only the writer calls this, between two appends. */
  async #sealAndMap(): Promise<boolean> {
    const { log, mapped } = this.#state;
    if (!mapped.isPossible || mapped.activeBytes < worthSealing) return false;
    await log.seal();
    return mapped.mapNext();
  }

  /** A deletion needs nothing: it is how room is made. */
  #neededFor({ mutation, bytes }: EncodedRecord): number {
    if (mutation.kind === "delete") return 0;
    const { fields } = this.#state;
    const payloads = Object.keys(this.#state.payloadFields).length > 0 ? 2 * bytes.length : 0;
    const files = this.#isInMemory ? bytes.length : 0;
    if (mutation.kind === "payload") return payloads + files;
    let needed = payloads + files + this.#tableGrowth(mutation.ids.length);
    // Postings double when they are full, and components are longer in base64 than in memory.
    if (this.#state.hasEntryVectors) needed += 2 * bytes.length;
    for (const id of mutation.ids) needed += bytesOfId(id);
    mutation.vectors.forEach(({ rows }, ordinal) => {
      const field = fields[ordinal]!;
      const count = rows.length / field.dimension;
      needed +=
        rows.byteLength * (this.#isInMemory ? 2 : 1) +
        count * (besideRowBytes(field, true) + graphBytes(field));
    });
    return needed;
  }

  /** Columns double when they are full, and checkpoints copy them. */
  #tableGrowth(count: number): number {
    const { table } = this.#state;
    const room = table.bornIn.length;
    const slots = table.slots - table.freeSlots + count;
    return slots <= room ? 0 : (Math.max(slots, room * 2) - room) * slotBytes(table.fields) * 2;
  }
}

function tableBytes(table: SlotTable): number {
  const { bornIn, bornAt, diedIn, entrySegment, entryOffset, entryLength, rows, checksums, withVector } =
    table;
  return [
    bornIn,
    bornAt,
    diedIn,
    entrySegment,
    entryOffset,
    entryLength,
    table.live,
    table.free,
    ...rows,
    ...checksums,
    ...withVector,
  ].reduce((sum, column) => sum + column.byteLength, 0);
}

/** Of a few ids across the table: they are much alike, and there are many. */
function meanIdBytes({ ids, slots }: SlotTable): number {
  if (slots === 0) return 0;
  const step = Math.max(1, Math.floor(slots / idsLookedAt));
  let bytes = 0;
  let count = 0;
  for (let slot = 0; slot < slots; slot += step) {
    bytes += bytesOfId(ids[slot] as PointId);
    count++;
  }
  return bytes / count;
}
