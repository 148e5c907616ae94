/** What has changed behind a copy: both sides compared in one pass, and what differs copied. */
import type { PointId } from "../../model/id.ts";
import type { Point, StoredPoint } from "../../model/point.ts";
import type { Collection } from "../../store.ts";
import { type CompareOptions, compareCollections } from "./compare.ts";
import { pointBytes } from "./pages.ts";
import { type RepeatOptions, repeated } from "./repeated.ts";

export interface CaughtUp {
  /** Points written, since they were missing or different. */
  written: number;
  /** Points deleted in the target, since the source has them not. */
  deleted: number;
}

export interface CatchUpOptions
  extends RepeatOptions,
    Pick<CompareOptions, "vectors" | "ids" | "onProgress"> {
  /** Default false: what only the target has stays. */
  deletesExtra?: boolean;
}

const batchSize = 500;
const batchBytes = 4 * 2 ** 20;

export async function catchUp(
  source: Collection,
  target: Collection,
  options: CatchUpOptions,
): Promise<CaughtUp> {
  const { deletesExtra = false, signal, vectors, ids, onProgress, retries } = options;
  const repeat: RepeatOptions = { ...(signal && { signal }), ...(retries !== undefined && { retries }) };
  const done: CaughtUp = { written: 0, deleted: 0 };
  let points: StoredPoint[] = [];
  let bytes = 0;
  let extra: PointId[] = [];
  const write = async (): Promise<void> => {
    const batch = points;
    points = [];
    bytes = 0;
    if (batch.length === 0) return;
    await repeated(() => target.upsert(batch as Point[], signal && { signal }), repeat);
    done.written += batch.length;
  };
  const remove = async (): Promise<void> => {
    const batch = extra;
    extra = [];
    if (batch.length === 0) return;
    await repeated(() => target.delete({ ids: batch }, signal && { signal }), repeat);
    done.deleted += batch.length;
  };
  await compareCollections(source, target, {
    ...repeat,
    ...(vectors && { vectors }),
    ...(ids && { ids }),
    ...(onProgress && { onProgress }),
    async onDifference(kind, id, point) {
      if (kind === "extra") {
        if (!deletesExtra) return;
        extra.push(id);
        if (extra.length >= batchSize) await remove();
        return;
      }
      points.push(point!);
      bytes += pointBytes(point!);
      if (points.length >= batchSize || bytes >= batchBytes) await write();
    },
  });
  await write();
  await remove();
  return done;
}
