/**
 * Points whose bytes in the log are damaged, as far as opening and reading have found them. Answers leave them out and
 * say so; writing or deleting one anew heals it. Derived: the files are what is damaged.
 */
import type { PointId } from "../model/id.ts";
import type { Warning } from "../model/result.ts";
import type { Slot } from "./view.ts";

export interface DamagedPart {
  /** The vector field; absent: the payload. */
  field?: string;
  file: string;
}

const idsTold = 100;

export class DamagedPoints {
  readonly #bySlot = new Map<Slot, DamagedPart[]>();
  #noticed = 0;

  /** Grows with every part that is found damaged. */
  get noticed(): number {
    return this.#noticed;
  }

  note(slot: Slot, part: DamagedPart): void {
    const parts = this.#bySlot.get(slot) ?? [];
    if (parts.some(({ field }) => field === part.field)) return;
    this.#bySlot.set(slot, [...parts, part]);
    this.#noticed++;
  }

  /** Its payload was replaced, or (without `part`) the whole point. */
  heal(slot: Slot, part?: "payload"): void {
    const parts = this.#bySlot.get(slot);
    if (parts === undefined) return;
    const left = part === undefined ? [] : parts.filter(({ field }) => field !== undefined);
    if (left.length === 0) this.#bySlot.delete(slot);
    else this.#bySlot.set(slot, left);
  }

  /** Slots whose payload is damaged, or their vector in one of `fields`. */
  slots(fields: readonly string[] = []): Slot[] {
    const isHit = ({ field }: DamagedPart) => field === undefined || fields.includes(field);
    return [...this.#bySlot].flatMap(([slot, parts]) => (parts.some(isHit) ? [slot] : []));
  }

  warnings(idOf: (slot: Slot) => PointId): Warning[] {
    const count = this.#bySlot.size;
    if (count === 0) return [];
    const ids = [...this.#bySlot.keys()].slice(0, idsTold).map(idOf);
    const files = new Set([...this.#bySlot.values()].flatMap((parts) => parts.map(({ file }) => file)));
    const shown = ids.slice(0, 5).map((id) => (typeof id === "string" ? JSON.stringify(id) : String(id)));
    const which = shown.join(", ") + (count > shown.length ? ", …" : "");
    return [
      {
        code: "damaged_points",
        message: `${count === 1 ? "a point is" : `${count} points are`} damaged on the medium and left out where the damage matters: ${which}; upsert or delete them to heal this, and run \`franca verify\` to see what else is damaged`,
        details: { ids, count, files: [...files].sort() },
      },
    ];
  }
}
