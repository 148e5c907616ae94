/**
 * The words in which every border check says what was expected, what came, and where.
 */
import { FrancaError } from "../errors.ts";

/** "where: expected …; got …"; the value is shown cut to 80 characters. */
export function badInput(where: string, expected: string, received?: unknown): FrancaError {
  const got = received === undefined ? "" : `; got ${show(received)}`;
  return new FrancaError("invalid_argument", `${where}: expected ${expected}${got}`, {
    details: { where, expected, ...(received === undefined ? {} : { received: show(received) }) },
  });
}

export function plainObject(value: unknown, where: string, expected: string): Record<string, unknown> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || value instanceof Date || ArrayBuffer.isView(value)) {
    throw badInput(where, expected, value ?? String(value));
  }
  return value as Record<string, unknown>;
}

export function list(value: unknown, where: string, of: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badInput(where, `an array of ${of}`, value ?? String(value));
  return value;
}

export function rejectKeys(rest: Record<string, unknown>, where: string, known: string): void {
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw badInput(`${where}.${unknown}`, `only ${known}`, unknown);
}

function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" || value === undefined) return String(value);
  if (value instanceof Date) return `Date(${Number(value)})`;
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
  } catch {
    // Cycles cannot be shown; their kind is enough to find the mistake.
    text = undefined;
  }
  return (text ?? typeof value).slice(0, 80);
}
