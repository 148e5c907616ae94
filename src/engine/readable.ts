/**
 * Reads what can be read: of points that turn out to be damaged, which is noted, the others are read again.
 */
import { isFrancaError } from "../errors.ts";
import type { DamagedPoints } from "./damaged-points.ts";
import type { Slot } from "./view.ts";

/** In the order of `slots`, undefined for damaged ones. @throws what `read` throws for anything else */
export async function readable<T>(
  slots: readonly Slot[],
  damage: DamagedPoints,
  read: (slots: readonly Slot[]) => Promise<T[]>,
): Promise<(T | undefined)[]> {
  const known = new Set(damage.slots());
  for (;;) {
    const whole = slots.filter((slot) => !known.has(slot));
    try {
      const found = await read(whole);
      const bySlot = new Map(whole.map((slot, i) => [slot, found[i]!]));
      return slots.map((slot) => bySlot.get(slot));
    } catch (error) {
      const before = known.size;
      for (const slot of damage.slots()) known.add(slot);
      if (!isFrancaError(error, "data_loss") || known.size === before) throw error;
    }
  }
}
