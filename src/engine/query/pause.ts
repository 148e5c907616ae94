/**
 * Lets the event loop turn during long work of a query on the calling thread.
 */
import { nextTurn, sliceMs } from "../kernel/turn.ts";

/** Call it between small steps; there is something to wait for when the last turn is long enough ago. */
export function createPauser(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < sliceMs) return undefined;
    return nextTurn().then(() => {
      last = performance.now();
    });
  };
}
