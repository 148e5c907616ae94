/**
 * Qdrant's filters as the model's. Conditions lie in condition.ts; here is how they are combined: every clause that is given
 * must hold, and one without conditions says nothing.
 */
import type { Filter } from "../../../model/filter.ts";
import { formatError } from "../errors.ts";
import { isList, objectAt, unsigned, within } from "../requests/shape.ts";
import { isCondition, readCondition } from "./condition.ts";

/** @throws FrancaError invalid_argument */
export function readFilter(given: unknown, path: string): Filter {
  return readClauses(given, path, false);
}

const clauses = ["should", "min_should", "must", "must_not"];

/** Whether it is one, of clauses and nothing else. */
export function isFilter(given: { [name: string]: unknown }): boolean {
  const names = Object.keys(given);
  return names.length > 0 && names.every((name) => clauses.includes(name));
}

/** @param isNested whether it is about the elements of an array, which have neither ids nor vectors */
function readClauses(given: unknown, path: string, isNested: boolean): Filter {
  const filter = objectAt(given, path);
  const unknown = Object.keys(filter).find((name) => !clauses.includes(name));
  if (unknown !== undefined)
    throw formatError(`${path}: unknown field \`${unknown}\`, expected one of ${quoted(clauses)}`);
  const conditions = (name: string): Filter[] | undefined => {
    const clause = filter[name] ?? undefined;
    if (clause === undefined) return undefined;
    const at = within(path, name);
    if (!isList(clause)) return [readOne(clause, at, isNested)];
    return Array.from(clause, (one, i) => readOne(one, `${at}[${i}]`, isNested));
  };
  const parts: Filter[] = [];
  const must = conditions("must");
  const should = conditions("should");
  const mustNot = conditions("must_not");
  if (must !== undefined) parts.push(...must);
  if (should !== undefined && should.length > 0) parts.push({ or: should });
  if (filter.min_should !== undefined && filter.min_should !== null)
    parts.push(...minShould(filter.min_should, within(path, "min_should"), isNested));
  if (mustNot !== undefined && mustNot.length > 0) parts.push({ not: { or: mustNot } });
  return parts.length === 1 ? parts[0]! : { and: parts };
}

function minShould(given: unknown, path: string, isNested: boolean): Filter[] {
  const { conditions, min_count } = objectAt(given, path);
  if (!isList(conditions)) throw formatError(`${path}: missing field \`conditions\``);
  const count = unsigned()(min_count, within(path, "min_count"));
  const filters = Array.from(conditions, (one, i) => readOne(one, `${path}.conditions[${i}]`, isNested));
  return filters.length === 0 ? [] : [{ minShould: { filters, count } }];
}

function readOne(given: unknown, path: string, isNested: boolean): Filter {
  const condition = objectAt(given, path);
  if (isCondition(condition)) return readCondition(condition, path, isNested, readClauses);
  if (Object.keys(condition).every((name) => clauses.includes(name)))
    return readClauses(condition, path, isNested);
  throw formatError(`${path}: data did not match any variant of untagged enum Condition`);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
