/**
 * Lets the event loop turn during long work on the calling thread.
 */

/** Longest that a query works without a turn of the event loop. */
const longestMs = 8;

/** Call it between small steps; it waits for a turn of the event loop when the last one is long enough ago. */
export function createPauser(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < longestMs) return undefined;
    return turn().then(() => {
      last = performance.now();
    });
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    // Browsers have no setImmediate, and stretch nested timeouts to 4 ms; a message comes at once.
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
