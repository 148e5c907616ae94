/**
 * When dead slots are given back and segments compacted: in the background, when there are many, and at optimize().
 * One after the other: a compaction relies on no slot being released meanwhile.
 */
import { cancelledError, FrancaError, isCancelled, isFrancaError } from "../../errors.ts";
import type { Warning } from "../../model/result.ts";
import type { OptimizeProgress } from "../../store.ts";
import type { Checkpointer } from "../checkpoint/checkpointer.ts";
import type { Directory } from "../file.ts";
import type { CollectionState } from "../state.ts";
import type { Writer } from "../write/writer.ts";
import { chooseRun, type RunLimits, type SegmentFigures } from "./choose.ts";
import { Compactor } from "./compactor.ts";
import { createBreathe } from "./pace.ts";
import { reclaim } from "./reclaim.ts";
import type { Breathe } from "./rewrite.ts";

export interface MaintenanceOptions {
  /** See LogOptions. */
  segmentBytes: { log: number; vectors: number };
  /** Fewer dead slots, and fewer dead bytes, are left alone in the background. */
  leastDead: { slots: number; bytes: number };
  /** After a failure it is tried again this much later. */
  retryMs: number;
}

interface Request {
  signal: AbortSignal;
  isBackground: boolean;
  onProgress?: ((progress: OptimizeProgress) => void) | undefined;
}

/** In the background: when so many slots, or bytes of the log, are dead. */
const deadSlotShare = 0.1;
const deadByteShare = 0.2;
/** A segment is rewritten when so much of it can be dropped. */
const gainShare = { background: 0.1, optimize: 0.02 } as const;

export class Maintenance {
  readonly #state: CollectionState;
  readonly #writer: Writer;
  readonly #checkpointer: Checkpointer;
  readonly #compactor: Compactor;
  readonly #options: MaintenanceOptions;
  readonly #isBusy: () => boolean;
  readonly #stopped = new AbortController();
  readonly #failures = new Map<"reclaim" | "compaction", FrancaError>();
  /** Segments that were found damaged. */
  readonly #damaged = new Set<number>();
  #background: { done: Promise<void>; abort: AbortController } | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** Bytes of deletions that the last run had to leave. */
  #deletions = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** @param isBusy whether others read or write right now */
  constructor(
    directory: Directory,
    state: CollectionState,
    writer: Writer,
    checkpointer: Checkpointer,
    options: MaintenanceOptions,
    isBusy: () => boolean,
  ) {
    this.#state = state;
    this.#writer = writer;
    this.#checkpointer = checkpointer;
    this.#compactor = new Compactor(directory, state, writer);
    this.#options = options;
    this.#isBusy = isBusy;
  }

