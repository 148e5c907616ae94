/**
 * Progress by bytes on stderr: a bar in a terminal, nothing elsewhere.
 */
import { Presets, SingleBar } from "cli-progress";

export interface BytesProgress {
  collection: string;
  bytes: { done: number; total: number };
}

export function showBytes(): { update: (progress: BytesProgress) => void; stop: () => void } {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const display = new SingleBar(
    {
      format: " {bar} {percentage}% | {collection} | {megabytes} MB | {eta_formatted} left",
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let shown = false;
  return {
    update({ collection, bytes }) {
      const values = { collection, megabytes: (bytes.done / 1e6).toFixed(1) };
      if (!shown) display.start(Math.max(1, bytes.total), 0, values);
      shown = true;
      display.update(bytes.done, values);
    },
    stop() {
      if (shown) display.stop();
    },
  };
}
