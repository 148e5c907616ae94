/** Single values of a request at the border. All throw FrancaError invalid_argument that names the place of the mistake. */
import { badInput } from "./bad-input.ts";

export function oneOf<T extends string>(value: unknown, known: readonly T[], where: string, what: string): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  const choice = known.length === 0 ? `a ${what}, but there is none` : `a ${what}: ${known.join(", ")}`;
  throw badInput(where, choice, value ?? String(value));
}

export function integer(value: unknown, where: string, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw badInput(where, `an integer from ${least} to ${most}`, value ?? String(value));
}

export function finite(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw badInput(where, "a finite number", value ?? String(value));
}

export function nonNegative(value: unknown, where: string): number {
  if (finite(value, where) < 0) throw badInput(where, "a number that is not negative", value);
  return value as number;
}

export function flag(value: unknown, where: string): boolean {
  if (typeof value === "boolean") return value;
  throw badInput(where, "true or false", value ?? String(value));
}
