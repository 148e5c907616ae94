/**
 * Brings vector indexes up to date: in the background by stretches, at a pace that leaves queries room, and at once when
 * asked to. Until then the slots beyond the graph are scanned exactly, so building late costs time and never recall.
 * One build at a time.
 */

import { cancelledError, FrancaError, isCancelled } from "../errors.ts";
import type { Warning } from "../model/result.ts";
import { BuildPace, stretchMs } from "./build-pace.ts";
import type { NumberedField } from "./fields.ts";
import type { VectorIndex } from "./kernel.ts";
import { rest } from "./rest.ts";

/** A scan of fewer slots than this beyond the graph costs less than a query notices. */
const scannedAtMost = 4096;
/** While a load goes on a graph is saved when it has grown so much since. */
const savedAtGrowth = 1.5;

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
  readonly #pace = new BuildPace();

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

  /** To be called with each query. */
  queried(): void {
    this.#pace.queried();
  }

  /** To be called after puts: starts a build when there is enough to build. */
  notice(): void {
    if (this.#background !== undefined || this.#stopped.signal.aborted) return;
    const behind = this.#graphs.filter(
      (graph) => behindBy(graph) >= scannedAtMost && !this.#failures.has(graph.name),
    );
    if (behind.length === 0) return;
    const abort = new AbortController();
    const done = this.#enqueue(() => this.#buildAtPace(behind, abort.signal))
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
    await this.#enqueue(async () => {
      for (const graph of this.#graphs) {
        if ((await this.#build(graph, request)) > 0) this.#onBuilt();
      }
    });
  }

  /** Stops what runs and waits for it. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#background?.done;
    await this.#last.catch(() => {});
  }

  #enqueue(run: () => Promise<void>): Promise<void> {
    // The failure of a build is for whoever asked for it; the next one begins all the same.
    this.#last = this.#last.catch(() => {}).then(run);
    return this.#last;
  }

  async #buildAtPace(graphs: readonly Graph[], signal: AbortSignal): Promise<void> {
    for (const graph of graphs) {
      let saved = graph.index.indexed;
      let built = 0;
      try {
        while (behindBy(graph) > 0) {
          const began = performance.now();
          built += await this.#stretch(graph, signal);
          if (graph.index.indexed > saved * savedAtGrowth) {
            saved = graph.index.indexed;
            built = 0;
            this.#onBuilt();
          }
          const restMs = this.#pace.restMs(performance.now() - began, behindBy(graph));
          await rest(restMs, AbortSignal.any([signal, this.#stopped.signal]));
        }
      } finally {
        if (built > 0) this.#onBuilt();
      }
    }
  }

  /**
   * Builds for a little while. Returns how many slots it brought in. Codes are learnt anew as the graph grows, before anything is
   * inserted: that is let come to its end, however long it takes, or it would be begun again with each stretch and never end.
   */
  async #stretch(graph: Graph, signal: AbortSignal): Promise<number> {
    const before = graph.index.indexed;
    const began = performance.now();
    const end = new AbortController();
    const onProgress: BuildRequest["onProgress"] = ({ done }) => {
      if (done > 0 && performance.now() - began >= stretchMs) end.abort();
    };
    try {
      const threads = this.#pace.isQuiet ? undefined : "spare";
      return await this.#build(graph, { signal: AbortSignal.any([signal, end.signal]), onProgress }, threads);
    } catch (error) {
      if (signal.aborted || this.#stopped.signal.aborted || !isCancelled(error)) throw error;
      return graph.index.indexed - before;
    }
  }

  /** Returns how many slots it brought in. */
  async #build(
    { name, index }: Graph,
    { signal, onProgress }: BuildRequest,
    threads?: "spare",
  ): Promise<number> {
    const either =
      signal === undefined ? this.#stopped.signal : AbortSignal.any([this.#stopped.signal, signal]);
    if (either.aborted) throw cancelledError("the build", either);
    const before = index.indexed;
    try {
      await index.build({
        signal: either,
        ...(threads && { threads }),
        ...(onProgress && { onProgress: (progress) => onProgress({ field: name, ...progress }) }),
      });
      this.#failures.delete(name);
      return index.indexed - before;
    } catch (error) {
      if (isCancelled(error)) throw error;
      const failure =
        error instanceof FrancaError
          ? error
          : new FrancaError("internal", `the build of ${name} failed: ${String(error)}`, { cause: error });
      this.#failures.set(name, failure);
      throw failure;
    }
  }
}

function behindBy({ index }: Graph): number {
  return index.pending;
}
