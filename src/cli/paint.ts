/**
 * Colours for a terminal; none where there is no terminal, or where NO_COLOR is set (no-color.org).
 */
const forced = process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== "0";
const coloured =
  !process.env.NO_COLOR && process.env.TERM !== "dumb" && (forced || process.stdout.isTTY === true);
// citty looks at this variable, and at its value only.
if (!coloured) process.env.NO_COLOR = "1";

type Paint = (text: string) => string;
const paint =
  (open: number, close: number): Paint =>
  (text) =>
    coloured ? `\u001b[${open}m${text}\u001b[${close}m` : text;

export const bold: Paint = paint(1, 22);
export const dim: Paint = paint(2, 22);
export const red: Paint = paint(31, 39);
export const green: Paint = paint(32, 39);
export const yellow: Paint = paint(33, 39);
export const cyan: Paint = paint(36, 39);

/** 12345 → "12,345". */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** "1 file", "2 files". */
export function counted(value: number, noun: string): string {
  return `${grouped(value)} ${noun}${value === 1 ? "" : "s"}`;
}

export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
