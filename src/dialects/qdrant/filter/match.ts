/** The tests of `match`: strings, whole numbers and booleans by value, words by the field's text index. */
import type { Filter, Scalar, TextMatch } from "../../../model/filter.ts";
import { formatError } from "../errors.ts";
import { isList, objectAt, string, within } from "../requests/shape.ts";

export function readMatch(field: string, given: unknown, path: string): Filter {
  const match = objectAt(given, path);
  if ("value" in match) return { field, eq: scalarOf(match.value, path) };
  if ("any" in match) return { field, in: listOf(match.any, path) };
  if ("except" in match) return { field, notIn: listOf(match.except, path) };
  const words = (name: string, mode: NonNullable<TextMatch["mode"]>): Filter => {
    const query = string(match[name], within(path, name));
    return { field, match: { query, mode, undeclared: "substring" } };
  };
  if ("text" in match) return words("text", "all");
  if ("text_any" in match) return words("text_any", "any");
  if ("phrase" in match) return words("phrase", "phrase");
  throw unmatched("Match", path);
}

function scalarOf(given: unknown, path: string): Scalar {
  if (typeof given === "string" || typeof given === "boolean") return given;
  const number = wholeNumber(given);
  if (number !== undefined) return number;
  throw unmatched("ValueVariants", path);
}

/** All strings, or all whole numbers. */
function listOf(given: unknown, path: string): Scalar[] {
  if (!isList(given)) throw unmatched("AnyVariants", path);
  const values = Array.from(given);
  if (values.every((value) => typeof value === "string")) return values;
  return values.map((value) => {
    const number = wholeNumber(value);
    if (number === undefined) throw unmatched("AnyVariants", path);
    return number;
  });
}

/** Past 2^53 the nearest that JavaScript has, as in payloads. */
function wholeNumber(given: unknown): number | undefined {
  const number = typeof given === "bigint" ? Number(given) : given;
  return typeof number === "number" && Number.isInteger(number) ? number : undefined;
}

function unmatched(name: string, path: string): Error {
  return formatError(`${path}: data did not match any variant of untagged enum ${name}`);
}
