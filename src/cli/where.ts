/**
 * Filters from the command line: `--filter` takes the JSON of src/model/filter.ts, `--where field=value` is short for
 * the usual conditions. All of them must hold.
 */
import type { Filter } from "../model/filter.ts";
import type { CollectionSchema, PayloadField } from "../model/schema.ts";
import { UsageError } from "./command.ts";

const condition = /^([^=!<>~]+)(!=|>=|<=|=|>|<|~)(.*)$/s;

/** Undefined when nothing is to be filtered. */
export function parseFilters(
  json: string | undefined,
  where: readonly string[],
  schema: CollectionSchema,
): Filter | undefined {
  const filters = where.map((text) => parseWhere(text, schema));
  if (json !== undefined) filters.unshift(parseJson(json));
  return filters.length < 2 ? filters[0] : { and: filters };
}

/** The store checks what it means. */
function parseJson(json: string): Filter {
  try {
    const filter: unknown = JSON.parse(json);
    if (typeof filter === "object" && filter !== null && !Array.isArray(filter)) return filter as Filter;
  } catch (error) {
    throw new UsageError(
      `--filter: expected JSON such as '{"field":"year","eq":2020}'; ${(error as Error).message}`,
    );
  }
  throw new UsageError(`--filter: expected a JSON object such as '{"field":"year","eq":2020}'; got ${json}`);
}

function parseWhere(text: string, schema: CollectionSchema): Filter {
  const parts = condition.exec(text);
  if (parts === null)
    throw new UsageError(
      `--where: expected field=value, or one of != > >= < <= ~ (holds the words) between them; got "${text}"`,
    );
  const [, field, operator, value] = parts as unknown as [string, string, string, string];
  const type = schema.payload?.[field]?.type;
  if (operator === "~") return { field, match: value };
  if (operator === "=") return { field, in: meanings(value, type) };
  if (operator === "!=") return { not: { field, in: meanings(value, type) } };
  const bound = Number.isNaN(Number(value)) || value.trim() === "" ? value : Number(value);
  const name = { ">": "gt", ">=": "gte", "<": "lt", "<=": "lte" }[operator]!;
  return { field, range: { [name]: bound } };
}

/** What a value may mean: of an undeclared field, 2020 is both the number and the word. */
function meanings(value: string, type: PayloadField["type"] | undefined): (string | number | boolean)[] {
  const number = value.trim() === "" || Number.isNaN(Number(value)) ? undefined : Number(value);
  const bool = value === "true" ? true : value === "false" ? false : undefined;
  if (type === "integer" || type === "float") return [number ?? value];
  if (type === "bool") return [bool ?? value];
  if (type !== undefined) return [value];
  return [value, ...(number === undefined ? [] : [number]), ...(bool === undefined ? [] : [bool])];
}
