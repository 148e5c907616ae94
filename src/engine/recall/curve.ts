/**
 * What was measured of a field for one number of hits and one class of filters: recall over effort, by queries made from
 * stored points and by queries that were asked. From it, the least effort that reaches a target.
 */

/** The recall of a sample of queries, and the lower bound of its confidence interval (one-sided 99 %). */
export interface Measured {
  recall: number;
  low: number;
}

/** What was measured of one way to search. */
export interface Ways {
  /** By queries made from stored points, of the hardest kind. */
  made: Measured;
  /** By queries that were asked. */
  asked?: Measured;
}

export interface Rung extends Ways {
  ef: number;
}

export interface Curve {
  /** In the order of ef. */
  rungs: readonly Rung[];
  /** By a scan of the codes, where no rung leads high enough. */
  codes?: Ways;
  /** Kind of the queries made. */
  kind: string;
  /** How many were made and asked. */
  made: number;
  asked: number;
}

/** How far the lower bound may lie below the target that the recall itself reaches. */
const margin = 0.002;

/** Queries to measure with: one query says more of a hundred hits than of one. */
export function queriesFor(k: number): number {
  if (k <= 1) return 512;
  if (k <= 10) return 256;
  return k <= 100 ? 128 : 64;
}

/** Fewer queries asked than this say when an effort is too small, not that it is enough. */
function enoughAsked(k: number): number {
  return Math.floor(queriesFor(k) * 0.6);
}

/** The first rung that reaches the target, `wider` rungs up; undefined when none does. */
export function reach(
  curve: Curve,
  k: number,
  target: number,
  wider = 0,
): (Measured & { ef: number }) | undefined {
  const rungs = monotone(curve.rungs);
  const isEnough = curve.asked >= enoughAsked(k);
  const first = rungs.findIndex((rung) => reaches(rung, isEnough, target));
  if (first < 0) return undefined;
  const rung = rungs[Math.min(rungs.length - 1, first + wider)]!;
  return { ef: rung.ef, ...telling(rung, isEnough) };
}

/** The same for a scan of the codes. */
export function reachByCodes(curve: Curve, k: number, target: number): Measured | undefined {
  const { codes, asked } = curve;
  const isEnough = asked >= enoughAsked(k);
  return codes !== undefined && reaches(codes, isEnough, target) ? telling(codes, isEnough) : undefined;
}

function reaches({ made, asked }: Ways, isEnough: boolean, target: number): boolean {
  if (asked === undefined) return surely(made, target);
  return asked.recall >= target && surely(isEnough ? asked : made, target);
}

/** Of the two measurements the one that decides. */
function telling({ made, asked }: Ways, isEnough: boolean): Measured {
  return asked !== undefined && (isEnough || asked.recall < made.recall) ? asked : made;
}

function surely({ recall, low }: Measured, target: number): boolean {
  return recall >= target && low >= target - margin;
}

/** More effort finds no less: what a rung seems to have above a higher one was luck. */
function monotone(rungs: readonly Rung[]): Rung[] {
  const result = rungs.slice();
  for (let i = result.length - 2; i >= 0; i--) {
    const rung = result[i]!;
    const next = result[i + 1]!;
    const made = smaller(rung.made, next.made);
    const asked = rung.asked && next.asked && smaller(rung.asked, next.asked);
    result[i] = asked === undefined ? { ef: rung.ef, made } : { ef: rung.ef, made, asked };
  }
  return result;
}

function smaller(a: Measured, b: Measured): Measured {
  return { recall: Math.min(a.recall, b.recall), low: Math.min(a.low, b.low) };
}
