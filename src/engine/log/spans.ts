/**
 * Many small reads as few large ones: spans of one file that lie close together are read at once.
 */

export interface Span {
  offset: number;
  length: number;
}

export interface Run extends Span {
  /** Indices of the spans that lie inside. */
  members: number[];
}

/** Reading this much that nobody asked for costs less than another call. */
const gapBytes = 4096;
const longestRunBytes = 2 ** 20;

/** Covers the spans with runs, in the order of offsets. A span longer than a run has one of its own. */
export function runsOf(spans: readonly Span[]): Run[] {
  const order = spans.map((_, i) => i).sort((a, b) => spans[a]!.offset - spans[b]!.offset);
  const runs: Run[] = [];
  let run: Run | undefined;
  for (const i of order) {
    const { offset, length } = spans[i]!;
    const isNear =
      run !== undefined &&
      offset <= run.offset + run.length + gapBytes &&
      offset + length - run.offset <= longestRunBytes;
    if (run === undefined || !isNear) {
      run = { offset, length, members: [i] };
      runs.push(run);
    } else {
      run.length = Math.max(run.length, offset + length - run.offset);
      run.members.push(i);
    }
  }
  return runs;
}
