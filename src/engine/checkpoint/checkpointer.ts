/**
 * When checkpoints are taken: after so many bytes of log, after a graph was built, and at the end. One at a time.
 */
import type { Warning } from "../../model/result.ts";
import type { Directory } from "../file.ts";
import type { CollectionState } from "../state.ts";
import type { Writer } from "../write/writer.ts";
import { takeSnapshot, writeGraph, writeSnapshot } from "./checkpoint.ts";

export class Checkpointer {
  readonly #directory: Directory;
  readonly #state: CollectionState;
  readonly #writer: Writer;
  readonly #everyBytes: number;
  #bytesSince = 0;
  #lsn: number;
  /** Slots that each graph covered when it was saved or loaded. */
  readonly #savedGraphs: number[];
  #failure: Error | undefined;
  #last: Promise<void> = Promise.resolve();
  #isWaiting = false;

  constructor(directory: Directory, state: CollectionState, writer: Writer, everyBytes: number) {
    this.#directory = directory;
    this.#state = state;
    this.#writer = writer;
    this.#everyBytes = everyBytes;
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
    if (log.lsn !== this.#lsn) await this.#takeSnapshot();
    const listed = graphFiles.size;
    for (const [ordinal, index] of this.#state.vectorIndexes.entries()) {
      const { indexed } = index;
      if (indexed === this.#savedGraphs[ordinal] || this.#state.slots === 0) continue;
      await writeGraph(this.#directory, this.#state, ordinal);
      this.#savedGraphs[ordinal] = indexed;
      if (!graphFiles.has(ordinal)) graphFiles.set(ordinal, 0);
    }
    // So that one that goes missing is missed.
    if (graphFiles.size > listed) await this.#takeSnapshot();
  }

  async #takeSnapshot(): Promise<void> {
    this.#bytesSince = 0;
    const snapshot = await this.#writer.exclusive(async () => {
      // The manifest says first that all of this is durable: a checkpoint never knows more than the log.
      await this.#state.log.markDurable();
      return takeSnapshot(this.#state);
    });
    await writeSnapshot(this.#directory, this.#state, snapshot);
    this.#lsn = snapshot.lsn;
  }
}
