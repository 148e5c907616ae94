/**
 * The memory that a store may hold, and who holds it. What does not fit is refused, with the numbers, after everything that
 * can be given back has been: vector rows of sealed segments, which are then read from their files.
 *
 * The sum is of what the collections' data take, by their own account. The process takes more: V8, code, and what requests
 * need while they run.
 */

import { FrancaError } from "../../errors.ts";
import { usualOptions } from "../usual-options.ts";

export interface Holder {
  readonly name: string;
  /** What it holds now, and what it will need for what is there already (graphs that are not built yet). */
  heldBytes(): number;
  /** Gives something back. False: there is nothing to give. */
  relieve(): Promise<boolean>;
}

/** Above this share of the limit memory is given back in the background, down to the other, before writes have to wait. */
const high = 0.85;
const low = 0.75;

export class MemoryBudget {
  readonly limitBytes: number | undefined;
  /** As last asked for; a holder tells when it has changed. */
  readonly #held = new Map<Holder, number>();
  readonly #promised = new Map<Holder, number>();
  #total = 0;
  #relieving: Promise<void> | undefined;

  constructor(limitBytes?: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#total;
  }

  add(holder: Holder): void {
    this.#held.set(holder, 0);
    this.changed(holder);
  }

  remove(holder: Holder): void {
    this.#set(this.#held, holder, 0);
    this.#set(this.#promised, holder, 0);
    this.#held.delete(holder);
    this.#promised.delete(holder);
  }

  /** To be called when what a holder holds may have changed. What it was promised has been taken, or never will be. */
  changed(holder: Holder): void {
    if (!this.#held.has(holder)) return;
    this.#set(this.#promised, holder, 0);
    this.#set(this.#held, holder, holder.heldBytes());
    // Where it fails, the next write that does not fit tries again, and is told.
    if (this.limitBytes !== undefined && this.#total > this.limitBytes * high)
      this.#relieving ??= this.#relieve().catch(() => {});
  }

  /**
   * Sets memory aside for a write, until the holder's next `changed`.
   * @param lastResort gives back something of the holder's own; false when there is nothing
   * @throws FrancaError resource_exhausted
   */
  async admit(holder: Holder, bytes: number, lastResort: () => Promise<boolean>): Promise<void> {
    if (this.limitBytes === undefined) return;
    if (!this.fits(bytes)) this.#set(this.#held, holder, holder.heldBytes());
    while (!this.fits(bytes)) {
      // Where there was nothing left to give, somebody may have given it meanwhile.
      if ((await this.relieveOne()) || this.fits(bytes)) continue;
      const gave = await lastResort();
      this.#set(this.#held, holder, holder.heldBytes());
      if (!gave && !this.fits(bytes)) throw this.refusal(`the write to ${holder.name}`, bytes);
    }
    this.#set(this.#promised, holder, (this.#promised.get(holder) ?? 0) + bytes);
  }

  fits(bytes: number): boolean {
    return this.limitBytes === undefined || this.#total + bytes <= this.limitBytes;
  }

  refusal(what: string, neededBytes: number): FrancaError {
    const usedBytes = Math.round(this.#total);
    const limitBytes = this.limitBytes!;
    return new FrancaError(
      "resource_exhausted",
      `${what} needs about ${megabytes(neededBytes)} of memory, but ${megabytes(usedBytes)} of maxMemoryBytes (${megabytes(limitBytes)}) are in use. ` +
        "Open with a larger maxMemoryBytes, delete points and call optimize(), or drop what is not needed",
      { details: { neededBytes: Math.ceil(neededBytes), usedBytes, limitBytes } },
    );
  }

  async #relieve(): Promise<void> {
    try {
      while (this.#total > this.limitBytes! * low && (await this.relieveOne()));
    } finally {
      this.#relieving = undefined;
    }
  }

  /** Whoever holds most gives first. False: nobody has anything to give. */
  async relieveOne(): Promise<boolean> {
    const holders = [...this.#held].sort(([, a], [, b]) => b - a);
    for (const [holder] of holders) {
      const gave = await holder.relieve();
      if (!this.#held.has(holder)) continue;
      this.#set(this.#held, holder, holder.heldBytes());
      if (gave) return true;
    }
    return false;
  }

  #set(parts: Map<Holder, number>, holder: Holder, bytes: number): void {
    this.#total += bytes - (parts.get(holder) ?? 0);
    parts.set(holder, bytes);
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Only the rows of sealed segments can be mapped: the less memory, the sooner a segment has to be sealed. */
export function vectorSegmentBytes(maxMemoryBytes: number | undefined): number {
  const longest = usualOptions.segmentBytes.vectors;
  if (maxMemoryBytes === undefined) return longest;
  return Math.min(longest, Math.max(2 ** 20, Math.floor(maxMemoryBytes / 32)));
}
