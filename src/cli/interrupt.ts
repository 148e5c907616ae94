/**
 * Ctrl-C: the first one asks a command to stop where nothing is left half done, the second does not wait.
 */
import { isFrancaError } from "../errors.ts";

/**
 * Runs `act`; when it was interrupted `told` says what that means, and the exit code is 130.
 * @param told gets the error's details
 */
export async function interruptible(
  act: (signal: AbortSignal) => Promise<number>,
  told: (details: Record<string, unknown>) => string,
): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    return await act(interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted || !isFrancaError(error, "cancelled")) throw error;
    process.stderr.write(`${told(error.details)}\n`);
    return 130;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}
