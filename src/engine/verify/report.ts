/**
 * What verifying and repairing tell. Everything is plain data: it goes to JSON as it is (ids that are bigints apart).
 */
import type { PointId } from "../../model/id.ts";

export interface VerifyReport {
  /** Nothing is damaged, what is derived included. Leftovers of interrupted calls are no damage. */
  ok: boolean;
  /** Files and bytes read. */
  files: number;
  bytes: number;
  collections: CollectionReport[];
  /** What belongs to no collection: the catalog, folders that it does not know. */
  unreadable: UnreadableRegion[];
  leftovers: Leftover[];
}

export interface CollectionReport {
  /** As in the catalog; where that is lost, the folder's name. */
  name: string;
  /** Points that live, the damaged ones included. */
  points: number;
  /** Points that live and are not whole, each part of them. */
  damaged: DamagedPoint[];
  /** What cannot be read, or cannot be trusted, as a whole. */
  unreadable: UnreadableRegion[];
  /**
   * Writes that are lost and that nothing else tells of. Points that they changed are as before, and points that they
   * deleted are back.
   */
  missingLsns: LsnRange[];
  /** Checkpoints that opening would rebuild. */
  derived: DamagedFile[];
  /** What opening says: absent when it opens, with damaged points or without. */
  refused?: string;
  leftovers: Leftover[];
}

export interface DamagedPoint {
  /** Absent where the bytes that held it are the damaged ones. */
  id?: PointId;
  /** The vector field that is damaged; absent: the payload. */
  field?: string;
  file: string;
  offset: number;
  how: string;
}

export interface UnreadableRegion {
  file: string;
  offset: number;
  length: number;
  how: string;
  /** Writes that lay there. */
  lsns?: LsnRange;
  /** Living points that lay there, as far as something else tells. */
  ids?: PointId[];
}

/** Both included. */
export interface LsnRange {
  from: number;
  to: number;
}

export interface DamagedFile {
  file: string;
  how: string;
}

/** What an interrupted call left behind; opening removes it. */
export interface Leftover {
  file: string;
  offset: number;
  length: number;
  what: string;
}

export interface RepairReport {
  /** Nothing had to be left out or left to guess. */
  complete: boolean;
  collections: RepairedCollection[];
  /** What could not be saved at all, and why. */
  notSaved: { what: string; why: string }[];
}

export interface RepairedCollection {
  /** In the new database. */
  name: string;
  /** Points written. */
  points: number;
  /** Points written without a vector, since its bytes are damaged: embed them again. */
  withoutVector: DamagedPoint[];
  /** Points left out, since their payload is damaged. */
  lost: DamagedPoint[];
  unreadable: UnreadableRegion[];
  /** See CollectionReport. */
  missingLsns: LsnRange[];
  /** What was reconstructed, and what the reconstruction could not know. */
  notes: string[];
}

export interface VerifyProgress {
  collection: string;
  bytes: { done: number; total: number };
}

export interface VerifyOptions {
  onProgress?: (progress: VerifyProgress) => void;
  signal?: AbortSignal;
  /** Which build of the kernel; default the native one where it loads. */
  kernel?: "native" | "wasm";
}
