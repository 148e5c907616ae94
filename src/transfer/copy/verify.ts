/** Whether a copy is one: counts, checksums, every point, and the answers to the same questions. */
import { badInput } from "../../model/bad-input.ts";
import type { Store } from "../../store.ts";
import { type CompareOptions, type Comparison, compareCollections } from "./compare.ts";
import { type Overlap, overlapOf, type SampleQuery, VectorSample } from "./overlap.ts";
import { type CollectionPlan, type PlanOptions, planCopy } from "./plan.ts";
import type { RepeatOptions } from "./repeated.ts";

export interface VerifyOptions extends RepeatOptions {
  /** Vectors of stored points that are asked of both sides, for each vector field. Default 20. */
  samples?: number;
  /** Asked beside them. */
  queries?: readonly (SampleQuery & { collection?: string })[];
  /**
   * Least mean overlap of answers with default parameters. Default: none, since two graphs of the same points may well miss
   * different ones. That the target's recall is no worse is always looked at.
   */
  minOverlap?: number;
  onProgress?: (progress: { collection: string; points: number; total: number }) => void;
}

export interface VerifyReport {
  isEqual: boolean;
  collections: CollectionVerification[];
}

export interface CollectionVerification extends Comparison {
  from: string;
  to: string;
  isEqual: boolean;
  /** Absent where there are no vectors. */
  overlap?: Overlap;
  /** What is wrong, in words. */
  reasons: string[];
}

/**
 * Compares what a copy with these options would copy with what is there. Points that are written meanwhile may differ.
 * @throws FrancaError of both stores; cancelled
 */
export async function verifyCopy(
  source: Store,
  target: Store,
  options: PlanOptions & VerifyOptions = {},
): Promise<VerifyReport> {
  return verifyPlanned(source, target, (await planCopy(source, target, options)).collections, options);
}

export async function verifyPlanned(
  source: Store,
  target: Store,
  plans: readonly CollectionPlan[],
  options: VerifyOptions,
): Promise<VerifyReport> {
  const collections: CollectionVerification[] = [];
  for (const plan of plans) collections.push(await verifyCollection(source, target, plan, options));
  return { isEqual: collections.every(({ isEqual }) => isEqual), collections };
}

async function verifyCollection(
  source: Store,
  target: Store,
  plan: CollectionPlan,
  { samples = 20, queries = [], minOverlap = 0, onProgress, ...repeat }: VerifyOptions,
): Promise<CollectionVerification> {
  if (!Number.isSafeInteger(samples) || samples < 0)
    throw badInput("verify: samples", "a whole number", samples);
  const [mine, theirs] = await Promise.all([source.collection(plan.from), target.collection(plan.to)]);
  const sample = new VectorSample(samples);
  const compare: CompareOptions = { ...repeat, vectors: plan.vectors, ...(plan.ids && { ids: plan.ids }) };
  const comparison = await compareCollections(mine, theirs, {
    ...compare,
    onPoint: (point) => sample.add(point),
    onProgress: (points) => onProgress?.({ collection: plan.from, points, total: plan.points }),
  });
  const given = queries.filter(({ collection = plan.from }) => collection === plan.from);
  const isLacking = plan.ids !== undefined && (await mine.count()).count !== comparison.source.points;
  // Where points were left out, others stand in their places.
  const asked = isLacking ? [] : [...sample.queries(), ...given];
  const overlap = await overlapOf(mine, theirs, asked, repeat);
  const reasons = [...reasonsOf(comparison), ...overlapReasons(overlap, minOverlap)];
  return {
    from: plan.from,
    to: plan.to,
    isEqual: reasons.length === 0,
    ...comparison,
    ...(overlap && { overlap }),
    reasons,
  };
}

function reasonsOf({ source, target, missing, different, extra, warnings }: Comparison): string[] {
  const reasons: string[] = [];
  if (source.points !== target.points)
    reasons.push(`the source has ${source.points} points, the target ${target.points}`);
  for (const [{ count, ids }, what] of [
    [missing, "missing in the target"],
    [different, "different"],
    [extra, "in the target only"],
  ] as const) {
    if (count === 0) continue;
    const shown = ids.map((id) => (typeof id === "string" ? JSON.stringify(id) : String(id))).join(", ");
    reasons.push(
      `${count} ${count === 1 ? "point is" : "points are"} ${what}: ${shown}${count > ids.length ? ", …" : ""}`,
    );
  }
  // What a store cannot read it leaves out with a warning: that is no proof that both sides are equal.
  const damaged = warnings.filter(({ code }) => code === "damaged_points");
  return [...reasons, ...damaged.map(({ message }) => message)];
}

/** So far chance alone brings two means of some hundred hits apart. */
const recallSlack = 0.1;

function overlapReasons(overlap: Overlap | undefined, minOverlap: number): string[] {
  if (overlap === undefined) return [];
  const { exact, usual, recall, k } = overlap;
  const reasons: string[] = [];
  if (exact.worst < 1)
    reasons.push(
      `exact answers differ: of the nearest ${k}, ${exact.mean.toFixed(3)} are the same, ${exact.worst.toFixed(3)} in the worst case`,
    );
  if (recall.target < recall.source - recallSlack)
    reasons.push(
      `with default parameters the target finds ${recall.target.toFixed(3)} of the nearest ${k}, the source ${recall.source.toFixed(3)}`,
    );
  if (usual.mean < minOverlap)
    reasons.push(
      `answers with default parameters share ${usual.mean.toFixed(3)} of the nearest ${k}, less than ${minOverlap}`,
    );
  return reasons;
}
