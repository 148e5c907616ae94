/**
 * How hard compaction works: it gives the event loop its turn between slices, and in the background rests as long as
 * others read and write.
 */
import { cancelledError } from "../../errors.ts";
import { nextTurn, sliceMs } from "../kernel/turn.ts";
import { rest } from "../rest.ts";
import type { Breathe } from "./rewrite.ts";

/** Times as long as it worked. */
const restWhileBusy = 3;
const longestRestMs = 100;

/** @param isBusy whether others want the machine; absent when nobody is to be waited for */
export function createBreathe(
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
  isBusy: () => boolean = () => false,
): Breathe {
  let last = performance.now();
  return async (bytes) => {
    if (signal.aborted) throw cancelledError("the compaction", signal);
    onBytes(bytes);
    const worked = performance.now() - last;
    if (worked < sliceMs) return;
    await nextTurn();
    if (isBusy()) await rest(Math.min(longestRestMs, worked * restWhileBusy), signal);
    last = performance.now();
  };
}
