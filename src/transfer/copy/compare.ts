/** One pass over two collections side by side, in the order of ids: which points are missing, different or too many. */
import { cancelledError } from "../../errors.ts";
import { compareIds, type IdKind, idKind, type PointId } from "../../model/id.ts";
import type { StoredPoint } from "../../model/point.ts";
import type { Warning } from "../../model/result.ts";
import { vectorFieldNames } from "../../model/schema.ts";
import type { Collection } from "../../store.ts";
import { Checksum, comparable, isSamePoint } from "./checksum.ts";
import { pagesOf } from "./pages.ts";
import type { RepeatOptions } from "./repeated.ts";

export interface CompareOptions extends RepeatOptions {
  /** Vector fields that are compared. Default: the source's. */
  vectors?: readonly string[];
  /** Of the source, points with other kinds of ids are passed over. */
  ids?: readonly IdKind[];
  /** Each difference as it is found, the source's point with it. Waited for. */
  onDifference?: (kind: DifferenceKind, id: PointId, point: StoredPoint | undefined) => void | Promise<void>;
  /** Each point of the source. */
  onPoint?: (point: StoredPoint) => void;
  /** Points of the source that were compared. */
  onProgress?: (points: number) => void;
}

/** Of the target: a point is not there, is another, or is there and not in the source. */
export type DifferenceKind = "missing" | "different" | "extra";

export interface Comparison {
  source: { points: number; checksum: string };
  target: { points: number; checksum: string };
  missing: Differences;
  different: Differences;
  extra: Differences;
  /** Of the pages, such as damaged points that were left out. */
  warnings: Warning[];
}

export interface Differences {
  count: number;
  /** The first 20. */
  ids: PointId[];
}

const listedIds = 20;
const listedWarnings = 20;

/** @throws FrancaError of both collections; cancelled */
export async function compareCollections(
  source: Collection,
  target: Collection,
  options: CompareOptions = {},
): Promise<Comparison> {
  const {
    vectors = vectorFieldNames(source.schema),
    ids,
    signal,
    onDifference,
    onPoint,
    onProgress,
  } = options;
  const found = { missing: none(), different: none(), extra: none() };
  const warnings = new Map<string, Warning>();
  const walk = (collection: Collection): Walk =>
    new Walk(pagesOf(collection, { ...options, vectors }), (warning) => {
      if (warnings.size < listedWarnings) warnings.set(warning.code + warning.message, warning);
    });
  const [left, right] = [walk(source), walk(target)];
  const differs = async (kind: DifferenceKind, id: PointId, point?: StoredPoint): Promise<void> => {
    found[kind].count++;
    if (found[kind].ids.length < listedIds) found[kind].ids.push(id);
    await onDifference?.(kind, id, point);
  };
  const sums = { source: new Checksum(), target: new Checksum() };
  const points = { source: 0, target: 0 };
  await Promise.all([left.fill(), right.fill()]);
  while (left.point !== undefined || right.point !== undefined) {
    const [a, b] = [left.point, right.point];
    if (a !== undefined && ids !== undefined && !ids.includes(idKind(a.id))) {
      left.step();
    } else {
      const order = a === undefined ? 1 : b === undefined ? -1 : compareIds(a.id, b.id);
      const mine = order <= 0 ? comparable(a!) : undefined;
      const theirs = order >= 0 ? comparable(b!) : undefined;
      if (mine !== undefined) {
        sums.source.add(mine);
        points.source++;
        onPoint?.(a!);
        left.step();
      }
      if (theirs !== undefined) {
        sums.target.add(theirs);
        points.target++;
        right.step();
      }
      if (theirs === undefined) await differs("missing", a!.id, a);
      else if (mine === undefined) await differs("extra", b!.id);
      else if (!isSamePoint(mine, theirs)) await differs("different", a!.id, a);
    }
    if (left.isEmpty || right.isEmpty) {
      if (signal?.aborted) throw cancelledError("the comparison", signal);
      onProgress?.(points.source);
      await Promise.all([left.fill(), right.fill()]);
    }
  }
  return {
    source: { points: points.source, checksum: String(sums.source) },
    target: { points: points.target, checksum: String(sums.target) },
    ...found,
    warnings: [...warnings.values()],
  };
}

function none(): Differences {
  return { count: 0, ids: [] };
}

/** Pages as points one after the other, without a promise for each. */
class Walk {
  readonly #pages: AsyncIterator<{ points: StoredPoint[]; warnings: Warning[] }>;
  readonly #warn: (warning: Warning) => void;
  #page: StoredPoint[] = [];
  #at = 0;
  #isLast = false;

  constructor(
    pages: AsyncGenerator<{ points: StoredPoint[]; warnings: Warning[] }>,
    warn: (warning: Warning) => void,
  ) {
    this.#pages = pages;
    this.#warn = warn;
  }

  get point(): StoredPoint | undefined {
    return this.#page[this.#at];
  }

  /** Whether the page is used up and another may follow. */
  get isEmpty(): boolean {
    return this.#at >= this.#page.length && !this.#isLast;
  }

  step(): void {
    this.#at++;
  }

  async fill(): Promise<void> {
    while (this.isEmpty) {
      const next = await this.#pages.next();
      this.#isLast = next.done === true;
      this.#page = next.done === true ? [] : next.value.points;
      this.#at = 0;
      if (next.done !== true) next.value.warnings.forEach(this.#warn);
    }
  }
}
