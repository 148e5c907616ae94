/** Where a server takes the time from: the machine, or in a test a clock that stands still until it is told to go on. */

export interface Clock {
  /** Milliseconds that never run backwards, from anywhere. */
  nowMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Calls back once, so much later; keeps no process alive. @returns what calls it off */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};
