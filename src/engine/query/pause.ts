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

/** Runs the steps, with the event loop turning in between where they take long. */
export async function inTurns<T>(steps: Generator<void, T>, pause: Pauser): Promise<T> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    const turn = pause();
    if (turn !== undefined) await turn;
  }
}
