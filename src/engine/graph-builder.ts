/**
 * Brings vector indexes up to date in the background. Until then the slots beyond the graph are scanned exactly, so
 * building late costs time and never recall. One build at a time.
 */
import { cancelledError, FrancaError, isFrancaError } from "../errors.ts";
import type { Warning } from "../model/result.ts";
import type { NumberedField } from "./fields.ts";
import type { VectorIndex } from "./kernel.ts";

/** A scan of fewer slots than this beyond the graph costs less than a query notices. */
const scannedAtMost = 4096;

export interface BuildRequest {
  signal?: AbortSignal;
  onProgress?: (progress: { field: string; done: number; total: number }) => void;
}

interface Graph {
  name: string;
  index: VectorIndex;
}

export class GraphBuilder {
  readonly #graphs: Graph[];
  readonly #onBuilt: () => void;
  readonly #stopped = new AbortController();
  readonly #failures = new Map<string, FrancaError>();
  #background: { done: Promise<void>; abort: AbortController } | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(fields: readonly NumberedField[], indexes: readonly VectorIndex[], onBuilt: () => void) {
    this.#graphs = fields.flatMap(({ name, index }, ordinal) =>
      index === "flat" ? [] : [{ name, index: indexes[ordinal]! }],
    );
    this.#onBuilt = onBuilt;
  }

  /** Failures of background builds, until a build of the field succeeds. */
  get warnings(): Warning[] {
    return [...this.#failures].map(([field, error]) => ({
      code: "background_failed",
      message: `the graph of ${field} could not be built (${error.message}); its points are scanned instead`,
      details: { field },
    }));
  }

  /** To be called after puts: starts a build when there is enough to build. */
  notice(): void {
    if (this.#background !== undefined || this.#stopped.signal.aborted) return;
    const behind = this.#graphs.filter(
      ({ name, index }) => index.slots - index.indexed >= scannedAtMost && !this.#failures.has(name),
    );
    if (behind.length === 0) return;
    const abort = new AbortController();
    const done = this.#enqueue(behind, { signal: abort.signal })
      // Kept for stats() and the next optimize(), which try again or tell.
      .catch(() => {})
      .then(() => {
        this.#background = undefined;
        this.notice();
      });
    this.#background = { done, abort };
  }

  /** Builds now. @throws FrancaError cancelled; the kernel's */
  async optimize(request: BuildRequest): Promise<void> {
    // What the background build has inserted stays; this one goes on from there, and reports.
    this.#background?.abort.abort();
    await this.#enqueue(this.#graphs, request);
  }

  /** Stops what runs and waits for it. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#background?.done;
    await this.#last.catch(() => {});
  }

  #enqueue(graphs: readonly Graph[], request: BuildRequest): Promise<void> {
    const run = async () => {
      for (const graph of graphs) await this.#build(graph, request);
    };
    // The failure of a build is for whoever asked for it; the next one begins all the same.
    this.#last = this.#last.catch(() => {}).then(run);
    return this.#last;
  }

  async #build({ name, index }: Graph, { signal, onProgress }: BuildRequest): Promise<void> {
    const either =
      signal === undefined ? this.#stopped.signal : AbortSignal.any([this.#stopped.signal, signal]);
    if (either.aborted) throw cancelledError("the build", either);
    const before = index.indexed;
    try {
      await index.build({
        signal: either,
        ...(onProgress && { onProgress: (progress) => onProgress({ field: name, ...progress }) }),
      });
      this.#failures.delete(name);
      if (index.indexed > before) this.#onBuilt();
    } catch (error) {
      if (isFrancaError(error, "cancelled")) throw error;
      const failure =
        error instanceof FrancaError
          ? error
          : new FrancaError("internal", `the build of ${name} failed: ${String(error)}`, { cause: error });
      this.#failures.set(name, failure);
      throw failure;
    }
  }
}
