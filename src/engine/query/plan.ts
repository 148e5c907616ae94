/**
 * How to find the nearest among the allowed. The kernel itself weighs a walk of its graph against a scan of the matches'
 * codes, and scans when a walk turns out to miss them; what is planned here is when neither is worth it,
 * since so few vectors are compared exactly in less time.
 */

export interface Plan {
  exact: boolean;
  ef: number;
  why: string;
}

export interface PlanInput {
  /** Slots that the search may return. */
  matches: number;
  /** Slots that the graph covers. */
  indexed: number;
  ef: number;
  /** Hits wanted. */
  k: number;
  /** The caller's wish. */
  exact: boolean;
}

/** Up to so many matches a full comparison takes no longer than preparing a quantised one (kernel: kFewRows). */
const fewMatches = 1000;

export function planNearest({ matches, indexed, ef, k, exact }: PlanInput): Plan {
  const pool = Math.max(ef, k);
  if (exact) return { exact: true, ef: pool, why: `exact scan of ${matches}, as asked` };
  if (indexed === 0) return { exact: true, ef: pool, why: `exact scan of ${matches}: no graph is built yet` };
  if (matches <= fewMatches) return { exact: true, ef: pool, why: `exact scan of ${matches}: they are few` };
  return { exact: false, ef: pool, why: `graph or codes with ef ${pool} for ${matches} matches` };
}
