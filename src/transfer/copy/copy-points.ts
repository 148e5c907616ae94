/**
 * Points of one collection into another: pages in the order of ids, a few batches on their way at once. No more is read
 * than can be written, so that memory is bounded by the batches in flight and one page.
 */
import { cancelledError } from "../../errors.ts";
import { type IdKind, idKind, type PointId } from "../../model/id.ts";
import type { Point } from "../../model/point.ts";
import type { Warning } from "../../model/result.ts";
import type { Collection } from "../../store.ts";
import { pagesOf, pointBytes } from "./pages.ts";
import { type RepeatOptions, repeated } from "./repeated.ts";

export interface BatchOptions extends RepeatOptions {
  /** Points in one write, at most. Default 1000. */
  batchSize?: number;
  /** About, in one write. Default 4 MiB. */
  batchBytes?: number;
  /** Writes on their way at once. Default 4. */
  inFlight?: number;
}

export interface CopyPointsOptions extends BatchOptions {
  vectors: readonly string[];
  ids?: readonly IdKind[];
  after?: PointId;
  /** All points up to `last` are in; `points` more than before. In the order of ids. */
  onConfirmed(last: PointId, points: number): void;
  onWarning(warning: Warning): void;
}

/** When it rejects, nothing is on its way any more. @throws FrancaError of both collections; cancelled */
export async function copyPoints(
  source: Collection,
  target: Collection,
  options: CopyPointsOptions,
): Promise<void> {
  const { batchSize = 1000, batchBytes = 4 * 2 ** 20, inFlight = 4, vectors, ids, after, signal } = options;
  const lane = new Lane(inFlight, options.onConfirmed);
  try {
    const pages = pagesOf(source, {
      ...options,
      vectors,
      points: batchSize,
      bytes: batchBytes,
      ...(after !== undefined && { after }),
    });
    for await (const page of pages) {
      if (signal?.aborted) throw cancelledError("the copy", signal);
      page.warnings.forEach(options.onWarning);
      for (const batch of batchesOf(page.points as Point[], batchBytes)) {
        const carried = ids === undefined ? batch : batch.filter(({ id }) => ids.includes(idKind(id)));
        await lane.start(batch.at(-1)!.id, carried.length, async () => {
          if (carried.length > 0) await repeated(() => target.upsert(carried, signal && { signal }), options);
        });
      }
    }
  } finally {
    await lane.ended();
  }
  lane.expectNoFailure();
}

/** A page may be larger than was foreseen from the one before. */
function* batchesOf(points: readonly Point[], batchBytes: number): Generator<Point[]> {
  let batch: Point[] = [];
  let bytes = 0;
  for (const point of points) {
    const own = pointBytes(point as Parameters<typeof pointBytes>[0]);
    if (batch.length > 0 && bytes + own > batchBytes * 2) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(point);
    bytes += own;
  }
  if (batch.length > 0) yield batch;
}

/** Writes end in any order and are confirmed in theirs: what is confirmed has no gap. */
class Lane {
  readonly #most: number;
  readonly #confirm: (last: PointId, points: number) => void;
  readonly #waiting: { last: PointId; points: number; isDone: boolean }[] = [];
  readonly #running: Set<Promise<void>> = new Set();
  #failure: { error: unknown } | undefined;

  constructor(most: number, confirm: (last: PointId, points: number) => void) {
    this.#most = most;
    this.#confirm = confirm;
  }

  /** Waits for room; the write goes on when it has returned. @throws what an earlier write threw */
  async start(last: PointId, points: number, write: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#most) await Promise.race(this.#running);
    this.expectNoFailure();
    const entry = { last, points, isDone: false };
    this.#waiting.push(entry);
    const running = write()
      .then(
        () => {
          entry.isDone = true;
          while (this.#waiting[0]?.isDone) {
            const first = this.#waiting.shift()!;
            this.#confirm(first.last, first.points);
          }
        },
        (error: unknown) => {
          this.#failure ??= { error };
        },
      )
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
  }

  expectNoFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
