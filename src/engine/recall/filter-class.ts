/**
 * Filters differ in how many points they leave, and in whether that goes with the vectors. Searches are told apart by the
 * first; each class is measured under filters made to be independent of the vectors, and made of one side of them.
 */
import { type Bitset, emptyBitset, setBit, setBits } from "../bitset.ts";
import type { VectorIndex } from "../kernel.ts";

export type FilterClass = "none" | "broad" | "narrow";

/** Broad filters leave at least this share of the points. */
const broadShare = 0.1;
/** Points left out by id hardly make a filter. */
const leftOut = 16;

export function filterClassOf(matches: number, points: number): FilterClass {
  if (matches + leftOut >= points) return "none";
  return matches >= points * broadShare ? "broad" : "narrow";
}

const shares: { [filter in FilterClass]: readonly number[] } = {
  none: [],
  broad: [0.5, 0.2],
  narrow: [0.07, 0.03],
};
/** So few matches are compared exactly whatever effort is asked for: they need no measuring. */
export const alwaysExact = 1000;
/** The kernel finds no more at once. */
const mostFound = 2 ** 20;

/** Sets of points as filters of the class leave them: of every share a random one, and the half nearest to a point. */
export async function filtersOf(
  filter: FilterClass,
  index: VectorIndex,
  live: Bitset,
  points: number,
  centres: readonly Float32Array[],
  random: () => number,
  signal: AbortSignal,
): Promise<Bitset[]> {
  if (filter === "none") return [live];
  const filters: Bitset[] = [];
  const some = shares[filter].filter((share) => points * share > alwaysExact);
  if (some.length === 0) some.push(Math.min(0.95, (alwaysExact + 50) / points));
  for (const [i, share] of some.entries()) {
    const scattered = emptyBitset(live.length * 32);
    for (const slot of setBits(live)) if (random() < share) setBit(scattered, slot);
    filters.push(scattered);
    for (const centre of centres.slice(i * 2, i * 2 + 2)) {
      const k = Math.max(1, Math.min(mostFound, Math.floor(points * share)));
      const { slots, counts } = await index.search(centre, { k, exact: true, allow: live, signal });
      const together = emptyBitset(live.length * 32);
      for (const slot of slots.subarray(0, counts[0])) setBit(together, slot);
      filters.push(together);
    }
  }
  return filters;
}
