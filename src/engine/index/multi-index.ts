/**
 * Rows of a multi field by slot. In memory, derived from the points' entries. A slot's rows never change while its point lives,
 * and stay until a vacuum when it is dead.
 */
import type { MultiVector } from "../../model/point.ts";
import { type Bitset, clearBit, emptyBitset, grownBitset, hasBit, setBit } from "../bitset.ts";

export interface Rows {
  /** One after the other. */
  readonly components: Float32Array;
  /** By row, 1 / its length, or 0 for one of zeros; where vectors are compared by their direction. */
  readonly scales?: Float64Array;
}

/** Of the objects that hold a slot's rows, about. */
const bytesPerSlot = 300;

export class MultiIndex {
  readonly dimension: number;
  readonly #isByDirection: boolean;
  /** Live slots that have the field. May be shorter than the collection. Do not change it. */
  has: Bitset = emptyBitset(0);
  readonly #rows = new Map<number, Rows>();
  readonly #dead = new Set<number>();
  #bytes = 0;

  constructor(dimension: number, isByDirection: boolean) {
    this.dimension = dimension;
    this.#isByDirection = isByDirection;
  }

  rowsOf(slot: number): Rows | undefined {
    return this.#rows.get(slot);
  }

  insert(slot: number, vector: MultiVector): void {
    this.#forget(slot);
    const rows = rowsOf(vector, this.dimension, this.#isByDirection);
    this.#rows.set(slot, rows);
    this.#bytes += bytesOf(rows);
    this.has = grownBitset(this.has, slot + 1);
    setBit(this.has, slot);
  }

  /** The point died; nothing happens where it lacks the field. */
  delete(slot: number): void {
    if (!hasBit(this.has, slot)) return;
    clearBit(this.has, slot);
    this.#dead.add(slot);
  }

  /** Forgets the dead slots. */
  vacuum(): void {
    for (const slot of this.#dead) this.#forget(slot);
  }

  get sizeBytes(): number {
    return this.has.byteLength + this.#bytes;
  }

  #forget(slot: number): void {
    const rows = this.#rows.get(slot);
    if (rows === undefined) return;
    this.#rows.delete(slot);
    this.#dead.delete(slot);
    this.#bytes -= bytesOf(rows);
  }
}

export function rowsOf(vector: MultiVector, dimension: number, isByDirection: boolean): Rows {
  const components = new Float32Array(vector.length * dimension);
  for (const [i, row] of vector.entries()) components.set(row, i * dimension);
  if (!isByDirection) return { components };
  const scales = Float64Array.from(vector, (row) => {
    const square = row.reduce((sum, x) => sum + x * x, 0);
    return square === 0 ? 0 : 1 / Math.sqrt(square);
  });
  return { components, scales };
}

function bytesOf({ components, scales }: Rows): number {
  return bytesPerSlot + components.byteLength + (scales?.byteLength ?? 0);
}
