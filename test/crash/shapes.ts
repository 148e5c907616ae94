/**
 * How the databases of kill.test.ts are opened: most without a limit on memory, every third under one that they outgrow.
 */

/** What a database is opened with. */
export interface Shape {
  /** Of vectors of "a". */
  dimension: number;
  segmentBytes: { log: number; vectors: number };
  maxMemoryBytes?: number;
}

const small: Shape = { dimension: 4, segmentBytes: { log: 6000, vectors: 2500 } };
/** Limits are such that the children's points take more, most of the time. */
const limited = {
  /** Many segments are sealed, and mapped. */
  manySegments: { ...small, dimension: 32, least: 100_000, most: 220_000 },
  /** Rows are so long that the segment that is written is sealed early, to be mapped as well. */
  longRows: {
    dimension: 1024,
    segmentBytes: { log: 2 ** 20, vectors: 2 ** 20 },
    least: 650_000,
    most: 1_000_000,
  },
};

/** Every third lives under a limit. */
export function shapeOf(database: number, random: () => number): Shape {
  if (database % 3 !== 2) return small;
  const { dimension, segmentBytes, least, most } =
    database % 2 === 0 ? limited.manySegments : limited.longRows;
  return { dimension, segmentBytes, maxMemoryBytes: Math.floor(least + random() * (most - least)) };
}
