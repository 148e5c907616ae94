/**
 * Measures a curve: finds the hardest kind of queries made from stored points, answers some exactly, and climbs a ladder
 * of efforts until every target that can be told apart from 1 is reached. Short pieces of work, paced by the caller.
 */
import { isFrancaError } from "../../errors.ts";
import { type Bitset, countBits, setBits } from "../bitset.ts";
import type { VectorIndex } from "../kernel.ts";
import type { CollectionView, Slot } from "../view.ts";
import { type Curve, type Measured, queriesFor, type Rung, reach, type Ways } from "./curve.ts";
import { type FilterClass, filtersOf } from "./filter-class.ts";
import { oneSided, Tally } from "./interval.ts";
import {
  kinds,
  type MeasuringQuery,
  makeQueries,
  pointsPerQuery,
  type QueryKind,
  type StoredVector,
} from "./made-queries.ts";
import { exactAnswers, type Pace, searchAgain, type Truth } from "./measure.ts";

export interface CalibrationTask {
  view: CollectionView;
  field: string;
  filter: FilterClass;
  k: number;
  /** Vectors that were searched by. */
  asked: readonly Float32Array[];
  random: () => number;
  pace: Pace;
  signal: AbortSignal;
}

/** Steps of about √2: 8, 12, 16, 24, 32, … */
const ladder: readonly number[] = Array.from({ length: 12 }, (_, i) => [8 << i, 12 << i]).flat();
/** Queries of each kind, to find the hardest. */
const pilotQueries = 48;
/** After so many queries an effort that finds far too little is left. */
const firstLook = 64;
const farTooLittle = 0.7;
/** Above this no more effort is tried: it could not be told apart from 1. */
const highest = 0.996;
/** Wider walks take longer than a scan of the codes. */
const widestWalk = 8192;
/** Fewer than this say nothing. */
const fewestAsked = 32;
/** Points that have to be there beside those wanted. */
const fewestBesides = 8;
const readAtOnce = 64;

/** Undefined when there is too little to measure with. @throws FrancaError cancelled */
export async function calibrate(task: CalibrationTask): Promise<Curve | undefined> {
  const { view, field, filter, k, random, pace, signal } = task;
  const index = view.vectorIndex(field);
  const { metric } = index;
  const live = view.slotsWithVector(field).slice();
  const points = countBits(live);
  const queries = queriesFor(k);
  const slots = drawSlots(live, points, Math.min(points, queries * pointsPerQuery), random);
  const stored = await readStored(view, field, slots, pace);
  if (stored.length < pilotQueries * pointsPerQuery) return undefined;
  const centres = stored.slice(-4).map(({ vector }) => vector);
  const filters = await pace(() => filtersOf(filter, index, live, points, centres, random, signal));
  if (filters.some((allow) => countBits(allow) < k + fewestBesides)) return undefined;
  const answer = (list: readonly MeasuringQuery[]) => answered(index, list, k, filters, pace, signal);

  const kind = await hardestKind();
  const made = shuffled(await answer(makeQueries(kind, stored, metric)), random);
  const askedVectors = task.asked.length < fewestAsked ? [] : task.asked.slice(-(queries + queries / 4));
  const asked = shuffled(await answer(askedVectors.map((vector) => ({ vector }))), random);
  const curve: Curve & { rungs: Rung[] } = {
    rungs: [],
    kind,
    made: sizeOf(made),
    asked: sizeOf(asked),
  };
  const widest = Math.max(2 * k, Math.min(widestWalk, points / 4));
  for (const ef of ladder.filter((ef) => ef >= k && ef <= widest)) {
    const rung = { ef, ...(await both(ef)) };
    curve.rungs.push(rung);
    const isPerfect = rung.made.recall === 1 && (rung.asked?.recall ?? 1) === 1;
    if (isPerfect || reach(curve, k, highest) !== undefined) return curve;
  }
  return { ...curve, codes: await both("codes") };

  async function both(way: number | "codes"): Promise<Ways> {
    const ofMade = await recallOf(made, way);
    return asked.length === 0 ? { made: ofMade } : { made: ofMade, asked: await recallOf(asked, way) };
  }

  async function hardestKind(): Promise<QueryKind> {
    const ef = Math.max(16, k);
    let hardest: { kind: QueryKind; recall: number } | undefined;
    for (const kind of kinds) {
      const few = stored.slice(0, pilotQueries * pointsPerQuery);
      const { recall } = await recallOf(await answer(makeQueries(kind, few, metric)), ef);
      if (hardest === undefined || recall < hardest.recall) hardest = { kind, recall };
    }
    return hardest!.kind;
  }

  async function recallOf(truths: readonly Truth[], way: number | "codes"): Promise<Measured> {
    const tally = new Tally();
    for (const truth of truths) {
      await pace(() => searchAgain(index, truth, way, tally, signal));
      if (tally.samples >= firstLook && tally.estimate(oneSided).recall < farTooLittle) break;
    }
    const { recall, low } = tally.estimate(oneSided);
    return { recall, low };
  }
}

/** Each filter gets its share of the queries. */
async function answered(
  index: VectorIndex,
  queries: readonly MeasuringQuery[],
  k: number,
  filters: readonly Bitset[],
  pace: Pace,
  signal: AbortSignal,
): Promise<Truth[]> {
  const truths: Truth[] = [];
  for (const [i, allow] of filters.entries()) {
    const own = queries.filter((_, q) => q % filters.length === i);
    truths.push(...(await exactAnswers(index, own, k, allow, pace, signal)));
  }
  return truths;
}

function sizeOf(truths: readonly Truth[]): number {
  return truths.reduce((sum, { queries }) => sum + queries.length, 0);
}

/** `count` of the set slots, in random order. */
function drawSlots(bits: Bitset, points: number, count: number, random: () => number): Slot[] {
  const drawn: Slot[] = [];
  let left = points;
  // Selection sampling (Knuth, TAOCP 3.4.2, S).
  for (const slot of setBits(bits)) {
    if (random() * left < count - drawn.length) drawn.push(slot);
    left--;
  }
  return shuffled(drawn, random);
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = list.slice();
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

function expectDamage(error: unknown): void {
  if (!isFrancaError(error, "data_loss")) throw error;
}

/** Damaged vectors are left out: whoever reads them is told. */
async function readStored(
  view: CollectionView,
  field: string,
  slots: readonly Slot[],
  pace: Pace,
): Promise<StoredVector[]> {
  const stored: StoredVector[] = [];
  const read = async (some: readonly Slot[]): Promise<void> => {
    const vectors = await view.vectors(field, some);
    for (const [i, vector] of vectors.entries()) {
      if (vector !== undefined) stored.push({ slot: some[i]!, vector });
    }
  };
  for (let at = 0; at < slots.length; at += readAtOnce) {
    const some = slots.slice(at, at + readAtOnce);
    await pace(async () => {
      try {
        await read(some);
      } catch (error) {
        expectDamage(error);
        for (const slot of some) await read([slot]).catch(expectDamage);
      }
    });
  }
  return stored;
}
