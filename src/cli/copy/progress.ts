/** Progress of a copy on stderr: a bar for each stage in a terminal, nothing elsewhere. */
import type { CopyProgress } from "../../transfer/transfer.ts";
import { type Bar, terminalBar } from "../bar.ts";
import { grouped } from "../paint.ts";

export function showCopy(): { update: (progress: CopyProgress) => void; stop: () => void } {
  let stage: { name: string; bar: Bar; startedMs: number; first: number } | undefined;
  return {
    update({ stage: name, collection, points, total }) {
      if (stage?.name !== name) {
        stage?.bar.stop();
        const bar = terminalBar("{stage} {collection} | {points} points | {rate} points/s | {eta_formatted}");
        stage = { name, bar, startedMs: performance.now(), first: points };
      }
      const rate = ((points - stage.first) / Math.max(1, performance.now() - stage.startedMs)) * 1000;
      stage.bar.update(Math.min(points, total), total, {
        stage: name,
        collection,
        points: grouped(points),
        rate: grouped(rate),
      });
    },
    stop() {
      stage?.bar.stop();
      stage = undefined;
    },
  };
}
