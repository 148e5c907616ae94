/** A database as `open` and `repair` make it; tests make smaller ones, in which everything happens sooner. */
import type { CollectionOptions } from "./collection.ts";

export const usualOptions: Pick<CollectionOptions, "checkpointBytes" | "syncEveryMs" | "segmentBytes"> = {
  checkpointBytes: 64 * 2 ** 20,
  syncEveryMs: 1000,
  segmentBytes: { log: 64 * 2 ** 20, vectors: 256 * 2 ** 20 },
};
