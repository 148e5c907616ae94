/** Gives the event loop its turn between two slices of long work on its own thread. */

/** One slice should take no longer, so that timers and input are late by no more. */
export const sliceMs = 8;

interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

/** Resolves after events, timers and input that were waiting have been served. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { setImmediate, MessageChannel } = globalThis as unknown as {
      setImmediate?: (call: () => void) => void;
      MessageChannel: new () => { port1: Port; port2: Port };
    };
    if (setImmediate !== undefined) {
      setImmediate(resolve);
      return;
    }
    // Browsers: unlike setTimeout, a message is not held back for 4 ms.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