  /** Failures of the last attempts; nothing is lost by them but room. */
  get warnings(): Warning[] {
    return [...this.#failures].map(([what, error]) => ({
      code: "background_failed",
      message: `${what === "reclaim" ? "dead slots could not be given back" : "the log could not be compacted"} (${error.message}); it is tried again`,
      details: { what, cause: error.code },
    }));
  }

  /** To be called after writes, and when a collection was opened: begins when enough is dead. */
  notice(): void {
    if (this.#background !== undefined || this.#retry !== undefined || this.#stopped.signal.aborted) return;
    if (!this.#isDue()) return;
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, this.#stopped.signal]);
    const done = this.#enqueue({ signal, isBackground: true })
      .then((didAny) => {
        // What is dead lies where nothing can be done about it, as in damaged segments.
        if (!didAny) this.#retryLater();
      })
      .catch((error) => {
        // Kept for stats().
        if (!isCancelled(error)) this.#retryLater();
      })
      .then(() => {
        this.#background = undefined;
        this.notice();
      });
    this.#background = { done, abort };
  }

  /** Gives all dead slots back and compacts what is worth it, now. @throws FrancaError cancelled; of the medium; data_loss */
  async optimize(
    signal: AbortSignal | undefined,
    onProgress: ((progress: OptimizeProgress) => void) | undefined,
  ): Promise<void> {
    this.#background?.abort.abort();
    const either = AbortSignal.any([this.#stopped.signal, ...(signal === undefined ? [] : [signal])]);
    await this.#enqueue({ signal: either, isBackground: false, onProgress });
  }

  /** Stops what runs and waits for it. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#retry);
    await this.#background?.done;
    await this.#last.catch(() => {});
  }

  /** Resolves when the files of replaced segments are gone; readers have to have ended. */
  discarded(): Promise<void> {
    return this.#compactor.discarded();
  }

  #isDue(): boolean {
    if (this.#writer.failure !== undefined) return false;
    const { table, log } = this.#state;
    const { leastDead } = this.#options;
    const slots = table.deadSlots;
    if (slots >= leastDead.slots && slots > table.slots * deadSlotShare) return true;
    const bytes = table.usage.total.dead - this.#deletions;
    return bytes >= leastDead.bytes && bytes > log.sizeBytes * deadByteShare;
  }

  #enqueue(request: Request): Promise<boolean> {
    const run = this.#last.catch(() => {}).then(() => this.#run(request));
    this.#last = run;
    return run;
  }

  /** Returns whether there was anything to do. */
  async #run(request: Request): Promise<boolean> {
    const released = await this.#noting("reclaim", () => this.#reclaim(request));
    const compacted = await this.#noting("compaction", () => this.#compact(request));
    this.#deletions = this.#state.table.usage.total.deletions;
    return released > 0 || compacted > 0;
  }

  #reclaim({ signal, isBackground, onProgress }: Request): Promise<number> {
    if (signal.aborted) throw cancelledError("the reclaim", signal);
    return reclaim(this.#state, this.#writer, this.#checkpointer, {
      signal,
      ...(isBackground && { threads: "spare" as const }),
      ...(onProgress && { onProgress: (progress) => onProgress({ stage: "reclaim", ...progress }) }),
    });
  }

  /** Returns how many runs were rewritten. */
  async #compact({ signal, isBackground, onProgress }: Request): Promise<number> {
    const limits = {
      ...this.#options.segmentBytes,
      leastShare: isBackground ? gainShare.background : gainShare.optimize,
    };
    let done = 0;
    for (let runs = 0; ; runs++) {
      if (signal.aborted) throw cancelledError("the compaction", signal);
      const figures = this.#compactor.figures;
      const active = figures.at(-1)!;
      if (active.gain > (active.logBytes + active.vectorBytes) * limits.leastShare) {
        await this.#compactor.seal();
        runs--;
        continue;
      }
      const run = this.#chooseRun(figures.slice(0, -1), limits);
      if (run === undefined) return runs;
      const bytes = run.reduce((sum, { logBytes, vectorBytes }) => sum + logBytes + vectorBytes, 0);
      const total = done + bytes;
      const breathe = createBreathe(
        signal,
        (read) => {
          done = Math.min(total, done + read);
          onProgress?.({ stage: "compact", done, total });
        },
        isBackground ? this.#isBusy : undefined,
      );
      await this.#compactRun(
        run.map(({ id }) => id),
        breathe,
      );
      done = total;
    }
  }

  /** Of segments that are not damaged: those between which they lie are not to be joined. */
  #chooseRun(sealed: readonly SegmentFigures[], limits: RunLimits): readonly SegmentFigures[] | undefined {
    let from = 0;
    for (let end = 0; end <= sealed.length; end++) {
      if (end < sealed.length && !this.#damaged.has(sealed[end]!.id)) continue;
      const run = chooseRun(sealed.slice(from, end), limits);
      if (run !== undefined) return run;
      from = end + 1;
    }
    return undefined;
  }

  async #compactRun(ids: readonly number[], breathe: Breathe): Promise<void> {
    try {
      await this.#compactor.compact(ids, breathe);
    } catch (error) {
      if (isFrancaError(error, "data_loss")) for (const id of ids) this.#damaged.add(id);
      throw error;
    }
    // The one on the medium knows only the segments that were replaced.
    await this.#checkpointer.renew();
  }

  async #noting<T>(what: "reclaim" | "compaction", act: () => Promise<T>): Promise<T> {
    try {
      const result = await act();
      this.#failures.delete(what);
      return result;
    } catch (error) {
      if (isCancelled(error)) throw error;
      const failure =
        error instanceof FrancaError ? error : new FrancaError("internal", String(error), { cause: error });
      this.#failures.set(what, failure);
      throw failure;
    }
  }

  #retryLater(): void {
    if (this.#stopped.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#retry = undefined;
      this.notice();
    }, this.#options.retryMs);
    if (typeof timer === "object") (timer as { unref?: () => void }).unref?.();
    this.#retry = timer;
  }
}
