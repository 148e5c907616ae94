/**
 * Keeps the calibration of a collection's graphs: measures in the background what is asked for and what has aged, one
 * curve at a time, and finds the effort for a target. What has not been measured is answered exactly.
 */
import { isCancelled } from "../../errors.ts";
import type { CalibrationStats, Warning } from "../../model/result.ts";
import { countBits } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import type { AskedQueries } from "./asked-queries.ts";
import { calibrate } from "./calibrate.ts";
import type { StoredCell } from "./calibration-file.ts";
import { type Curve, reach, reachByCodes } from "./curve.ts";
import { alwaysExact, type FilterClass, filterClassOf } from "./filter-class.ts";
import type { Effort, EffortAsk } from "./guide.ts";
import { type Clock, Pacer } from "./pacer.ts";

/** Numbers of hits that are measured; a query takes the next larger one. */
const sizes = [1, 10, 100, 1000];
const measuredUnasked = [1, 10, 100];
/** Share of the points that may change before a curve is measured again, and before it is no longer relied on. */
const agedChange = 0.2;
const uselessChange = 0.5;
/** Queries asked that make a curve worth measuring again: then four times as many, and so on. */
const firstAsked = 64;
/** Share of the time while nobody waits, and while a query has asked for what is measured. */
const quietShare = 0.05;
const wantedShare = 0.5;
/** Slots outside of the graph that hardly matter: they are scanned. */
const fewPending = 4096;
/** Changes after which a measurement that failed is tried again. */
const retryAfter = 1000;

export interface CalibratorOptions {
  clock: Clock;
  random: () => number;
  /** Points written and deleted so far, from any beginning. */
  changes: () => number;
  /** A curve has been measured. */
  onMeasured: () => void;
}

export interface CalibratedField {
  name: string;
  ordinal: number;
  asked: AskedQueries;
}

interface Cell {
  field: CalibratedField;
  filter: FilterClass;
  k: number;
  /** Whether a query has asked for it. */
  isWanted: boolean;
  /** What it measured has turned out not to hold. */
  isSuspect: boolean;
  measured: Omit<StoredCell, "filter" | "k" | "isWanted"> | undefined;
  /** Not to be tried before so many changes. */
  notBefore: number;
}

export class Calibrator {
  readonly #view: CollectionView;
  readonly #fields: readonly CalibratedField[];
  readonly #options: CalibratorOptions;
  readonly #cells = new Map<string, Cell>();
  readonly #stopped = new AbortController();
  readonly #pacer: Pacer;
  #running: { cell: Cell; done: Promise<void> } | undefined;
  #urgent = 0;
  #failure: Error | undefined;

  constructor(view: CollectionView, fields: readonly CalibratedField[], options: CalibratorOptions) {
    this.#view = view;
    this.#fields = fields;
    this.#options = options;
    this.#pacer = new Pacer(options.clock, () => this.#share(), this.#stopped.signal);
  }

