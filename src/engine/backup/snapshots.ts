/**
 * Snapshots of a store in use: what is open is noted as it is used, what is not is held shut until it is copied.
 */
import { cancelledError, FrancaError } from "../../errors.ts";
import { catalogName, folderName } from "../catalog.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import type { Log } from "../log/log.ts";
import { type SourceFile, wholeFile } from "./files.ts";
import { type Noted, noteClosed } from "./note.ts";
import { copySnapshot, type NotedCollection, type SnapshotOptions, type SnapshotReport } from "./snapshot.ts";
import type { SnapshotTarget } from "./target.ts";

/** The store that snapshots are taken of. */
export interface SnapshotSource {
  directory: Directory;
  crc32c: Kernel["crc32c"];
  /** Runs `act` between two changes of the catalog. */
  inTurn<T>(act: () => Promise<T>): Promise<T>;
  collections(): readonly SourceCollection[];
}

export interface SourceCollection {
  name: string;
  folder: number;
  /** Where it is open. */
  open: { note(): Promise<Noted> } | undefined;
  openLog(directory: Directory): Promise<Log>;
}

export class Snapshots {
  readonly #source: SnapshotSource;
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  /** Collections that are copied without being open, until that has ended. */
  readonly #copied = new Map<number, Promise<void>>();

  constructor(source: SnapshotSource) {
    this.#source = source;
  }

  /** Resolves when a folder is not copied, or no longer: only then may it be opened or removed. */
  async until(folder: number): Promise<void> {
    await this.#copied.get(folder);
  }

  take(targetOf: () => Promise<SnapshotTarget>, options: SnapshotOptions): Promise<SnapshotReport> {
    const signal =
      options.signal === undefined
        ? this.#stopped.signal
        : AbortSignal.any([this.#stopped.signal, options.signal]);
    const run = this.#noteAll(targetOf, signal).then(async ({ target, catalog, noted }) => {
      try {
        return await copySnapshot(catalog, noted, target, this.#source.crc32c, { ...options, signal });
      } finally {
        for (const one of noted) await one.end();
      }
    });
    this.#running.add(run);
    const done = (): void => void this.#running.delete(run);
    run.then(done, done);
    return run;
  }

  /** Ends those that run. */
  stop(): void {
    this.#stopped.abort(new FrancaError("failed_precondition", "the store was closed"));
  }

  /** Resolves when none runs. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /**
   * The catalog, and every collection at one moment of its own. What is open is noted when the catalog's turn is over,
   * since it may wait for a checkpoint; the turn sees to it that it is not closed before.
   */
  async #noteAll(
    targetOf: () => Promise<SnapshotTarget>,
    signal: AbortSignal,
  ): Promise<{ target: SnapshotTarget; catalog: SourceFile; noted: NotedCollection[] }> {
    const { target, catalog, begun } = await this.#source.inTurn(async () => {
      const catalog = await wholeFile(this.#source.directory, catalogName);
      const target = await targetOf();
      const begun = this.#source.collections().map(async (collection) => {
        const { name, folder, open } = collection;
        const noted = await (open?.note() ?? this.#noteClosed(collection));
        return { ...noted, name, folder: folderName(folder) };
      });
      return { target, catalog, begun };
    });
    const settled = await Promise.allSettled(begun);
    const noted = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const failed = settled.find((result) => result.status === "rejected");
    if (failed === undefined && !signal.aborted) return { target, catalog, noted };
    for (const one of noted) await one.end();
    await target.abandon();
    throw failed?.reason ?? cancelledError("the snapshot", signal);
  }

  /** Opening the collection waits until this has ended. */
  #noteClosed({ folder, openLog }: SourceCollection): Promise<Noted> {
    let ended: () => void = () => {};
    const until = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const before = this.#copied.get(folder);
    const copied = Promise.all([before, until]).then(() => {
      if (this.#copied.get(folder) === copied) this.#copied.delete(folder);
    });
    this.#copied.set(folder, copied);
    const note = async (): Promise<Noted> => {
      await before;
      const directory = await this.#source.directory.directory(folderName(folder));
      const noted = await noteClosed(directory, await openLog(directory));
      return { ...noted, end: () => noted.end().finally(ended) };
    };
    return note().catch((error) => {
      ended();
      throw error;
    });
  }
}
