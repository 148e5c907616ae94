/**
 * Which sealed segments to rewrite next: those where most can be dropped, and with them neighbours as long as the rest
 * of all fits one segment; and small neighbours, so that segments do not become many.
 */

export interface SegmentFigures {
  id: number;
  logBytes: number;
  /** Of all vector files. */
  vectorBytes: number;
  /** Bytes that rewriting would drop. */
  gain: number;
}

export interface RunLimits {
  /** As long as a segment may get. */
  log: number;
  vectors: number;
  /** A segment is worth rewriting when so much of it can be dropped. */
  leastShare: number;
}

/** Neighbours of so few bytes (as a part of the limits) go along whatever can be dropped of them. */
const smallShare = 1 / 8;
/** So many small neighbours are worth merging, though nothing is dropped. */
const fewestMerged = 8;

/** @param sealed in the order of the log. Undefined when nothing is worth rewriting */
export function chooseRun(
  sealed: readonly SegmentFigures[],
  limits: RunLimits,
): readonly SegmentFigures[] | undefined {
  const worth = sealed.filter(({ gain, ...segment }) => gain > bytesOf(segment) * limits.leastShare);
  if (worth.length === 0) return smallRun(sealed, limits);
  const best = worth.reduce((a, b) => (b.gain > a.gain ? b : a));
  let first = sealed.indexOf(best);
  let end = first + 1;
  for (;;) {
    const before = sealed[first - 1];
    const after = sealed[end];
    const run = sealed.slice(first, end);
    if (before !== undefined && isWorthTaking(before, limits) && fits([before, ...run], limits)) first--;
    else if (after !== undefined && isWorthTaking(after, limits) && fits([...run, after], limits)) end++;
    else return run;
  }
}

function smallRun(
  sealed: readonly SegmentFigures[],
  limits: RunLimits,
): readonly SegmentFigures[] | undefined {
  let first = 0;
  for (let end = 1; end <= sealed.length; end++) {
    if (!isSmall(sealed[end - 1]!, limits)) first = end;
    while (!fits(sealed.slice(first, end), limits)) first++;
    if (end - first >= fewestMerged) return sealed.slice(first, end);
  }
  return undefined;
}

function isWorthTaking(segment: SegmentFigures, limits: RunLimits): boolean {
  return segment.gain > (bytesOf(segment) * limits.leastShare) / 2 || isSmall(segment, limits);
}

function isSmall({ logBytes, vectorBytes }: SegmentFigures, limits: RunLimits): boolean {
  return logBytes <= limits.log * smallShare && vectorBytes <= limits.vectors * smallShare;
}

/** As far as figures tell: what is dropped is taken to be of both kinds alike. */
function fits(run: readonly SegmentFigures[], limits: RunLimits): boolean {
  let log = 0;
  let vectors = 0;
  for (const segment of run) {
    const kept = 1 - segment.gain / bytesOf(segment);
    log += segment.logBytes * kept;
    vectors += segment.vectorBytes * kept;
  }
  return log <= limits.log && vectors <= limits.vectors;
}

function bytesOf({ logBytes, vectorBytes }: { logBytes: number; vectorBytes: number }): number {
  return logBytes + vectorBytes;
}
