/** Work in small turns: what is long lets the event loop go in between, so that searches do not wait for it. */

/** The thread is held so long at most, about. */
const turnMs = 2;

/** @returns to be awaited wherever the work may pause; waits only when its turn is over */
export function turns(): () => Promise<void> | undefined {
  let endMs = performance.now() + turnMs;
  return () => {
    if (performance.now() < endMs) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        endMs = performance.now() + turnMs;
        resolve();
      });
    });
  };
}
