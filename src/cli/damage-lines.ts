/**
 * How damage is told in lines of text, the same by `franca verify` and `franca repair`.
 */
import type { DamagedPoint, LsnRange, UnreadableRegion } from "../engine/verify/report.ts";
import { counted } from "./paint.ts";

const mostLines = 20;

export function pointLine({ id, field, file, offset, how }: DamagedPoint): string {
  const point = id === undefined ? "a point whose id cannot be read" : `point ${idText(id)}`;
  const part = field === undefined ? "its payload" : `its vector "${field}"`;
  return `${point}, ${part}: ${file}, byte ${offset}: ${how}`;
}

export function regionLine({ file, offset, length, how, lsns, ids }: UnreadableRegion): string {
  const writes = lsns === undefined ? "" : `, writes ${lsns.from} to ${lsns.to}`;
  const points = ids === undefined ? "" : `; of points ${ids.slice(0, mostLines).map(idText).join(", ")}`;
  return `${file}, ${counted(length, "byte")} from ${offset}${writes}: ${how}${points}`;
}

export function rangeText({ from, to }: LsnRange): string {
  const which = from === to ? `write ${from}` : `writes ${from} to ${to}`;
  return `${which}: points that they changed are as before, points that they deleted may be back`;
}

/** A line each, and how many more there are. */
export function listed<T>(items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, mostLines).map(line);
  if (items.length > mostLines) lines.push(`  and ${items.length - mostLines} more; --json lists all`);
  return lines;
}

/** Ids beyond JSON's numbers are strings in it. */
export function jsonOf(report: object): string {
  return `${JSON.stringify(report, (_, value) => (typeof value === "bigint" ? String(value) : value))}\n`;
}

function idText(id: string | number | bigint): string {
  return typeof id === "string" ? JSON.stringify(id) : String(id);
}
