/** Work in small steps: done at one go where it is little, or in slices between which the event loop turns. */
import { createPauser } from "./query/pause.ts";

/** Each `next` is a step of a fraction of a millisecond. */
export type Steps<T> = Generator<undefined, T, undefined>;

export function finishNow<T>(steps: Steps<T>): T {
  while (true) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** @throws FrancaError cancelled, deadline_exceeded when the signal is aborted in between */
export async function finishInSlices<T>(steps: Steps<T>, what: string, signal?: AbortSignal): Promise<T> {
  const pause = createPauser(what, signal);
  while (true) {
    const turn = pause();
    if (turn !== undefined) await turn;
    const step = steps.next();
    if (step.done) return step.value;
  }
}
