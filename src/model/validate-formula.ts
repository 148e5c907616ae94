/** Formulas at the border: every path read, every filter checked, every constant computed. */
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type { CheckedFilter } from "./checked-filter.ts";
import type { CheckedFields } from "./checked-query.ts";
import { microsOf, parseLooseDatetime } from "./datetime.ts";
import { geoPointOf } from "./geo.ts";
import { type Path, pathExamples, readPath } from "./path.ts";
import type { GeoPoint, JsonValue } from "./payload.ts";
import { finite, integer, oneOf } from "./read-value.ts";
import { checkFilter } from "./validate-filter.ts";

export type CheckedExpression =
  | { kind: "number"; value: number }
  | { kind: "score"; of: number; fallback: JsonValue | undefined }
  | { kind: "condition"; filter: CheckedFilter }
  | { kind: "value"; path: string; at: Path; fallback: JsonValue | undefined }
  | { kind: "distance"; from: GeoPoint; path: string; at: Path; fallback: JsonValue | undefined }
  | { kind: "datetime"; path: string; at: Path; fallback: JsonValue | undefined }
  | { kind: "sum" | "product"; parts: readonly CheckedExpression[] }
  | { kind: UnaryKind; of: CheckedExpression }
  | { kind: "quotient"; of: CheckedExpression; by: CheckedExpression; byZero: number | undefined }
  | { kind: "power"; base: CheckedExpression; exponent: CheckedExpression }
  | {
      kind: "linear" | "exponential" | "gaussian";
      of: CheckedExpression;
      target: CheckedExpression;
      rate: number;
    };

export type UnaryKind = (typeof unary)[number];
const unary = ["negated", "absolute", "root", "exp", "log10", "ln"] as const;

const deepest = 128;
const members = [
  ...["score", "value", "condition", "distance", "datetime", "datetimeValue", "sum", "product", "quotient"],
  ...["power", "decay", ...unary],
];

/** @throws FrancaError invalid_argument */
export function checkExpression(
  input: unknown,
  where: string,
  fields: CheckedFields,
  depth = 0,
): CheckedExpression {
  if (depth > deepest) throw badInput(where, `expressions at most ${deepest} deep`);
  if (typeof input === "number") return { kind: "number", value: finite(input, where) };
  const given = plainObject(input, where, "a number, or an expression like {score: 0}");
  const named = members.filter((member) => given[member] !== undefined);
  if (named.length !== 1)
    throw badInput(where, `exactly one of ${members.join(", ")}`, named.join(" and ") || "none");
  const member = named[0]!;
  const { [member]: operand, default: fallback, ...others } = given;
  rejectKeys(others, where, `${member} and default`);
  const at = `${where}.${member}`;
  const below = (expression: unknown, place: string): CheckedExpression =>
    checkExpression(expression, place, fields, depth + 1);
  const hasDefault = ["score", "value", "distance", "datetimeValue"].includes(member);
  if (fallback !== undefined && !hasDefault) throw badInput(`${where}.default`, `no default with ${member}`);
  const defaults = { fallback: fallback as JsonValue | undefined };
  switch (member) {
    case "score":
      return { kind: "score", of: integer(operand, at, 0, 1_000), ...defaults };
    case "value":
      return { kind: "value", ...checkPath(operand, at, fields), ...defaults };
    case "condition":
      return { kind: "condition", filter: checkFilter(operand, fields) };
    case "distance": {
      const { from, to, ...rest } = plainObject(operand, at, "{from, to}");
      rejectKeys(rest, at, "from and to");
      const origin = geoPointOf((from ?? null) as JsonValue);
      if (origin === undefined) throw badInput(`${at}.from`, "a geo point {lat, lon}", from ?? String(from));
      return { kind: "distance", from: origin, ...checkPath(to, `${at}.to`, fields), ...defaults };
    }
    case "datetime": {
      const micros =
        operand instanceof Date
          ? microsOf(operand)
          : typeof operand === "string"
            ? parseLooseDatetime(operand)
            : undefined;
      if (micros === undefined) throw badInput(at, "an RFC 3339 date-time or a Date", operand);
      return { kind: "number", value: micros / 1e6 };
    }
    case "datetimeValue":
      return { kind: "datetime", ...checkPath(operand, at, fields), ...defaults };
    case "sum":
    case "product":
      return {
        kind: member,
        parts: list(operand, at, "expressions").map((part, i) => below(part, `${at}[${i}]`)),
      };
    case "quotient": {
      const { of, by, byZero, ...rest } = plainObject(operand, at, "{of, by}");
      rejectKeys(rest, at, "of, by and byZero");
      return {
        kind: "quotient",
        of: below(of, `${at}.of`),
        by: below(by, `${at}.by`),
        byZero: byZero === undefined ? undefined : finite(byZero, `${at}.byZero`),
      };
    }
    case "power": {
      const { base, exponent, ...rest } = plainObject(operand, at, "{base, exponent}");
      rejectKeys(rest, at, "base and exponent");
      return { kind: "power", base: below(base, `${at}.base`), exponent: below(exponent, `${at}.exponent`) };
    }
    case "decay":
      return checkDecay(operand, at, below);
    default:
      return { kind: member as UnaryKind, of: below(operand, at) };
  }
}

function checkDecay(
  input: unknown,
  where: string,
  below: (expression: unknown, where: string) => CheckedExpression,
): CheckedExpression {
  const given = plainObject(input, where, "{kind, of, target, midpoint, scale}");
  const { kind, of, target, midpoint, scale, ...others } = given;
  rejectKeys(others, where, "kind, of, target, midpoint and scale");
  const shape = oneOf(kind, ["linear", "exponential", "gaussian"], `${where}.kind`, "kind of decay");
  const m = finite(midpoint ?? 0.5, `${where}.midpoint`);
  const s = finite(scale ?? 1, `${where}.scale`);
  if (shape === "linear" ? m < 0 || m > 1 : m <= 0 || m >= 1) {
    const range = shape === "linear" ? "a number from 0 to 1" : "a number above 0 and below 1";
    throw badInput(`${where}.midpoint`, range, m);
  }
  if (s <= 0) throw badInput(`${where}.scale`, "a number above 0", s);
  const rates = { linear: (1 - m) / s, exponential: Math.log(m) / s, gaussian: Math.log(m) / (s * s) };
  return {
    kind: shape,
    of: below(of, `${where}.of`),
    target: target === undefined ? { kind: "number", value: 0 } : below(target, `${where}.target`),
    rate: rates[shape],
  };
}

function checkPath(
  input: unknown,
  where: string,
  { paths = "implicit" }: CheckedFields,
): { path: string; at: Path } {
  const at = readPath(input, paths);
  if (at === undefined) throw badInput(where, pathExamples[paths], input ?? String(input));
  return { path: input as string, at };
}
