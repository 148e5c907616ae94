/**
 * What a collection keeps to answer with the recall that is asked for, and to tell the recall it has.
 */
import type { Warning } from "../../model/result.ts";
import type { Directory } from "../file.ts";
import type { CollectionState } from "../state.ts";
import { AskedQueries } from "./asked-queries.ts";
import { readCalibration, writeCalibration } from "./calibration-file.ts";
import { type CalibratedField, Calibrator } from "./calibrator.ts";
import type { DoneSearch, Effort, EffortAsk, RecallGuide } from "./guide.ts";
import { type Clock, systemClock } from "./pacer.ts";
import { SampledRecall } from "./sampled-recall.ts";

export interface RecallOptions {
  /** Share of the time in which queries are repeated exactly, 0 to 1. */
  sampleRecall: number;
  /** Default: the system's. */
  clock?: Clock;
  /** From 0 to 1. Default Math.random. */
  random?: () => number;
}

/** Reads what was kept. What could not be used is in `warnings`. */
export async function openRecall(
  directory: Directory,
  state: CollectionState,
  options: RecallOptions,
  warnings: Warning[],
): Promise<RecallKeeper> {
  const keeper = new RecallKeeper(directory, state, options);
  await keeper.load((warning) => warnings.push(warning));
  return keeper;
}

export class RecallKeeper implements RecallGuide {
  readonly calibrator: Calibrator;
  readonly sampled: SampledRecall;
  /** A curve has been measured: a checkpoint is due. */
  onMeasured: () => void = () => {};
  readonly #directory: Directory;
  readonly #state: CollectionState;
  readonly #fields: readonly CalibratedField[];
  /** By ordinal: what the file says, so that it is written only when there is news. */
  readonly #saved = new Map<number, string>();

  constructor(directory: Directory, state: CollectionState, options: RecallOptions) {
    const { sampleRecall, clock = systemClock, random = Math.random } = options;
    this.#directory = directory;
    this.#state = state;
    this.#fields = state.fields.flatMap(({ name, index }, ordinal) =>
      index === "flat" ? [] : [{ name, ordinal, asked: new AskedQueries(random) }],
    );
    this.calibrator = new Calibrator(state, this.#fields, {
      clock,
      random,
      changes: () => state.changes,
      onMeasured: () => this.onMeasured(),
    });
    this.sampled = new SampledRecall(state, {
      share: sampleRecall,
      clock,
      beginRead: () => state.readers.begin(),
      onMissed: (field, filter, k) => this.calibrator.suspect(field, filter, k),
    });
  }

  effort(ask: EffortAsk): Effort {
    return this.calibrator.effort(ask);
  }

  searched(search: DoneSearch): void {
    if (!search.isStored) {
      this.#fields.find(({ name }) => name === search.field)?.asked.offer(search.vector);
    }
    this.sampled.searched(search);
  }

  /** Stops what runs and waits for it. What was measured can still be saved. */
  async stop(): Promise<void> {
    await Promise.all([this.calibrator.stop(), this.sampled.stop()]);
  }

  async load(warn: (warning: Warning) => void): Promise<void> {
    const { log, dimensions, crc32c } = this.#state;
    for (const field of this.#fields) {
      const { ordinal } = field;
      const stored = await readCalibration(
        this.#directory,
        ordinal,
        dimensions[ordinal]!,
        log.lsn,
        crc32c,
        warn,
      );
      if (stored === undefined) continue;
      this.calibrator.restore(field, stored.cells);
      field.asked.restore(stored.asked.vectors, stored.asked.total);
    }
  }

  /** Part of every checkpoint. */
  async save(): Promise<void> {
    const { log, dimensions, crc32c } = this.#state;
    for (const field of this.#fields) {
      const { ordinal, asked } = field;
      const cells = this.calibrator.stored(field);
      if (cells.length === 0) continue;
      const news = JSON.stringify([cells, asked.total]);
      if (this.#saved.get(ordinal) === news) continue;
      const { vectors, total } = asked;
      const content = { cells, asked: { vectors: vectors.slice(), total } };
      await writeCalibration(this.#directory, ordinal, dimensions[ordinal]!, log.lsn, content, crc32c);
      this.#saved.set(ordinal, news);
    }
  }
}
