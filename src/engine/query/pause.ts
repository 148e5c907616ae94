/**
 * Lets the event loop turn during long work of a query on the calling thread, and ends it when its caller gave it up.
 */
import { cancelledError } from "../../errors.ts";
import { nextTurn, sliceMs } from "../kernel/turn.ts";

/**
 * Call it between small steps; there is something to wait for when the last turn is long enough ago.
 * It throws, or rejects, once the signal is aborted.
 */
export type Pauser = () => Promise<void> | undefined;

export function createPauser(what = "the query", signal?: AbortSignal): Pauser {
  let last = performance.now();
  const expectWanted = (): void => {
    if (signal?.aborted) throw cancelledError(what, signal);
  };
  return () => {
    expectWanted();
    if (performance.now() - last < sliceMs) return undefined;
    return nextTurn().then(() => {
      last = performance.now();
      expectWanted();
    });
  };
}
