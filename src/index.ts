/**
 * Franca: `open` a database, describe what a collection holds with `defineSchema`, and work with a `Store`.
 * Retrieval-augmented generation is in "franca/rag", embedders are in "franca/embedders/…".
 */

export type {
  Embedder,
  Embeddings,
  EmbedOptions,
  EmbedRole,
  MediaInput,
  Modality,
  ModelIdentity,
} from "./embedder.ts";
export { staticEmbedder } from "./embedders/static.ts";
export { restore, verifySnapshot } from "./engine/backup/backup.ts";
export type { SnapshotInfo } from "./engine/backup/restore.ts";
export type { BackupProgress, SnapshotOptions, SnapshotReport } from "./engine/backup/snapshot.ts";
export type { EngineStore } from "./engine/engine.ts";
export { type Plan, type PlanRequest, plan } from "./engine/memory/plan.ts";
export type { OpenOptions } from "./engine/open.ts";
export { type RepairOptions, repair } from "./engine/verify/repair.ts";
export type * from "./engine/verify/report.ts";
export { verify } from "./engine/verify/verify.ts";
export { type ErrorCode, FrancaError, isFrancaError } from "./errors.ts";
export { type HybridRequest, hybridSearch } from "./hybrid/hybrid.ts";
export type * from "./model/filter.ts";
export type * from "./model/formula.ts";
export {
  defaultHybridWeights,
  defaultRrfK,
  type FusedHit,
  type RankedList,
  reciprocalRankFusion,
} from "./model/fusion.ts";
export type { PointId } from "./model/id.ts";
export type * from "./model/payload.ts";
export type * from "./model/point.ts";
export type * from "./model/query.ts";
export type * from "./model/ranking.ts";
export type * from "./model/result.ts";
export type * from "./model/schema.ts";
export { defineSchema } from "./model/schema.ts";
export type * from "./model/text-analysis.ts";
export { open } from "./open.ts";
export type * from "./store.ts";
export type { RemoteOptions } from "./stores/remote.ts";
