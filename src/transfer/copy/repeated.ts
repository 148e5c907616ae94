/** Calls of a copy are tried again where that is right, with longer and longer pauses. */
import { cancelledError, isFrancaError } from "../../errors.ts";

export interface RepeatOptions {
  /** Times that a call is tried again. Default 5. */
  retries?: number;
  signal?: AbortSignal;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * For calls that may be done twice: reads, and the upserts of a copy. Of an upsert that failed as "unavailable" it is often
 * not known whether it was done (details.outcome "unknown"), so that a Store does not repeat it by itself: between the two tries
 * someone else may have written. A copy may: it writes the same whole points again, and whoever else writes to the
 * target while a copy runs has been told that the copy may win (docs/copy.md).
 */
export async function repeated<T>(act: () => Promise<T>, { retries = 5, signal }: RepeatOptions): Promise<T> {
  for (let tries = 0; ; tries++) {
    if (signal?.aborted) throw cancelledError("the copy", signal);
    try {
      return await act();
    } catch (error) {
      if (!isFrancaError(error) || !error.retryable || tries >= retries || signal?.aborted) throw error;
      // Full jitter: many writers do not come back at once.
      await pause(Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** tries), signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}
