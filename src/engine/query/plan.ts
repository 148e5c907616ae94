/**
 * How to find the nearest among the allowed: an exact scan of them, or the graph. A scan costs the matches; a graph
 * search under a filter costs ef / selectivity, since it walks over what the filter hides. The constant is where the two
 * cost the same, measured on this kernel.
 */

export interface Plan {
  exact: boolean;
  ef: number;
  why: string;
}

export interface PlanInput {
  /** Slots that the search may return. */
  matches: number;
  /** Slots that have a vector. */
  total: number;
  /** Slots that the graph covers. */
  indexed: number;
  ef: number;
  /** Hits wanted. */
  k: number;
  /** The caller's wish. */
  exact: boolean;
}

/** A scan is cheaper up to √(this × ef × total) matches. */
const scanAdvantage = 30;

export function planNearest({ matches, total, indexed, ef, k, exact }: PlanInput): Plan {
  const pool = Math.max(ef, k);
  if (exact) return { exact: true, ef: pool, why: `exact scan of ${matches}, as asked` };
  if (indexed === 0) return { exact: true, ef: pool, why: `exact scan of ${matches}: no graph is built yet` };
  const crossover = Math.floor(Math.sqrt(scanAdvantage * pool * total));
  if (matches <= crossover) {
    return {
      exact: true,
      ef: pool,
      why: `exact scan of ${matches} of ${total}: a graph pays above ${crossover}`,
    };
  }
  return { exact: false, ef: pool, why: `graph with ef ${pool} for ${matches} of ${total}` };
}
