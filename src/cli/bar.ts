/**
 * A bar on stderr, cleared when it has ended. It appears with the first thing it is told.
 */
import { Presets, SingleBar } from "cli-progress";

export interface Bar {
  /** @param values what stands in the format's braces */
  update(done: number, total: number, values: { [word: string]: string }): void;
  stop(): void;
}

export function bar(format: string): Bar {
  const display = new SingleBar(
    {
      format: ` {bar} {percentage}% | ${format} left`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let shown = false;
  return {
    update(done, total, values) {
      if (!shown) display.start(Math.max(1, total), 0, values);
      shown = true;
      display.update(done, values);
    },
    stop() {
      if (shown) display.stop();
    },
  };
}

/** The same, and nothing where stderr is no terminal. */
export function terminalBar(format: string): Bar {
  return process.stderr.isTTY ? bar(format) : { update() {}, stop() {} };
}
