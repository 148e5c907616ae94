/**
 * Progress by bytes on stderr: a bar in a terminal, nothing elsewhere.
 */
import { terminalBar } from "./bar.ts";

interface BytesProgress {
  collection: string;
  bytes: { done: number; total: number };
}

export function showBytes(): { update: (progress: BytesProgress) => void; stop: () => void } {
  const { update, stop } = terminalBar("{collection} | {megabytes} MB | {eta_formatted}");
  return {
    update({ collection, bytes: { done, total } }) {
      update(done, total, { collection, megabytes: (done / 1e6).toFixed(1) });
    },
    stop,
  };
}
