/**
 * Progress of `franca add` on stderr: a bar with rate and time left in a terminal, a line now and then elsewhere.
 */
import type { IngestProgress } from "../rag/ingest/ingest.ts";
import { bar } from "./bar.ts";
import { counted, grouped, seconds } from "./paint.ts";

export interface ProgressDisplay {
  update: (progress: IngestProgress) => void;
  stop: () => void;
}

const plainEveryMs = 5000;

export function showProgress(): ProgressDisplay {
  return process.stderr.isTTY ? filesBar() : plainLines();
}

function filesBar(): ProgressDisplay {
  const started = performance.now();
  const { update, stop } = bar("{files} | {chunks} chunks | {rate} chunks/s | {left}");
  return {
    update(progress) {
      const { done, total } = progress.bytes;
      update(done, total, describe(progress, performance.now() - started));
    },
    stop,
  };
}

function plainLines(): ProgressDisplay {
  const started = performance.now();
  let toldMs = started;
  return {
    update(progress) {
      const now = performance.now();
      if (now - toldMs < plainEveryMs) return;
      toldMs = now;
      const { files, chunks, rate, left } = describe(progress, now - started);
      process.stderr.write(`${files}, ${chunks} chunks, ${rate} chunks/s, ${left} left\n`);
    },
    stop() {},
  };
}

/** Time left by bytes, since how many chunks there will be is not known. */
function describe(progress: IngestProgress, elapsedMs: number): { [word: string]: string } {
  const { bytes, files, chunks } = progress;
  const leftMs = bytes.done === 0 ? undefined : (elapsedMs * (bytes.total - bytes.done)) / bytes.done;
  return {
    files: `${grouped(files.done)} of ${counted(files.total, "file")}`,
    chunks: grouped(chunks),
    rate: grouped(elapsedMs === 0 ? 0 : (chunks / elapsedMs) * 1000),
    left: leftMs === undefined ? "?" : seconds(leftMs),
  };
}
