/**
 * Progress of exports and imports on stderr: a bar in a terminal, nothing elsewhere.
 */
import type { TransferProgress } from "../transfer/transfer.ts";
import { terminalBar } from "./bar.ts";
import { grouped } from "./paint.ts";

const steps = 10_000;

export function showPoints(): { update: (progress: TransferProgress) => void; stop: () => void } {
  const started = performance.now();
  const { update, stop } = terminalBar("{points} points | {rate} points/s | {eta_formatted}");
  return {
    update({ points, fraction = 0 }) {
      const rate = (points / Math.max(1, performance.now() - started)) * 1000;
      update(Math.floor(fraction * steps), steps, { points: grouped(points), rate: grouped(rate) });
    },
    stop,
  };
}
