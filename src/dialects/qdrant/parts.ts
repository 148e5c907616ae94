/** What a host gives the dialect beside a Store. */
import { type Models, noModels } from "./inference/models.ts";
import { type SnapshotPlace, snapshotsInMemory } from "./snapshots/place.ts";

export interface Parts {
  /** What embeds objects for inference, beside "qdrant/bm25", which is always there. */
  readonly models: Models;
  readonly snapshots: SnapshotPlace;
}

export function withUsualParts(given: Partial<Parts>): Parts {
  const { models = noModels, snapshots = snapshotsInMemory() } = given;
  return { models, snapshots };
}
