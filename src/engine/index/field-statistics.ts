/**
 * What the index of a field knows of its values as a whole, from what it keeps anyway: it costs nothing while points
 * come and go, and is gathered when asked for. Counts may hold entries of points that are deleted since.
 */

export interface FieldStatistics {
  /** Pairs of a point and a value; of text, of a point and a word. */
  entries: number;
  /** Different values, where they are counted. */
  distinct?: number;
  /** Values that most points hold, most common first. */
  mostCommon?: { value: string; count: number }[];
  /** Bounds of equally full ranges, ascending: of numbers, of instants in microseconds, of latitudes. */
  histogram?: number[];
}

const mostValues = 10;

/** @param counts value → points that hold it */
export function commonValues(counts: Iterable<readonly [string, number]>): FieldStatistics {
  const statistics = { entries: 0, distinct: 0 };
  const top: { value: string; count: number }[] = [];
  for (const [value, count] of counts) {
    if (count === 0) continue;
    statistics.entries += count;
    statistics.distinct += 1;
    if (top.length === mostValues && count <= top.at(-1)!.count) continue;
    top.push({ value, count });
    top.sort((a, b) => b.count - a.count);
    top.length = Math.min(top.length, mostValues);
  }
  return { ...statistics, mostCommon: top };
}
