/**
 * `dualWrite`: one Store over two, to move from one to the other while both reads and writes go on.
 *
 *  - A write goes to the primary, then to the secondary, in the same order for each point. Writes by filter are resolved to ids
 *    on the primary, while nothing else is written to the collection.
 *  - A secondary that fails or is slow never fails a write: the points are noted as diverged, and `catchUp` copies them.
 *  - Reads are the primary's.
 *  - What is noted lives in this process. After a restart everything is taken to differ, until `catchUp` has copied it.
 *  - All writers must write through this one Store: in what others write, the two may differ until `verify` finds it.
 */
import { FrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import type { Store } from "../../store.ts";
import type { MirrorCatchUpOptions, MirrorCaughtUp } from "./catch-up.ts";
import type { CutOverOptions } from "./cut-over.ts";
import { TwoStores } from "./dual-store.ts";
import type { Divergence } from "./mirror.ts";
import type { ShadowDifference } from "./shadow.ts";
import type { MirrorVerification } from "./verify.ts";

export interface DualWriteOptions {
  primary: Store;
  /** A mirror: what it has in the primary's collections and the primary has not is deleted by `catchUp`. */
  secondary: Store;
  /** Told when points may differ. Must not throw. */
  onDivergence?: (divergence: Divergence) => void;
  /** Ids noted of a collection; beyond it counts as diverged in all. Default 10,000. */
  mostDiverged?: number;
  /** How long a write waits for the secondary. Default 30 s. */
  secondaryTimeoutMs?: number;
  /** Share of get, query and count, 0 … 1, that the secondary is asked too. Default 0. Nobody waits for it. */
  shadowReads?: number;
  /** A write between the two answers makes them differ as well. */
  onShadowDifference?: (difference: ShadowDifference) => void;
}

export interface DualStore extends Store {
  readonly primary: Store;
  readonly secondary: Store;
  /** What `catchUp` has to do: collections that differ, and in how many points at most. */
  divergence(): { catalog: boolean; collections: { [name: string]: number | "all" } };
  /** Makes the secondary equal, while writes go on. The first one copies everything. */
  catchUp(options?: MirrorCatchUpOptions): Promise<MirrorCaughtUp>;
  /** Compares every point, while writes go on. */
  verify(options?: MirrorCatchUpOptions): Promise<MirrorVerification>;
  /** Catches up, verifies, and swaps the roles; writes wait for a moment. The old primary goes on as the secondary: the way back. */
  cutOver(options?: CutOverOptions): Promise<void>;
}

/** Reads and writes nothing yet. @throws FrancaError invalid_argument */
export function dualWrite(options: DualWriteOptions): DualStore {
  const { primary, secondary, mostDiverged = 0, secondaryTimeoutMs = 1, shadowReads = 0 } = options;
  if (primary === secondary)
    throw new FrancaError("invalid_argument", "dualWrite: expected two stores; got one twice");
  if (!Number.isSafeInteger(mostDiverged) || mostDiverged < 0)
    throw badInput("dualWrite: mostDiverged", "a whole number", mostDiverged);
  if (!(secondaryTimeoutMs > 0 && secondaryTimeoutMs < 2 ** 31))
    throw badInput("dualWrite: secondaryTimeoutMs", "a number of milliseconds", secondaryTimeoutMs);
  if (!(shadowReads >= 0 && shadowReads <= 1))
    throw badInput("dualWrite: shadowReads", "a share from 0 to 1", shadowReads);
  return new TwoStores(options);
}
