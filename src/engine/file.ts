/**
 * Files as the engine needs them: a folder of append-only files that can be synced, replaced whole and locked.
 * Drivers: `files/node.ts`, `files/memory.ts`; a browser's origin-private file system and the fault-injecting
 * disks of the tests answer the same contract. Errors of the medium are thrown as they come (ENOSPC, EIO).
 */

export interface File {
  readonly name: string;
  /** Where the system finds the file, so that it may be mapped; absent for files that are not on a disk. */
  readonly path?: string;
  size(): Promise<number>;
  /** Bytes from `offset` on, at the start of a buffer of their own; fewer than `length` only where the file ends. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The same bytes, all of them, where they can be had without waiting for the medium; else undefined. */
  readNow?(offset: number, length: number): Uint8Array | undefined;
  /** Writes the pieces one after the other from `offset` on; all of them, or rejects having written any part. */
  write(offset: number, pieces: readonly Uint8Array[]): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Resolves when content and size would survive a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Directory {
  /** For messages: a path, or ":memory:". */
  readonly location: string;
  /** True where files take memory of the process instead of a disk. */
  readonly isInMemory?: boolean;
  /** Names of files and folders, in order. */
  list(): Promise<string[]>;
  /** @throws FrancaError not_found when there is none and `create` is not set */
  open(name: string, options?: { create?: boolean }): Promise<File>;
  /** The folder `name` inside, made when missing. */
  directory(name: string): Promise<Directory>;
  /** Removes a file, or a folder with all it holds; nothing when there is none. */
  remove(name: string): Promise<void>;
  /** In one step, replacing what `to` named. */
  rename(from: string, to: string): Promise<void>;
  /** Resolves when creations, renames and removals in this folder would survive a power cut. */
  sync(): Promise<void>;
  /**
   * Makes this process the only one to use the folder, until released or dead.
   * @throws FrancaError failed_precondition, naming the process that holds it
   */
  lock(): Promise<Lock>;
}

export interface Lock {
  /** Set when it was taken from an owner that was silent, but may live: what that one was writing may yet reach the files. */
  readonly mayBeWrittenBeside?: boolean;
  /**
   * To be asked before and after what is written. Undefined where no other can have taken the folder; else a promise
   * for that, after a look.
   * @throws FrancaError failed_precondition, and from then on always, when another has it or may have; unavailable, or
   * what the medium throws, when that cannot be found out now
   */
  expectHeld(): Promise<void> | undefined;
  /** Leaves a lock alone that is another's by now. */
  release(): Promise<void>;
}
