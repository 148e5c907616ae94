/**
 * Export and import of collections, over any Store: JSON Lines and Parquet, with vectors. And from Store to Store: `copyStore`.
 */
import type { CollectionSchema } from "../model/schema.ts";
import type { Collection, Store } from "../store.ts";
import type { CopyState, CopyStateKeeper } from "./copy/state.ts";
import type { ExportReport } from "./export.ts";
import type { ExportFileOptions } from "./files-node.ts";
import type { ImportOptions, ImportReport } from "./import.ts";

export type { Columns } from "./columns.ts";
export type { CaughtUp } from "./copy/catch-up.ts";
export type { Comparison, DifferenceKind, Differences } from "./copy/compare.ts";
export { type CopyOptions, type CopyProgress, type CopyReport, copyStore } from "./copy/copy.ts";
export type { BatchOptions } from "./copy/copy-points.ts";
export type { Overlap, SampleQuery } from "./copy/overlap.ts";
export {
  type CollectionPlan,
  type CopyPlan,
  type Loss,
  type LossKind,
  type PlanOptions,
  planCopy,
} from "./copy/plan.ts";
export type { RepeatOptions } from "./copy/repeated.ts";
export type { CollectionState, CopyIdentity, CopyState, CopyStateKeeper } from "./copy/state.ts";
export {
  type CollectionVerification,
  type VerifyOptions,
  type VerifyReport,
  verifyCopy,
} from "./copy/verify.ts";
export type { MirrorCatchUpOptions, MirrorCaughtUp } from "./dual/catch-up.ts";
export type { CutOverOptions } from "./dual/cut-over.ts";
export { type DualStore, type DualWriteOptions, dualWrite } from "./dual/dual-write.ts";
export type { Divergence } from "./dual/mirror.ts";
export type { ShadowDifference } from "./dual/shadow.ts";
export type { MirrorVerification } from "./dual/verify.ts";
export {
  type ExportOptions,
  type ExportReport,
  exportCollection,
  type TransferFormat,
  type TransferProgress,
} from "./export.ts";
export type { ExportFileOptions } from "./files-node.ts";
export { type ImportOptions, type ImportReport, importCollection } from "./import.ts";
export type { Decompressors } from "./parquet/rows.ts";
export type { ByteSink, ByteSource, RandomAccess } from "./stream.ts";

/**
 * A collection into a file, which appears under its name when it is whole. The name's ending tells the format:
 * .jsonl, .jsonl.gz or .parquet. Node only.
 * @throws FrancaError already_exists; those of exportCollection
 */
export async function exportFile<S extends CollectionSchema>(
  collection: Collection<S>,
  path: string,
  options: ExportFileOptions<S> = {},
): Promise<ExportReport> {
  return (await import("./files-node.ts")).exportFile(collection, path, options);
}

/**
 * A file into a collection; Parquet and gzip are recognised by their first bytes. Node only.
 * @param name undefined: the one the file tells
 * @throws FrancaError not_found; those of importCollection
 */
export async function importFile(
  store: Store,
  name: string | undefined,
  path: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  return (await import("./files-node.ts")).importFile(store, name, path, options);
}

/** Keeps the state of a copy in a file, replaced whole and with a checksum. Node only. */
export function copyStateFile(path: string): CopyStateKeeper {
  const kept = async (): Promise<CopyStateKeeper> =>
    (await import("./copy/state-file-node.ts")).stateFile(path);
  return {
    load: async () => (await kept()).load(),
    save: async (state: CopyState) => (await kept()).save(state),
    remove: async () => (await kept()).remove(),
  };
}
