/**
 * Work over the payload indexes in steps between which the event loop may turn, and whose outcome is of one moment all the
 * same: when the indexes were written to in between it begins again, and the last time it does not let go.
 */
import type { PayloadIndexes } from "../view.ts";
import type { Pauser } from "./pause.ts";

const tries = 3;

/** @param begin the work from its beginning; it yields after each step, and may be abandoned there */
export async function ofOneMoment<T>(
  indexes: PayloadIndexes,
  begin: () => Generator<void, T>,
  pause: Pauser,
): Promise<T> {
  for (let left = tries; ; left--) {
    const before = indexes.changes;
    const work = begin();
    for (let step = work.next(); indexes.changes === before; step = work.next()) {
      if (step.done === true) return step.value;
      if (left > 1) await pause();
    }
  }
}
