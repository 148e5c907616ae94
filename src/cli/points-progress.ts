/**
 * Progress of exports and imports on stderr: a bar in a terminal, nothing elsewhere.
 */
import { Presets, SingleBar } from "cli-progress";
import type { TransferProgress } from "../transfer/transfer.ts";
import { grouped } from "./paint.ts";

const steps = 10_000;

export function showPoints(): { update: (progress: TransferProgress) => void; stop: () => void } {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const started = performance.now();
  const display = new SingleBar(
    {
      format: " {bar} {percentage}% | {points} points | {rate} points/s | {eta_formatted} left",
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let shown = false;
  return {
    update({ points, fraction = 0 }) {
      const rate = (points / Math.max(1, performance.now() - started)) * 1000;
      const values = { points: grouped(points), rate: grouped(rate) };
      if (!shown) display.start(steps, 0, values);
      shown = true;
      display.update(Math.floor(fraction * steps), values);
    },
    stop() {
      if (shown) display.stop();
    },
  };
}
