/** Lines of the log for a person at a terminal: "12:03:04.567 WARN  slow query  notes 1.2 s  nearest body, limit 10". */
import type { LineSink } from "./log.ts";

const colours: { [level: string]: number } = { debug: 90, info: 36, warn: 33, error: 31 };
/** What names the rest; the others follow as name=value. */
const leading = ["route", "collection", "shape", "reason", "message"];
const unsaid = new Set(["pid", "node"]);

export function humanLines(output: LineSink, isColoured: boolean): LineSink {
  return { write: (line) => output.write(humanLine(line, isColoured)) };
}

export function humanLine(line: string, isColoured: boolean): string {
  const { level, time, event, ...fields } = JSON.parse(line) as { [name: string]: unknown };
  const shown: string[] = leading.flatMap((name) =>
    fields[name] === undefined ? [] : [plain(fields[name])],
  );
  for (const [name, value] of Object.entries(fields)) {
    if (!leading.includes(name) && !unsaid.has(name)) shown.push(...valuesOf(name, value));
  }
  const clock = String(time).slice(11, 23);
  const word = String(level).toUpperCase().padEnd(5);
  const paint = (colour: number, text: string): string =>
    isColoured ? `\u001b[${colour}m${text}\u001b[0m` : text;
  const shownLevel = paint(colours[String(level)] ?? 0, word);
  return `${paint(90, clock)} ${shownLevel} ${plain(event)}  ${shown.join("  ")}\n`;
}

/** "steps: filter 0.04, nearest 1.2". */
function timesOf(steps: readonly { step: string; timeMs: number }[]): string {
  return `steps: ${steps.map(({ step, timeMs }) => `${step} ${timeMs}`).join(", ")}`;
}

/** "ms.total=2.2  ms.queue=0" of an object. */
function valuesOf(name: string, value: unknown): string[] {
  if (name === "steps") return [timesOf(value as Parameters<typeof timesOf>[0])];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${name}=${plain(value)}`];
  return Object.entries(value).flatMap(([inner, one]) => valuesOf(`${name}.${inner}`, one));
}

/** On one line, and nothing that a terminal would obey. */
function plain(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replace(/\p{Cc}/gu, "�");
}
