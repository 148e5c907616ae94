/**
 * Where a text may be cut without tearing a character apart: surrogate pairs, combining marks, joined emoji, flags.
 * The segmenter is quadratic on Node 20, so that it sees windows of the text only.
 */
const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });
/** Clusters in real text are shorter; a longer one is not cut either, since the window then grows. */
const windowUnits = 64;

/** Whether a cut before `index` lies between graphemes. */
export function isGraphemeBoundary(text: string, index: number): boolean {
  if (index <= 0 || index >= text.length) return true;
  const before = text.charCodeAt(index - 1);
  const after = text.charCodeAt(index);
  if (before < 0x80 && after < 0x80) return !(before === 0x0d && after === 0x0a);
  const start = windowStart(text, index);
  const window = text.slice(start, index + 2);
  return segmenter.segment(window).containing(index - start)?.index === index - start;
}

/** The farthest boundary in (start, reach], else the first one behind it; `start` must be a boundary. */
export function graphemeCut(text: string, start: number, reach: number, end: number): number {
  for (let at = reach; at > start; at--) if (isGraphemeBoundary(text, at)) return at;
  for (let at = reach + 1; at < end; at++) if (isGraphemeBoundary(text, at)) return at;
  return end;
}

/** Without the whitespace around; undefined when there is nothing else. Stays on grapheme boundaries. */
export function trimSpan(text: string, from: number, to: number): [start: number, end: number] | undefined {
  let start = from;
  let end = to;
  while (start < end && /\s/.test(text[start]!)) start++;
  while (end > start && /\s/.test(text[end - 1]!)) end--;
  if (start >= end) return undefined;
  // A combining mark can sit on a space: then the space belongs to it.
  while (start > from && !isGraphemeBoundary(text, start)) start--;
  while (end < to && !isGraphemeBoundary(text, end)) end++;
  return [start, end];
}

/** Somewhere before `index` that is surely a boundary: behind a plain character, if need be at the text's start. */
function windowStart(text: string, index: number): number {
  for (let at = index - 1; at > 0; at--) {
    const unit = text.charCodeAt(at);
    // ASCII always begins a grapheme, but for LF after CR, and where a prepended mark stands before it.
    if (unit < 0x80 && unit !== 0x0a && text.charCodeAt(at - 1) < 0x80) return at;
    if (index - at > windowUnits && isPlainPair(text, at)) return at;
  }
  return 0;
}

/** Two letters of scripts without joining: a boundary lies between them. */
function isPlainPair(text: string, at: number): boolean {
  return plain(text.charCodeAt(at - 1)) && plain(text.charCodeAt(at));
}

/** CJK, kana, and Latin, Greek and Cyrillic letters with no combining marks among them. */
function plain(unit: number): boolean {
  return (
    (unit >= 0x4e00 && unit <= 0x9fff) ||
    (unit >= 0x3041 && unit <= 0x3096) ||
    (unit >= 0xc0 && unit <= 0x2af)
  );
}
