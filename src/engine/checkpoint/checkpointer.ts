/**
 * When checkpoints are taken: after so many bytes of log, after a graph was built, and at the end. One at a time.
 */
import type { Warning } from "../../model/result.ts";
import type { Directory } from "../file.ts";
import type { CollectionState } from "../state.ts";
import type { Writer } from "../write/writer.ts";
import { type Snapshot, takeSnapshot, writeGraph, writeSnapshot } from "./checkpoint.ts";

export class Checkpointer {
  readonly #directory: Directory;
  readonly #state: CollectionState;
  readonly #writer: Writer;
  readonly #everyBytes: number;
  readonly #saveMore: () => Promise<void>;
  #bytesSince = 0;
  #lsn: number;
  /** Set when the last one does not fit any more, though it may be of the same LSN. */
  #isStale = false;
  /** Slots that each graph covered when it was saved or loaded. */
  readonly #savedGraphs: number[];
  #failure: Error | undefined;
  #last: Promise<void> = Promise.resolve();
  #isWaiting = false;

  constructor(
    directory: Directory,
    state: CollectionState,
    writer: Writer,
    everyBytes: number,
    saveMore: () => Promise<void> = async () => {},
  ) {
    this.#directory = directory;
    this.#state = state;
    this.#writer = writer;
    this.#everyBytes = everyBytes;
    this.#saveMore = saveMore;
    this.#lsn = state.checkpointLsn;
    this.#savedGraphs = state.vectorIndexes.map((index) => index.indexed);
  }

  /** The failure of the last checkpoint: opening will take longer, nothing is lost. */
  get warnings(): Warning[] {
    if (this.#failure === undefined) return [];
    return [
      {
        code: "background_failed",
        message: `a checkpoint could not be written (${this.#failure.message}); opening will replay more of the log`,
      },
    ];
  }

  written(bytes: number): void {
    this.#bytesSince += bytes;
    if (this.#bytesSince >= this.#everyBytes) this.#later();
  }

  graphBuilt(): void {
    this.#later();
  }

  /** Takes one soon, since the last one fits the log no more. Never rejects: what fails is in the warnings. */
  renew(): Promise<void> {
    this.#isStale = true;
    this.#later();
    return this.#last;
  }

  /**
   * Writes every graph that has or had vertices, though as many as before: they are others. @throws what the medium throws
   */
  async saveGraphs(): Promise<void> {
    const saved = this.#last.then(async () => {
      for (const [ordinal, { indexed }] of this.#state.vectorIndexes.entries()) {
        if (indexed === 0 && !this.#state.graphFiles.has(ordinal)) continue;
        const lsn = await this.#writeGraph(ordinal);
        this.#savedGraphs[ordinal] = indexed;
        this.#state.graphFiles.set(ordinal, lsn);
        this.#isStale = true;
      }
    });
    this.#last = saved.catch(() => {});
    return saved;
  }

  /**
   * Takes a checkpoint of the moment at which `note` runs, between two writes, and replaces none of its files until
   * `release` is called. Not written (the medium is full): those that are there fit another moment.
   * @throws what `note` throws; FrancaError of the log
   */
  hold<T>(note: () => Promise<T>): Promise<{ noted: T; isWritten: boolean; release: () => void }> {
    return new Promise((resolve, reject) => {
      this.#last = this.#last.then(async () => {
        try {
          await this.#writeGraphs().catch(() => {});
          const { snapshot, noted } = await this.#noteBetweenWrites(note);
          const isWritten = await this.#writeSnapshot(snapshot).then(
            () => true,
            () => false,
          );
          await new Promise<void>((release) => resolve({ noted, isWritten, release }));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Waits for what is under way, and takes the last one when asked to. */
  async stop(takeLast: boolean): Promise<void> {
    await this.#last;
    if (takeLast) await this.#take();
  }

  #later(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#last = this.#last.then(async () => {
      this.#isWaiting = false;
      try {
        await this.#take();
        this.#failure = undefined;
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(String(error));
      }
    });
  }

  async #take(): Promise<void> {
    const { log, graphFiles } = this.#state;
    if (this.#isStale || log.lsn !== this.#lsn) await this.#takeSnapshot();
    const listed = graphFiles.size;
    await this.#writeGraphs();
    // So that one that goes missing is missed.
    if (graphFiles.size > listed) await this.#takeSnapshot();
    await this.#saveMore();
  }

  #writeGraph(ordinal: number): Promise<number> {
    const sync = () => this.#writer.exclusive(() => this.#state.log.sync());
    return writeGraph(this.#directory, this.#state, ordinal, sync);
  }

  async #writeGraphs(): Promise<void> {
    const { graphFiles } = this.#state;
    for (const [ordinal, index] of this.#state.vectorIndexes.entries()) {
      const { indexed } = index;
      if (indexed === this.#savedGraphs[ordinal] || this.#state.slots === 0) continue;
      await this.#writeGraph(ordinal);
      this.#savedGraphs[ordinal] = indexed;
      if (!graphFiles.has(ordinal)) graphFiles.set(ordinal, 0);
    }
  }

  async #takeSnapshot(): Promise<void> {
    const { snapshot } = await this.#noteBetweenWrites(async () => {});
    await this.#writeSnapshot(snapshot);
  }

  #noteBetweenWrites<T>(note: () => Promise<T>): Promise<{ snapshot: Snapshot; noted: T }> {
    this.#bytesSince = 0;
    return this.#writer.exclusive(async () => {
      // The manifest says first that all of this is durable: a checkpoint never knows more than the log.
      await this.#state.log.markDurable();
      this.#isStale = false;
      const snapshot = await takeSnapshot(this.#state);
      return { snapshot, noted: await note() };
    });
  }

  async #writeSnapshot(snapshot: Snapshot): Promise<void> {
    try {
      await writeSnapshot(this.#directory, this.#state, snapshot);
      this.#lsn = snapshot.lsn;
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }
}
