/**
 * Ctrl-C: the first one asks a command to stop where nothing is left half done, the second does not wait.
 */
import { isFrancaError } from "../errors.ts";

/** Runs `act` with a signal that the first Ctrl-C aborts. */
export async function withInterrupt<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    return await act(interrupt.signal);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/**
 * Runs `act`; when it was interrupted `told` says what that means, and the exit code is 130.
 * @param told gets the error's details
 */
export function interruptible(
  act: (signal: AbortSignal) => Promise<number>,
  told: (details: Record<string, unknown>) => string,
): Promise<number> {
  return withInterrupt(async (signal) => {
    try {
      return await act(signal);
    } catch (error) {
      if (!signal.aborted || !isFrancaError(error, "cancelled")) throw error;
      process.stderr.write(`${told(error.details)}\n`);
      return 130;
    }
  });
}