  get warnings(): Warning[] {
    if (this.#failure === undefined) return [];
    const message = `recall could not be measured (${this.#failure.message}); queries with a target are answered exactly`;
    return [{ code: "background_failed", message }];
  }

  /** See RecallGuide. */
  effort({ field, k, matches, target }: EffortAsk): Effort {
    const index = this.#view.vectorIndex(field);
    const ef = Math.max(64, 2 * k);
    const exact = (why: string): Effort => ({ exact: true, ef, why: `exact: ${why}` });
    const own = this.#fields.find(({ name }) => name === field);
    if (target === 1) return exact("nothing less promises a recall of 1");
    if (matches <= alwaysExact) return exact(`only ${matches} match`);
    if (own === undefined || index.indexed === 0) return exact("there is no graph");
    const size = sizes.find((size) => size >= k);
    if (size === undefined) return exact(`recall is measured for up to ${sizes.at(-1)} hits`);
    const filter = filterClassOf(matches, countBits(this.#view.slotsWithVector(field)));
    const cell = this.#cell(own, filter, size);
    cell.isWanted = true;
    this.notice();
    const what = `${filter === "none" ? "" : `a ${filter} filter and `}up to ${size} hits`;
    if (cell.measured === undefined) return exact(`recall with ${what} is not measured yet`);
    const { curve } = cell.measured;
    const changed = this.#changed(cell.measured);
    if (changed > uselessChange)
      return exact("more than half of the points changed since recall was measured");
    // Until it is measured again, more than was enough: a step for what changed, twice the pool for what was missed.
    const found = reach(curve, size, target, cell.isSuspect ? 2 : changed > agedChange ? 1 : 0);
    const how = `measured with ${curve.asked} queries asked and ${curve.made} made (${curve.kind})`;
    if (found === undefined) {
      const codes = reachByCodes(curve, size, target);
      if (codes === undefined) return exact(`no effort was measured to reach it with ${what}`);
      return { exact: false, ef, plan: "codes", ...codes, why: `codes for ${what}, ${how}` };
    }
    return {
      exact: false,
      ...found,
      why: `ef ${found.ef} for ${what}, ${how}`,
    };
  }

  /** Begins to measure when there is something to measure and the graph has settled. */
  notice(): void {
    if (this.#running !== undefined || this.#stopped.signal.aborted) return;
    for (const field of this.#fields) {
      if (this.#isSettled(field)) for (const k of measuredUnasked) this.#cell(field, "none", k);
    }
    const due = [...this.#cells.values()].filter((cell) => this.#isDue(cell));
    const cell = due.find(({ isWanted }) => isWanted) ?? due[0];
    if (cell === undefined) return;
    const done = this.#measure(cell).then(() => {
      this.#running = undefined;
      this.notice();
    });
    this.#running = { cell, done };
  }

  /** Measures at once what queries have asked for, and waits for it. */
  async refresh(signal?: AbortSignal): Promise<void> {
    const isWaitedFor = (cell: Cell) => cell.isWanted && (cell === this.#running?.cell || this.#isDue(cell));
    this.#urgent++;
    try {
      this.#pacer.wake();
      while (!signal?.aborted && [...this.#cells.values()].some(isWaitedFor)) {
        this.notice();
        if (this.#running === undefined) return;
        await this.#running.done;
      }
    } finally {
      this.#urgent--;
    }
  }

  /** Queries found less than was measured. */
  suspect(field: string, filter: FilterClass, k: number): void {
    const size = sizes.find((size) => size >= k);
    for (const cell of this.#cells.values()) {
      if (cell.field.name === field && cell.filter === filter && cell.k === size) cell.isSuspect = true;
    }
    this.notice();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running?.done;
  }

  restore(field: CalibratedField, cells: readonly StoredCell[]): void {
    for (const { filter, k, isWanted, ...measured } of cells) {
      const cell = this.#cell(field, filter, k);
      cell.isWanted = isWanted;
      // Without the graph that it is of it holds for none that will be built.
      cell.isSuspect = this.#view.vectorIndex(field.name).indexed === 0;
      // Counted from where this process begins.
      cell.measured = { ...measured, changes: -measured.changes };
    }
  }

  stored({ ordinal }: CalibratedField): StoredCell[] {
    const now = this.#options.changes();
    return [...this.#cells.values()].flatMap(({ field, filter, k, isWanted, measured }) =>
      field.ordinal !== ordinal || measured === undefined
        ? []
        : [{ filter, k, isWanted, ...measured, changes: now - measured.changes }],
    );
  }

  get stats(): CalibrationStats[] {
    return [...this.#cells.values()].flatMap((cell) => {
      const { field, filter, k, measured } = cell;
      if (measured === undefined) return [];
      const { made, asked, rungs } = measured.curve;
      const curve = rungs.map(({ ef }) => ({ ef, ...recallAt(measured.curve, ef) }));
      return [{ field: field.name, filter, k, made, asked, isDue: this.#isDue(cell), curve }];
    });
  }

  /** Of the time that measuring may take. */
  #share(): number {
    if (this.#urgent > 0) return 1;
    return this.#running?.cell.isWanted ? wantedShare : quietShare;
  }

  async #measure(cell: Cell): Promise<void> {
    const { field, filter, k } = cell;
    const { random, onMeasured } = this.#options;
    const { signal } = this.#stopped;
    const changes = this.#options.changes();
    const askedBefore = field.asked.total;
    const points = countBits(this.#view.slotsWithVector(field.name));
    cell.notBefore = changes + retryAfter;
    try {
      const curve = await calibrate({
        view: this.#view,
        field: field.name,
        filter,
        k,
        asked: field.asked.vectors.slice(),
        random,
        pace: (piece) => this.#pacer.run(piece),
        signal,
      });
      this.#failure = undefined;
      if (curve === undefined) return;
      cell.measured = { curve, points, changes, askedBefore };
      cell.isSuspect = false;
      cell.notBefore = Number.NEGATIVE_INFINITY;
      onMeasured();
    } catch (error) {
      if (isCancelled(error)) return;
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  #cell(field: CalibratedField, filter: FilterClass, k: number): Cell {
    const key = `${field.ordinal} ${filter} ${k}`;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      const notBefore = Number.NEGATIVE_INFINITY;
      cell = { field, filter, k, isWanted: false, isSuspect: false, measured: undefined, notBefore };
      this.#cells.set(key, cell);
    }
    return cell;
  }

  #isDue(cell: Cell): boolean {
    const { field, measured, notBefore, isSuspect } = cell;
    if (this.#options.changes() < notBefore || !this.#isSettled(field)) return false;
    if (measured === undefined || isSuspect) return true;
    const { total } = field.asked;
    const hasNews = total >= firstAsked && total >= 4 * Math.max(firstAsked / 4, measured.askedBefore);
    return hasNews || this.#changed(measured) > agedChange;
  }

  /** Share of the points that changed since. */
  #changed({ points, changes }: { points: number; changes: number }): number {
    return (this.#options.changes() - changes) / Math.max(1, points);
  }

  #isSettled({ name }: CalibratedField): boolean {
    const index = this.#view.vectorIndex(name);
    const { indexed, pending } = index;
    return indexed > alwaysExact && pending <= Math.max(fewPending, indexed / 10);
  }
}

function recallAt({ rungs }: Curve, ef: number): { recall: number; low: number } {
  const { made, asked } = rungs.find((rung) => rung.ef === ef)!;
  return asked ?? made;
}
