/**
 * How far a copy has come, so that a second run goes on where the first one stopped.
 */
import { FrancaError } from "../../errors.ts";
import type { PointId } from "../../model/id.ts";
import type { CopyPlan } from "./plan.ts";

/** Holds one state; `copyStateFile` holds it in a file. */
export interface CopyStateKeeper {
  load(): Promise<CopyState | undefined>;
  /** Replaces it whole: whoever loads finds the state before or this one. */
  save(state: CopyState): Promise<void>;
  remove(): Promise<void>;
}

export interface CopyState {
  version: 1;
  /** What is copied: two copies with equal words are the same one. */
  copy: CopyIdentity;
  /** By name in the source. */
  collections: { [from: string]: CollectionState };
}

export interface CopyIdentity {
  from: string;
  to: string;
  /** Names, renames and what is left out, as JSON. */
  options: string;
}

export interface CollectionState {
  /** All points up to this id are in the target; absent: none. Digits for an integer. */
  after?: { integer: string } | { string: string };
  points: number;
  isDone: boolean;
}

/** What decides what a copy does: another schema or name in the source is another copy. */
export function identityOf({ collections }: CopyPlan, places: { from: string; to: string }): CopyIdentity {
  const options = collections.map(({ from, to, vectors, ids }) => ({ from, to, vectors, ids }));
  return { ...places, options: JSON.stringify(options) };
}

/** @throws FrancaError failed_precondition for the state of another copy */
export function expectSameCopy(state: CopyState, identity: CopyIdentity): void {
  const differs = (["from", "to", "options"] as const).find((key) => state.copy[key] !== identity[key]);
  if (differs === undefined) return;
  throw new FrancaError(
    "failed_precondition",
    `the state is that of another copy: its ${differs} is ${state.copy[differs]}, this one's ${identity[differs]}; ` +
      "run that one again to complete it, remove its state file to begin anew, or give this one its own with --state",
    { details: { state: state.copy, copy: identity } },
  );
}

export function encodeId(id: PointId): NonNullable<CollectionState["after"]> {
  return typeof id === "string" ? { string: id } : { integer: String(id) };
}

export function decodeId(id: NonNullable<CollectionState["after"]>): PointId {
  if ("string" in id) return id.string;
  const number = Number(id.integer);
  return Number.isSafeInteger(number) ? number : BigInt(id.integer);
}
