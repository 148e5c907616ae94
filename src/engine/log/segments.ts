/**
 * The segments of a log in the order of LSNs, found by their numbers; and those that compaction replaced, which are kept
 * until nobody reads them any more.
 */
import { FrancaError } from "../../errors.ts";
import type { Directory } from "../file.ts";
import { closeSegment, discardSegment, type Segment, segmentBytes } from "./segment.ts";

export class Segments {
  #list: readonly Segment[];
  readonly #byId = new Map<number, Segment>();
  readonly #retired = new Set<Segment>();

  constructor(list: readonly Segment[]) {
    this.#list = list;
    for (const segment of list) this.#byId.set(segment.id, segment);
  }

  /** All that the log consists of; the last is written to, the others are sealed. */
  get list(): readonly Segment[] {
    return this.#list;
  }

  get last(): Segment {
    return this.#list.at(-1)!;
  }

  get ids(): number[] {
    return this.#list.map(({ id }) => id);
  }

  /** Also one that was replaced, as long as it may be read. */
  get(id: number): Segment {
    const segment = this.#byId.get(id);
    if (segment === undefined) throw new FrancaError("internal", `the log has no segment ${id}`);
    return segment;
  }

  sizeBytes(dimensions: readonly number[]): number {
    return this.#list.reduce((sum, segment) => sum + segmentBytes(segment, dimensions), 0);
  }

  /** The list with `by` in the place of a run of segments. */
  withReplaced(run: ReadonlySet<number>, by: Segment): Segment[] {
    const first = this.#list.findIndex(({ id }) => run.has(id));
    const rest = this.#list.filter(({ id }) => !run.has(id));
    const isRun = this.#list.slice(first, first + run.size).every(({ id }) => run.has(id));
    if (first < 0 || !isRun || run.has(this.last.id)) {
      throw new FrancaError("internal", `segments ${[...run].join(", ")} are no run of sealed segments`);
    }
    return [...rest.slice(0, first), by, ...rest.slice(first)];
  }

  /** Takes a new list into use. What it lacks is retired. */
  adopt(list: readonly Segment[]): void {
    const kept = new Set(list);
    for (const segment of this.#list) if (!kept.has(segment)) this.#retired.add(segment);
    this.#list = list;
    for (const segment of list) this.#byId.set(segment.id, segment);
  }

  get retired(): readonly Segment[] {
    return [...this.#retired];
  }

  /** Closes and removes the files of a retired segment: nobody reads them any more. */
  async discardFrom(directory: Directory, segment: Segment): Promise<void> {
    if (!this.#retired.delete(segment)) return;
    this.#byId.delete(segment.id);
    await discardSegment(directory, segment);
  }

  async close(): Promise<void> {
    const all = [...this.#list, ...this.#retired];
    this.#retired.clear();
    for (const segment of all) await closeSegment(segment);
  }
}
